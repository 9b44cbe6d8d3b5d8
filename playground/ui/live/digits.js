// Small grey images in rows. Several layers of them stand below one another, each under its name.

const PIXEL_GREYS = Uint32Array.from({ length: 256 }, (_, v) => (255 << 24) | (v << 16) | (v << 8) | v);
const BAND_FONT = 13;
const BAND_NAME = 21; // pixels that the name of a band takes
const BAND_GAP = 9; // pixels between a band and the name of the next
const FOLDS = [2, 3, 4]; // rows that one long row can become
const TOO_SMALL = 30; // pixels: where images are no wider, names stand beside their bands, or long rows are folded
const WORTH_WHOLE = 0.8; // whole pixels are worth a fifth of the size, not more

/**
 * @typedef {{layer: object, count: number, columns: number, left: number, top: number, w: number, h: number, gap: number}} DigitBand
 * @returns {DigitBand[]} where the images of each layer go: of one size, aligned at the left
 */
export function digitBands(plot) {
  const layers = plot.shown.map(({ layer }) => layer).filter((layer) => layer.kind === "Digits");
  const found = layers.flatMap((layer) => {
    const array = plot.frame.arrays[layer.images];
    return array && array.shape.length === 3 && array.data.length ? [{ layer, shape: array.shape }] : [];
  });
  if (!found.length) return [];
  plot.named = severalDigits(plot.view) && !plot.still;
  const plain = settingOf(plot, found, { fold: 1, beside: 0 });
  const small = plot.named && plain.zoom * found[0].shape[2] < TOO_SMALL;
  return placed(plot, small ? largest(plot, found, plain) : plain);
}

/** Where there is little room: the setting in which images are largest. */
function largest(plot, found, plain) {
  const others = [{ fold: 1, beside: widestName(plot, found) }, ...FOLDS.map((fold) => ({ fold, beside: 0 }))];
  const settings = others.map((other) => settingOf(plot, found, other));
  return settings.reduce((best, other) => (other.zoom > best.zoom ? other : best), plain);
}

function widestName(plot, found) {
  const widths = found.map(({ layer }) => plot.widthOf(layer.label, plot.font(BAND_FONT, 500)));
  return Math.ceil(Math.max(...widths) + (9 + 6 + 12) * plot.zoom); // its mark and the gaps around it
}

/** Whether layers of images have to be told apart: each then bears its name on the picture. */
export const severalDigits = (view) => view.layers.filter((layer) => layer.kind === "Digits").length > 1;

/**
 * The columns of each band, and how large one pixel of its images can be. fold: rows that one long row becomes;
 * beside: pixels for the names at the left of the bands, 0 where they stand above them.
 */
function settingOf(plot, found, { fold, beside }) {
  const { rect, still, density } = plot;
  const above = plot.named && !beside;
  const gap = still ? 1 : 3;
  const bands = found.map(({ layer, shape: [count, height, width] }) => {
    const most = Math.max(1, Math.min(layer.columns, count));
    const columns = count <= layer.columns ? Math.ceil(most / fold) : most; // a lattice keeps its columns
    return { layer, count, height, width, columns, rows: Math.ceil(count / columns), gap };
  });
  const sum = (of) => bands.reduce((total, band) => total + of(band), 0);
  const between = (above ? BAND_GAP * plot.zoom : 2 * gap) * (bands.length - 1) + (above ? BAND_NAME * plot.zoom * bands.length : 0);
  const across = bands.map((band) => (rect.right - rect.left - beside - gap * (band.columns - 1)) / (band.columns * band.width));
  const down = (rect.bottom - rect.top - between - sum((band) => gap * (band.rows - 1))) / sum((band) => band.rows * band.height);
  const zoom = Math.max(0, Math.min(down, ...across));
  const whole = Math.floor(zoom * density) / density; // an image's pixel becomes whole pixels of the screen
  return { bands, between, above, beside, zoom: whole >= WORTH_WHOLE * zoom ? whole : zoom };
}

