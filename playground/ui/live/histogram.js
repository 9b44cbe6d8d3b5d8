// Histogram: touching bars over numbers, pale, with an outline that stays readable where two of them overlap.

import { numbersOf } from "./frame.js";
import { penFor } from "./lines.js";

const FILL = 0.26;

/** The bars of a layer: lower edge, upper edge, height. What is not a number has no bar. */
export function* binsOf(plot, layer) {
  const edges = numbersOf(plot.frame, layer.edges) || [];
  const heights = numbersOf(plot.frame, layer.heights) || [];
  const unit = heights.length ? plot.frame.arrays[layer.heights].unit : 1;
  for (let i = 0; i < Math.min(edges.length - 1, heights.length); i += 1) {
    const bin = { from: edges[i], to: edges[i + 1], height: heights[i] * unit };
    if (Number.isFinite(bin.from + bin.to + bin.height)) yield bin;
  }
}

export function extentOfHistogram(plot, layer) {
  for (const { from, to, height } of binsOf(plot, layer)) {
    plot.spanX.see(from);
    plot.spanX.see(to);
    plot.spanY.see(0);
    plot.spanY.see(height);
  }
}

export function drawHistogram(plot, layer) {
  const { g, rect } = plot;
  const zero = plot.y.at(0);
  const base = Number.isFinite(zero) ? zero : rect.bottom; // a log axis has no zero
  const outline = new Path2D();
  const fill = new Path2D();
  let last = { right: NaN, y: base };
  for (const { from, to, height } of binsOf(plot, layer)) {
    const [left, right] = [plot.x.at(from), plot.x.at(to)];
    const y = height === 0 ? base : plot.y.at(height);
    if (!Number.isFinite(left + right + y)) continue;
    fill.rect(left, Math.min(y, base), right - left, Math.abs(base - y));
    last = stepTo(outline, last, { left, right, y }, base);
  }
  if (last.y !== base) outline.lineTo(last.right, base);
  const theory = layer.role === "theory";
  g.fillStyle = plot.colour(layer);
  plot.alpha(FILL);
  if (!theory) g.fill(fill);
  plot.alpha(1);
  penFor(plot, layer, { dashed: theory, width: 2 });
  g.lineJoin = "miter";
  g.stroke(outline);
}

/** Over one bar: up or down from the one before if they touch, and no line along the axis where a bar is empty. */
function stepTo(path, last, { left, right, y }, base) {
  const touches = Math.abs(left - last.right) < 0.5;
  if (!touches && last.y !== base) path.lineTo(last.right, base);
  const from = touches ? last.y : base;
  if (from === base && y !== base) path.moveTo(left, base);
  if (from !== y) path.lineTo(left, y);
  if (y !== base) path.lineTo(right, y);
  return { right, y };
}
