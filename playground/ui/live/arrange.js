// Where things go inside a picture: margins, ticks, and which curves are labelled at their ends.

import { linesWithEnds } from "./ends.js";
import { numbersOf } from "./frame.js";
import { niceTicks, tickText } from "./numbers.js";

const TICK = 12;
const END = 13;

/** Settle the plot's rectangle, scales and ticks for the frame it holds. */
export function arrange(plot) {
  if (plot.still) place(plot, 3, 3, plot.width - 3, plot.height - 3);
  else if (plot.bare) place(plot, 0, 0, plot.width, plot.height);
  else {
    const { left, top, right, bottom } = margins(plot);
    place(plot, left, top, plot.width - right, plot.height - bottom);
  }
  if (plot.view.equal && !plot.barred) squareUp(plot);
  const { rect } = plot;
  if (plot.barred) plot.x.set(0, 1, rect.left, rect.right);
  else plot.x.set(plot.spanX.low, plot.spanX.high, rect.left, rect.right, plot.view.x.log);
  plot.y.set(plot.spanY.low, plot.spanY.high, rect.bottom, rect.top, plot.view.y.log);
}

function place(plot, left, top, right, bottom) {
  plot.rect = { left: Math.round(left), top: Math.round(top), right: Math.round(right), bottom: Math.round(bottom) };
}

function margins(plot) {
  const { view, zoom } = plot;
  const roomy = plot.height >= 140;
  const end = endLabels(plot);
  plot.xLabelBelow = Boolean(view.x.label) && !plot.barred && roomy;
  const top = (view.y.label || plot.single ? 24 : 9) * zoom + (plot.single ? 16 * zoom : 0);
  const bottom = (plot.barred ? 26 : plot.xLabelBelow ? 38 : 21) * zoom;
  const up = plot.height - top - bottom;
  plot.yTicks = ticksOf(view.y, plot.spanY, clamp(up / (34 * zoom), 2, 5));
  plot.yTexts = plot.yTicks.map(tickText);
  const font = plot.font(TICK);
  const widest = plot.yTexts.reduce((most, text) => Math.max(most, plot.widthOf(text, font)), 12);
  const left = Math.ceil((widest + 12) / 6) * 6; // in steps, so that one more digit seldom moves the picture
  const right = plot.barred ? 6 : Math.max(end, 14 * zoom);
  const across = plot.width - left - right;
  plot.xTicks = plot.barred ? [] : ticksOf(view.x, plot.spanX, clamp(across / (74 * zoom), 2, 6));
  if (plot.timed) plot.xTicks = plot.xTicks.filter((tick) => Number.isInteger(Number(tick.toPrecision(12)))); // whole steps
  plot.xTexts = plot.xTicks.map(tickText);
  return { left, top, right, bottom };
}

/** None where an axis only compares places. */
const ticksOf = (axis, span, most) => (axis.numbers === false ? [] : niceTicks(span.low, span.high, most, axis.log));

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The right margin that end labels need; 0 when the legend names the curves instead. */
function endLabels(plot) {
  const lines = linesWithEnds(plot);
  const font = plot.font(END, 600);
  const width = lines.reduce((most, layer) => {
    const text = layer.kind === "Series" ? layer.label + " 0.000" : layer.label;
    return Math.max(most, plot.widthOf(text, font));
  }, 0);
  const room = Math.ceil(width) + 16;
  const tall = lines.length * 15 * plot.zoom < plot.height - 40;
  const fits = lines.length > 0 && tall && plot.width >= 230 && room <= plot.width * 0.34;
  plot.ended = fits ? lines : [];
  return fits ? room : 0;
}

/** One unit as long in x as in y: an axis without bounds shows more, one with bounds takes less room. */
function squareUp(plot) {
  const { rect, spanX, spanY, view } = plot;
  const [wide, high] = [rect.right - rect.left, rect.bottom - rect.top];
  const perX = wide / (spanX.high - spanX.low);
  const perY = high / (spanY.high - spanY.low);
  const free = (axis) => axis.low === null && axis.high === null;
  if (perX > perY && free(view.x)) widen(spanX, wide / perY);
  else if (perY > perX && free(view.y)) widen(spanY, high / perX);
  else if (perX > perY) {
    const spare = Math.round((wide - (spanX.high - spanX.low) * perY) / 2);
    rect.left += spare;
    rect.right -= spare;
  } else {
    const spare = Math.round((high - (spanY.high - spanY.low) * perX) / 2);
    rect.top += spare;
    rect.bottom -= spare;
  }
}

function widen(span, length) {
  const middle = (span.low + span.high) / 2;
  span.low = middle - length / 2;
  span.high = middle + length / 2;
}

/** Index of the entry of `values` closest to `target`; -1 when there is none. */
export function nearestIndex(values, n, target) {
  let best = -1;
  let distance = Infinity;
  for (let i = 0; i < n; i += 1) {
    const away = Math.abs(values[i] - target);
    if (away < distance) [best, distance] = [i, away];
  }
  return best;
}

/** The boxes of all bars, left to right; the layers of one view stand side by side. */
export function barBoxes(plot) {
  const layers = plot.shown.map(({ layer }) => layer).filter((layer) => layer.kind === "Bars");
  const categories = layers.length ? layers[0].categories : [];
  const wide = plot.rect.right - plot.rect.left;
  const boxes = [];
  for (const [order, layer] of layers.entries()) {
    const heights = numbersOf(plot.frame, layer.heights) || [];
    const unit = heights.length ? plot.frame.arrays[layer.heights].unit : 1;
    for (let i = 0; i < categories.length; i += 1) {
      const [from, width] = barPlace(wide, layers.length, categories.length, order, i);
      boxes.push({ layer, category: i, name: categories[i], value: heights[i] * unit, left: plot.rect.left + from, width });
    }
  }
  return boxes;
}

/** One category: bars spread over the picture. Several: a group of touching bars for each. */
function barPlace(wide, layers, categories, order, category) {
  if (categories === 1) {
    const slot = wide / layers;
    const width = Math.min(slot * 0.62, 150);
    return [slot * (order + 0.5) - width / 2, width];
  }
  const slot = wide / categories;
  const width = Math.min((slot * 0.78) / layers, 60);
  return [slot * (category + 0.5) + width * (order - layers / 2), width];
}
