// Which lines carry their names at their right ends, and where those ends are.

import { numbersOf } from "./frame.js";

const REACHES = 0.75; // of the picture's width: a line that stops before has its name in the legend

/** The lines that have an end to be named at. Where layers can be switched, the switches name them. */
export function linesWithEnds(plot) {
  if (plot.view.switches) return [];
  return plot.view.layers.filter((layer) => layer.kind === "Series" ||
    (layer.kind === "Curve" && !layer.thin && endOfCurve(plot, layer) >= 0));
}

/** The index of a curve's last point in sight; -1 if it closes on itself, or stops well before the right edge. */
export function endOfCurve(plot, layer) {
  const xs = numbersOf(plot.frame, layer.x) || [];
  const ys = numbersOf(plot.frame, layer.y) || [];
  const n = Math.min(xs.length, ys.length);
  if (n > 2 && xs[0] === xs[n - 1] && ys[0] === ys[n - 1]) return -1;
  let last = n - 1;
  while (last >= 0 && !(within(plot.spanX, xs[last]) && within(plot.spanY, ys[last]))) last -= 1;
  return last >= 0 && shareOf(plot.spanX, xs[last]) >= REACHES ? last : -1;
}

const within = (span, value) => shareOf(span, value) >= -0.01 && shareOf(span, value) <= 1.01; // NaN is not

/** How far along an axis a value lies: 0 at its beginning, 1 at its end. */
function shareOf({ low, high, axis }, value) {
  const of = axis.log ? Math.log : (x) => x;
  return (of(value) - of(low)) / (of(high) - of(low));
}
