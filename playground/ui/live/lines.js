// Layers made of lines: Curve, Series, Trail, Rule, Band.

import { endOfCurve } from "./ends.js";
import { historyOf, numbersOf, scalarOf } from "./frame.js";
import { brief } from "./numbers.js";
import { robustRange } from "./scales.js";

const WIDTH = 2.5;
const FINE = 1; // of one line among many
const PIECE = 20; // parts of a line that are stroked in one go: many at once cost more than one after another
const TRAIL_PARTS = 10; // pieces of the trail, older ones paler
let sortingRoom = new Float32Array(1024);

/** A path through (xs, ys); what is not a number lifts the pen. */
export function tracePath(plot, xs, ys, from, to, unit = 1) {
  const { g, x, y } = plot;
  let down = false;
  for (let i = from; i < to; i += 1) {
    const px = x.at(xs[i]);
    const py = y.at(ys[i] * unit);
    if (!Number.isFinite(px) || !Number.isFinite(py)) down = false;
    else if (down) g.lineTo(px, py);
    else {
      g.moveTo(px, py);
      down = true;
    }
  }
  return down;
}

/** The pen that draws a layer's lines: theory and what runs over time finer than the rest. */
export function penFor(plot, layer, { dashed = false, width } = {}) {
  const { g } = plot;
  g.strokeStyle = plot.colour(layer);
  g.lineWidth = (width ?? (layer.role === "theory" || layer.kind === "Series" ? 2 : WIDTH)) * (plot.still ? 0.8 : plot.pen);
  g.lineJoin = "round";
  g.lineCap = dashed ? "butt" : "round";
  if (dashed) g.setLineDash([7, 5]);
}

export function extentOfCurve(plot, layer) {
  const xs = numbersOf(plot.frame, layer.x) || [];
  const ys = numbersOf(plot.frame, layer.y) || [];
  for (let i = 0; i < Math.min(xs.length, ys.length); i += 1) {
    plot.spanX.see(xs[i]);
    plot.spanY.see(ys[i]);
  }
}

export function drawCurve(plot, layer) {
  const xs = numbersOf(plot.frame, layer.x);
  const ys = numbersOf(plot.frame, layer.y);
  if (!xs || !ys) return;
  const n = Math.min(xs.length, ys.length);
  penFor(plot, layer, { dashed: layer.dashed || layer.role === "theory", width: layer.thin ? FINE : undefined });
  plot.g.beginPath();
  tracePath(plot, xs, ys, 0, n, plot.frame.arrays[layer.y].unit);
  plot.g.stroke();
  const last = plot.ended.includes(layer) ? endOfCurve(plot, layer) : -1;
  if (last >= 0) plot.nameEnd(layer, layer.label, [plot.x.at(xs[last]), plot.y.at(ys[last])]);
}

export function extentOfSeries(plot, layer) {
  const { steps, values, n, now, value } = historyOf(plot.frame, layer.y);
  plot.spanX.see(0);
  plot.spanX.see(plot.frame.header.step);
  if (n) plot.spanX.see(steps[n - 1]);
  if (Number.isFinite(now)) plot.spanY.see(value);
  if (sortingRoom.length < n) sortingRoom = new Float32Array(n * 2);
  const range = robustRange(values, n, sortingRoom);
  if (range) for (const edge of range) plot.spanY.see(edge);
}

export function drawSeries(plot, layer) {
  const { steps, values, n, now, value } = historyOf(plot.frame, layer.y);
  if (!Number.isFinite(now)) return;
  const { g } = plot;
  penFor(plot, layer, { dashed: layer.role === "theory" });
  const [px, py] = [plot.x.at(now), plot.y.at(value)];
  const piece = layer.role === "theory" || plot.strength < 1 ? Infinity : PIECE; // dashes, and what shines through, stay whole
  for (let from = 0; from < Math.max(1, n - 1); from += piece) {
    g.beginPath();
    const down = tracePath(plot, steps, values, from, Math.min(n, from + piece + 1));
    if (from + piece >= n - 1 && down && Number.isFinite(py)) g.lineTo(px, py);
    g.stroke();
  }
  if (!Number.isFinite(py)) return;
  if (!plot.still) {
    g.fillStyle = plot.colour(layer);
    g.beginPath();
    g.arc(px, py, 3 * plot.pen, 0, 7);
    g.fill();
  }
  plot.nameEnd(layer, `${layer.label} ${brief(value)}`, [px, py]);
}

