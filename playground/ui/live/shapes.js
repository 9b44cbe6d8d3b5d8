// Layers that fill the plane: Points, Field, Arrows.

import { numbersOf } from "./frame.js";
import { niceStep, tickText } from "./numbers.js";

function seePairs(plot, pairs, unit = 1) {
  if (!pairs) return;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    plot.spanX.see(pairs[i] * unit);
    plot.spanY.see(pairs[i + 1] * unit);
  }
}

export function extentOfPoints(plot, layer) {
  seePairs(plot, numbersOf(plot.frame, layer.at));
}

/** Fewer points are drawn larger, many in a small picture smaller. */
function radiusFor(plot, count) {
  const radius = Math.max(2.6, Math.min(7, 8.2 - 1.75 * Math.log10(Math.max(1, count))));
  const room = Math.min(plot.rect.right - plot.rect.left, plot.rect.bottom - plot.rect.top);
  const crowded = count > 20 ? Math.sqrt(Math.min(1, Math.max(0.3, room / 360))) : 1;
  return Math.max(1.4, (plot.still ? 0.6 : plot.zoom) * radius * crowded);
}

/**
 * One marker drawn once: circle for what is real, diamond for what is generated, square for a second model,
 * and for theory a ring around where the others should be.
 */
function markerSprite(plot, layer, radius) {
  const size = Math.ceil((radius * 1.4 + 2) * 2 * plot.density);
  const sprite = document.createElement("canvas");
  sprite.width = size;
  sprite.height = size;
  const g = sprite.getContext("2d");
  g.translate(size / 2, size / 2);
  g.scale(plot.density, plot.density);
  g.beginPath();
  traceMarker(g, layer.role, radius);
  const hollow = layer.role === "theory";
  g.fillStyle = plot.colour(layer);
  if (!hollow) g.fill();
  g.lineWidth = hollow ? 2 : plot.still ? 0.6 : 1.2;
  g.strokeStyle = hollow ? plot.colour(layer) : plot.theme.background;
  g.stroke();
  return sprite;
}

function traceMarker(g, role, r) {
  if (role === "generated") {
    const d = r * 1.28; // as much ink as a circle
    g.moveTo(0, -d);
    g.lineTo(d, 0);
    g.lineTo(0, d);
    g.lineTo(-d, 0);
    g.closePath();
  } else if (role === "encoder") g.rect(-r * 0.86, -r * 0.86, r * 1.72, r * 1.72);
  else g.arc(0, 0, role === "theory" ? r * 1.4 : r, 0, 7);
}

export function drawPoints(plot, layer, memo) {
  const at = numbersOf(plot.frame, layer.at);
  if (!at) return;
  const { g, rect } = plot;
  const radius = radiusFor(plot, at.length / 2);
  if (!memo.sprite || memo.radius !== radius) {
    Object.assign(memo, { sprite: markerSprite(plot, layer, radius), radius });
  }
  const { sprite } = memo;
  const side = sprite.width / plot.density;
  g.globalAlpha = at.length > 1200 ? 0.75 : 1;
  for (let i = 0; i + 1 < at.length; i += 2) {
    const px = plot.x.at(at[i]);
    const py = plot.y.at(at[i + 1]);
    // written so that NaN is left out as well
    if (!(px >= rect.left - 2 && px <= rect.right + 2 && py >= rect.top - 2 && py <= rect.bottom + 2)) continue;
    g.drawImage(sprite, px - side / 2, py - side / 2, side, side);
  }
}

export function extentOfField(plot, layer) {
  const [left, right, bottom, top] = layer.extent;
  plot.spanX.see(left);
  plot.spanX.see(right);
  plot.spanY.see(bottom);
  plot.spanY.see(top);
}

