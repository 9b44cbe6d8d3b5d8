// What lies near a place of the plane: the nearest point of each layer, and what its fields say there.

import { extentOf, numbersOf } from "./frame.js";
import { handleAt } from "./handles.js";
import { trailOf } from "./lines.js";
import { brief } from "./numbers.js";

const REACH = 28; // pixels between the pointer and a point it means

export const pairText = (x, y) => `(${brief(x)}, ${brief(y)})`;

/**
 * @typedef {{layer: object, value: string, x?: number, y?: number, step?: number}} Near
 * @returns {Near[]} in the order of the layers; with x and y where there is something to mark
 */
export function nearbyInPlane(plot, px, py) {
  const layers = plot.shown.map(({ layer }) => layer);
  const told = new Set(); // a field and the lines on it are one
  return layers.flatMap((layer) => {
    if (layer.kind === "Field" || layer.kind === "Contour") {
      if (told.has(layer.values)) return [];
      told.add(layer.values);
      return [{ layer, value: brief(fieldValue(plot, layer, px, py)) }];
    }
    const near = NEAREST[layer.kind] && NEAREST[layer.kind](plot, layer, px, py);
    return near ? [{ layer, value: pairText(near.x, near.y), ...near }] : [];
  });
}

const NEAREST = { Points: nearestPoint, Numerals: nearestNumeral, Handle: nearHandle, Trail: nearestOnTrail };

function nearestPoint(plot, layer, px, py) {
  const at = numbersOf(plot.frame, layer.at) || [];
  let best = null;
  let reach = REACH;
  for (let i = 0; i + 1 < at.length; i += 2) {
    const away = Math.hypot(plot.x.at(at[i]) - px, plot.y.at(at[i + 1]) - py);
    if (away < reach) [best, reach] = [{ x: at[i], y: at[i + 1], index: i / 2 }, away];
  }
  return best;
}

function nearestNumeral(plot, layer, px, py) {
  const near = nearestPoint(plot, layer, px, py);
  const digits = numbersOf(plot.frame, layer.digits);
  return near && digits ? { ...near, value: `${digits[near.index]} at ${pairText(near.x, near.y)}` } : null;
}

function nearHandle(plot, layer, px, py) {
  const [x, y] = handleAt(plot, layer) || [NaN, NaN];
  return Math.hypot(plot.x.at(x) - px, plot.y.at(y) - py) < REACH ? { x, y } : null;
}

function nearestOnTrail(plot, layer, px, py) {
  const { xs, ys, n, x, y, steps } = trailOf(plot, layer);
  let best = null;
  let reach = REACH;
  const consider = (atX, atY, step) => {
    const away = Math.hypot(plot.x.at(atX) - px, plot.y.at(atY) - py);
    if (away < reach) [best, reach] = [{ x: atX, y: atY, step }, away];
  };
  for (let i = 0; i < n; i += 1) consider(xs[i], ys[i], steps[i]);
  consider(x, y, plot.frame.header.step);
  return best;
}

function fieldValue(plot, layer, px, py) {
  const array = plot.frame.arrays[layer.values];
  if (!array || array.shape.length !== 2) return NaN;
  const [rows, columns] = array.shape;
  const [x0, x1, y0, y1] = extentOf(plot.frame, layer);
  const column = Math.floor(((plot.x.back(px) - x0) / (x1 - x0)) * columns);
  const line = Math.floor(((plot.y.back(py) - y0) / (y1 - y0)) * rows);
  if (!(column >= 0 && column < columns && line >= 0 && line < rows)) return NaN;
  return array.data[line * columns + column] * array.unit;
}