/** The rows of a trail: both histories, and where the two scalars are now. */
export function trailOf(plot, layer) {
  const across = historyOf(plot.frame, layer.x);
  const up = historyOf(plot.frame, layer.y);
  return { xs: across.values, ys: up.values, n: Math.min(across.n, up.n), x: across.value, y: up.value, steps: up.steps };
}

export function extentOfTrail(plot, layer) {
  const { xs, ys, n, x, y } = trailOf(plot, layer);
  for (let i = 0; i < n; i += 1) {
    plot.spanX.see(xs[i]);
    plot.spanY.see(ys[i]);
  }
  plot.spanX.see(x);
  plot.spanY.see(y);
}

export function drawTrail(plot, layer) {
  const { xs, ys, n, x, y } = trailOf(plot, layer);
  const { g } = plot;
  penFor(plot, layer, { width: 2 });
  for (let part = 0; part < TRAIL_PARTS && n > 1; part += 1) {
    const from = Math.floor(((n - 1) * part) / TRAIL_PARTS);
    const to = Math.floor(((n - 1) * (part + 1)) / TRAIL_PARTS) + 1;
    plot.alpha(0.16 + 0.84 * ((part + 1) / TRAIL_PARTS) ** 1.6);
    g.beginPath();
    tracePath(plot, xs, ys, from, to);
    if (part === TRAIL_PARTS - 1 && Number.isFinite(x + y)) g.lineTo(plot.x.at(x), plot.y.at(y));
    g.stroke();
  }
  plot.alpha(1);
  if (n > 1) ringAt(plot, plot.x.at(xs[0]), plot.y.at(ys[0]));
  if (Number.isFinite(x + y)) headAt(plot, plot.x.at(x), plot.y.at(y), plot.colour(layer));
}

function ringAt(plot, x, y) {
  const { g } = plot;
  g.fillStyle = plot.theme.background;
  g.lineWidth = 1.5;
  g.beginPath();
  g.arc(x, y, plot.still ? 2 : 4, 0, 7);
  g.fill();
  g.stroke();
}

function headAt(plot, x, y, colour) {
  const { g } = plot;
  g.beginPath();
  g.arc(x, y, plot.still ? 4 : 6.5, 0, 7);
  g.fillStyle = colour;
  g.fill();
  g.lineWidth = 2;
  g.strokeStyle = plot.theme.background;
  g.stroke();
}

const spanOf = (plot, layer) => (layer.axis === "x" ? plot.spanX : plot.spanY);

export function extentOfRule(plot, layer) {
  spanOf(plot, layer).see(scalarOf(plot.frame, layer.at));
}

export function drawRule(plot, layer) {
  const { g, rect } = plot;
  const across = layer.axis === "x";
  const at = (across ? plot.x : plot.y).at(scalarOf(plot.frame, layer.at));
  if (!Number.isFinite(at) || at < (across ? rect.left : rect.top) - 1 || at > (across ? rect.right : rect.bottom) + 1) return;
  g.strokeStyle = plot.colour(layer);
  g.lineWidth = 1.5 * plot.pen;
  g.setLineDash([6, 5]);
  g.beginPath();
  g.moveTo(across ? at : rect.left, across ? rect.top : at);
  g.lineTo(across ? at : rect.right, across ? rect.bottom : at);
  g.stroke();
  plot.rules.push({ label: layer.label, at, axis: layer.axis, colour: plot.colour(layer), strength: plot.strength });
}

export function extentOfBand(plot, layer) {
  const [low, high] = [scalarOf(plot.frame, layer.low), scalarOf(plot.frame, layer.high)];
  if (!Number.isFinite(low + high)) return;
  spanOf(plot, layer).see(low);
  spanOf(plot, layer).see(high);
}

export function drawBand(plot, layer) {
  const { g, rect, theme } = plot;
  const scale = layer.axis === "x" ? plot.x : plot.y;
  const [a, b] = [scale.at(scalarOf(plot.frame, layer.low)), scale.at(scalarOf(plot.frame, layer.high))];
  if (!Number.isFinite(a + b)) return;
  const [from, size] = [Math.min(a, b), Math.max(1, Math.abs(b - a))];
  plot.alpha(theme.band);
  g.fillStyle = plot.colour(layer);
  if (layer.axis === "x") g.fillRect(from, rect.top, size, rect.bottom - rect.top);
  else g.fillRect(rect.left, from, rect.right - rect.left, size);
}