/** The field as pixels, once a frame. Row 0 is at the bottom; what is not a number stays clear. */
function paintField(plot, array, memo) {
  const [rows, columns] = array.shape;
  if (!memo.sheet || memo.sheet.width !== columns || memo.sheet.height !== rows) {
    memo.sheet = document.createElement("canvas");
    memo.sheet.width = columns;
    memo.sheet.height = rows;
    memo.pixels = memo.sheet.getContext("2d").createImageData(columns, rows);
    memo.words = new Uint32Array(memo.pixels.data.buffer);
  }
  const { data, unit } = array;
  const { field } = plot.theme;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = data[row * columns + column] * unit * 255;
      const shade = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
      memo.words[(rows - 1 - row) * columns + column] = value === value ? field[shade] : 0;
    }
  }
  memo.sheet.getContext("2d").putImageData(memo.pixels, 0, 0);
}

/** The values are those of equal cells that fill the extent; what lies between their centres is smooth. */
export function drawField(plot, layer, memo) {
  const array = plot.frame.arrays[layer.values];
  if (!array || array.shape.length !== 2 || !array.data.length) return;
  if (memo.stale || !memo.sheet) paintField(plot, array, memo);
  memo.stale = false;
  const [x0, x1, y0, y1] = layer.extent;
  const [left, right, bottom, top] = [plot.x.at(x0), plot.x.at(x1), plot.y.at(y0), plot.y.at(y1)];
  plot.g.imageSmoothingEnabled = true;
  plot.g.drawImage(memo.sheet, left, top, right - left, bottom - top);
}

export function extentOfArrows(plot, layer) {
  seePairs(plot, numbersOf(plot.frame, layer.at));
}

export function drawArrows(plot, layer) {
  const at = numbersOf(plot.frame, layer.at);
  const by = numbersOf(plot.frame, layer.by);
  if (!at || !by) return;
  const { g } = plot;
  g.strokeStyle = plot.colour(layer);
  g.lineWidth = plot.still ? 1 : 1.6;
  g.lineCap = "round";
  g.beginPath();
  for (let i = 0; i + 1 < Math.min(at.length, by.length); i += 2) {
    traceArrow(g, plot.x.at(at[i]), plot.y.at(at[i + 1]), plot.x.at(at[i] + by[i]), plot.y.at(at[i + 1] + by[i + 1]));
  }
  g.stroke();
  if (!plot.still && plot.plane) drawArrowKey(plot, by);
}

function traceArrow(g, x, y, tipX, tipY) {
  const length = Math.hypot(tipX - x, tipY - y);
  if (!(length > 1)) return; // too short to see, or not a number
  g.moveTo(x, y);
  g.lineTo(tipX, tipY);
  const head = Math.min(6, length * 0.45);
  const [ux, uy] = [((tipX - x) / length) * head, ((tipY - y) / length) * head];
  g.moveTo(tipX - ux - uy * 0.6, tipY - uy + ux * 0.6);
  g.lineTo(tipX, tipY);
  g.lineTo(tipX - ux + uy * 0.6, tipY - uy - ux * 0.6);
}

/** How long an arrow of a round length is, so that lengths can be read. */
function drawArrowKey(plot, by) {
  const { g, rect, theme } = plot;
  let most = 0;
  for (let i = 0; i + 1 < by.length; i += 2) {
    const length = Math.hypot(by[i], by[i + 1]);
    if (Number.isFinite(length) && length > most) most = length;
  }
  if (!most) return;
  const length = niceStep(most, 2);
  const pixels = Math.abs(length * plot.x.perUnit);
  if (pixels < 8 || pixels > (rect.right - rect.left) / 2) return;
  const text = tickText(length);
  const font = plot.font(12);
  const width = pixels + plot.widthOf(text, font) + 22;
  g.fillStyle = theme.background;
  g.globalAlpha = 0.82;
  g.fillRect(rect.left + 5, rect.bottom - 25, width, 20);
  g.globalAlpha = 1;
  g.beginPath();
  traceArrow(g, rect.left + 13, rect.bottom - 15, rect.left + 13 + pixels, rect.bottom - 15);
  g.stroke();
  g.font = font;
  g.fillStyle = theme.text;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, rect.left + 19 + pixels, rect.bottom - 14.5);
}