function placed(plot, { bands, between, above, beside, zoom }) {
  const { rect, density } = plot;
  const snap = (pixels) => Math.floor(pixels * density + 1e-6) / density;
  for (const band of bands) {
    band.w = Math.max(1, snap(zoom * band.width));
    band.h = Math.max(1, snap(zoom * band.height));
  }
  const widest = Math.max(...bands.map(({ columns, w, gap }) => columns * (w + gap) - gap));
  const tall = bands.reduce((total, { rows, h, gap }) => total + rows * (h + gap) - gap, between);
  const left = snap((rect.left + rect.right - widest - beside) / 2) + beside;
  let top = Math.max(rect.top, (rect.top + rect.bottom - tall) / 2);
  for (const band of bands) {
    top += above ? BAND_NAME * plot.zoom : 0;
    Object.assign(band, { left, top: snap(top), beside });
    top += band.rows * (band.h + band.gap) - band.gap + (above ? BAND_GAP * plot.zoom : 2 * band.gap);
  }
  return bands;
}

/** All images of a layer below one another on one sheet, white strokes on black, as they are in the data set. */
function paintDigits({ data, shape: [count, height, width], unit }, memo) {
  if (!memo.sheet || memo.sheet.width !== width || memo.sheet.height !== height * count) {
    memo.sheet = document.createElement("canvas");
    memo.sheet.width = width;
    memo.sheet.height = height * count;
    memo.pixels = memo.sheet.getContext("2d").createImageData(width, height * count);
    memo.words = new Uint32Array(memo.pixels.data.buffer);
  }
  const scale = unit * 255;
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] * scale;
    memo.words[i] = PIXEL_GREYS[value > 255 ? 255 : value > 0 ? Math.round(value) : 0];
  }
  memo.sheet.getContext("2d").putImageData(memo.pixels, 0, 0);
}

export function drawDigits(plot, layer, memo) {
  const band = plot.bands.find((other) => other.layer === layer);
  if (!band) return;
  if (memo.stale || !memo.sheet) paintDigits(plot.frame.arrays[layer.images], memo);
  memo.stale = false;
  const { g, theme, density } = plot;
  const { count, width, height, w, h } = band;
  if (plot.named) nameBand(plot, band);
  const line = 1 / density;
  g.fillStyle = theme.axis; // a hairline around each: black has to end somewhere, on a black page as well
  for (let i = 0; i < count && !plot.still; i += 1) {
    const [x, y] = cornerOf(band, i);
    g.fillRect(x - line, y - line, w + 2 * line, h + 2 * line);
  }
  g.imageSmoothingEnabled = w * density < width; // shrunk, a thin stroke would lose its pixels; enlarged, it stays sharp
  g.imageSmoothingQuality = "high";
  for (let i = 0; i < count; i += 1) g.drawImage(memo.sheet, 0, i * height, width, height, ...cornerOf(band, i), w, h);
}

function cornerOf({ columns, left, top, w, h, gap }, i) {
  return [left + (i % columns) * (w + gap), top + Math.floor(i / columns) * (h + gap)];
}

function nameBand(plot, { layer, left: first, top, beside, h }) {
  const { g, theme, zoom } = plot;
  const side = Math.round(9 * zoom);
  const left = first - beside;
  const middle = beside ? top + h / 2 : top - (BAND_NAME / 2) * zoom;
  g.fillStyle = plot.colour(layer);
  g.fillRect(left, Math.round(middle - side / 2), side, side);
  g.font = plot.font(BAND_FONT, 500);
  g.fillStyle = theme.text;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(layer.label, left + side + 6 * zoom, middle + 0.5, Math.max(20, plot.rect.right - left - side - 6 * zoom));
}

/** Outline the image under the pointer, and leave in `plot.probe` which one it is. */
export function drawDigitHover(plot) {
  plot.probe = null;
  const found = plot.hover && digitAt(plot.bands, plot.hover);
  if (!found) return;
  const { band, i } = found;
  const [x, y] = cornerOf(band, i);
  const { g } = plot;
  const colour = plot.colour(band.layer);
  g.strokeStyle = colour;
  g.lineWidth = 2;
  g.strokeRect(x - 1, y - 1, band.w + 2, band.h + 2);
  const row = { label: band.layer.label, value: `${i + 1} of ${band.count}`, colour, kind: "Digits" };
  plot.probe = { title: "", rows: [row], dots: [], at: null };
}

/** The image under a place of the panel; null between them. */
function digitAt(bands, { x, y }) {
  for (const band of bands) {
    const { columns, rows, left, top, w, h, gap, count } = band;
    const [column, row] = [Math.floor((x - left) / (w + gap)), Math.floor((y - top) / (h + gap))];
    const i = row * columns + column;
    if (column >= 0 && column < columns && row >= 0 && row < rows && i < count) return { band, i };
  }
  return null;
}
