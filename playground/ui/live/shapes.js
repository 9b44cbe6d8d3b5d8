// Layers that fill the plane: Points and Field.

import { Cloud, isCloud } from "./clouds.js";
import { extentOf, numbersOf, sameNumbers } from "./frame.js";
import { Marker } from "./markers.js";
import { drawAtRest } from "./resting.js";

const MANY = 200; // numbers: fewer points are quicker drawn again than looked up
const HALO = 1.5; // a hollow mark is so many times as large as the one it stands around

/** Show the axes the points of an array (n, 2). */
export function seePairs(plot, pairs) {
  if (!pairs) return;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    plot.spanX.see(pairs[i]);
    plot.spanY.see(pairs[i + 1]);
  }
}

export function extentOfPoints(plot, layer) {
  seePairs(plot, numbersOf(plot.frame, layer.at));
}

/** How many points there are in the largest crowd: marks that stand around others are sized as those are. */
function crowdOf(plot) {
  const sizes = plot.shown.map(({ layer }) => (layer.kind === "Points" ? (numbersOf(plot.frame, layer.at) || []).length / 2 : 0));
  return Math.max(...sizes);
}

/** Fewer points are drawn larger, many in a small picture smaller. */
export function radiusFor(plot, count) {
  const radius = Math.max(2.6, Math.min(7, 8.2 - 1.75 * Math.log10(Math.max(1, count))));
  const room = Math.min(plot.rect.right - plot.rect.left, plot.rect.bottom - plot.rect.top);
  const crowded = count > 20 ? Math.sqrt(Math.min(1, Math.max(0.3, room / 360))) : 1;
  return Math.max(1.4, (plot.still ? 0.6 : plot.pen) * radius * crowded);
}

/**
 * Circle for what is real, diamond for what is generated, square for a second model, and for theory a ring around
 * where the others should be. Hollow ones stand around another mark.
 */
function markerFor(plot, layer, radius) {
  const hollow = layer.role === "theory" || layer.hollow;
  return new Marker(plot.density, radius * 1.4 + 2, (g) => {
    g.beginPath();
    traceMarker(g, layer.role, radius);
    g.fillStyle = plot.colour(layer);
    if (!hollow) g.fill();
    g.lineWidth = (hollow ? 2 : plot.still ? 0.6 : 1.2) * plot.pen;
    g.strokeStyle = hollow ? plot.colour(layer) : plot.theme.background;
    g.stroke();
  });
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
  const radius = layer.hollow ? radiusFor(plot, crowdOf(plot)) * HALO + 1 : radiusFor(plot, at.length / 2);
  if (memo.radius !== radius) Object.assign(memo, { marker: markerFor(plot, layer, radius), radius, place: null });
  plot.alpha(at.length > 1200 && !layer.hollow ? 0.75 : 1);
  if (at.length < MANY) markAll(plot, at, memo);
  else drawAtRest(plot, memo, at, () => markAll(plot, at, memo));
}

function markAll(plot, at, memo) {
  const { g, rect, x, y } = plot;
  const cloud = isCloud(plot, at.length / 2) ? cloudOf(plot, memo) : null;
  g.setTransform(1, 0, 0, 1, 0, 0);
  for (let i = 0; i + 1 < at.length; i += 2) {
    const [px, py] = [x.at(at[i]), y.at(at[i + 1])];
    // written so that NaN is left out as well
    if (!(px >= rect.left - 2 && px <= rect.right + 2 && py >= rect.top - 2 && py <= rect.bottom + 2)) continue;
    if (cloud) cloud.put(px, py);
    else memo.marker.stamp(g, px, py);
  }
  if (cloud) cloud.draw(g);
  plot.inCssPixels();
}

/** An empty sheet for these marks, the last one if it is of the right size. */
function cloudOf(plot, memo) {
  const place = [plot.rect.left, plot.rect.top, plot.rect.right, plot.rect.bottom];
  if (!memo.cloud || memo.cloud.marker !== memo.marker || !sameNumbers(memo.room, place)) {
    Object.assign(memo, { cloud: new Cloud(plot, memo.marker), room: place });
  }
  memo.cloud.clear();
  return memo.cloud;
}

export function extentOfField(plot, layer) {
  const [left, right, bottom, top] = extentOf(plot.frame, layer);
  plot.spanX.see(left);
  plot.spanX.see(right);
  plot.spanY.see(bottom);
  plot.spanY.see(top);
}

/** The field as pixels, once a frame. Row 0 is at the bottom; what is not a number stays clear. */
function paintField(plot, layer, array, memo) {
  const [rows, columns] = array.shape;
  if (!memo.sheet || memo.sheet.width !== columns || memo.sheet.height !== rows) {
    memo.sheet = document.createElement("canvas");
    memo.sheet.width = columns;
    memo.sheet.height = rows;
    memo.pixels = memo.sheet.getContext("2d").createImageData(columns, rows);
    memo.words = new Uint32Array(memo.pixels.data.buffer);
  }
  const { data, unit } = array;
  const field = plot.theme.fieldOf(layer.role);
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
  if (memo.stale || !memo.sheet) paintField(plot, layer, array, memo);
  memo.stale = false;
  const [x0, x1, y0, y1] = extentOf(plot.frame, layer);
  const [left, right, bottom, top] = [plot.x.at(x0), plot.x.at(x1), plot.y.at(y0), plot.y.at(y1)];
  if (!Number.isFinite(left + right + bottom + top)) return;
  plot.g.imageSmoothingEnabled = true;
  plot.g.drawImage(memo.sheet, left, top, right - left, bottom - top);
}
