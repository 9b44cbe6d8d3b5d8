// What is under the pointer: found in data units, marked on the canvas, told by the read-out.

import { barBoxes, nearestIndex } from "./arrange.js";
import { historyOf, numbersOf, scalarOf } from "./frame.js";
import { binsOf } from "./histogram.js";
import { nearbyInPlane, pairText } from "./nearby.js";
import { brief, thousands } from "./numbers.js";

/**
 * @typedef {{label: string, value: string, colour: string, kind: string}} ReadoutRow
 * @typedef {{title: string, rows: ReadoutRow[], dots: {x: number, y: number, colour: string}[], at: number | null}} Probe
 */

/** Find what the pointer means, mark it, and leave it in `plot.probe`. */
export function drawHover(plot) {
  plot.probe = plot.hover ? probeAt(plot, plot.hover.x, plot.hover.y) : null;
  const { probe, g, rect, theme } = plot;
  if (!probe) return;
  if (probe.at !== null) {
    g.beginPath();
    g.moveTo(probe.at, rect.top);
    g.lineTo(probe.at, rect.bottom);
    g.lineWidth = 1;
    g.strokeStyle = theme.muted;
    g.stroke();
  }
  for (const dot of probe.dots) {
    g.beginPath();
    g.arc(dot.x, dot.y, 5, 0, 7);
    g.fillStyle = dot.colour;
    g.fill();
    g.lineWidth = 2;
    g.strokeStyle = theme.background;
    g.stroke();
  }
}

/** @returns {Probe | null} */
function probeAt(plot, px, py) {
  const { rect } = plot;
  if (px < rect.left - 6 || px > rect.right + 6 || py < rect.top - 12 || py > rect.bottom + 24) return null;
  const probe = { title: "", rows: [], dots: [], at: null };
  if (plot.barred) probeBars(plot, probe, px);
  else if (plot.timed) probeSeries(plot, probe, px);
  else {
    probeCurves(plot, probe, px);
    probeHistograms(plot, probe, px);
    probePlane(plot, probe, px, py);
  }
  for (const { layer } of plot.shown) if (layer.kind === "Rule" && probe.rows.length) probeRule(plot, probe, layer);
  return probe.rows.length ? probe : null;
}

function row(plot, layer, value) {
  return { label: layer.label, value, colour: plot.colour(layer), kind: layer.kind };
}

function probeBars(plot, probe, px) {
  const boxes = barBoxes(plot);
  const middles = boxes.map((box) => box.left + box.width / 2);
  const nearest = boxes[nearestIndex(middles, middles.length, px)];
  if (!nearest) return;
  probe.title = nearest.name;
  for (const box of boxes) if (box.category === nearest.category) probe.rows.push(row(plot, box.layer, brief(box.value)));
}

function probeSeries(plot, probe, px) {
  const target = plot.x.back(px);
  let step = NaN;
  for (const { layer } of plot.shown) {
    if (layer.kind !== "Series") continue;
    const { steps, values, n, now, value } = historyOf(plot.frame, layer.y);
    const i = nearestIndex(steps, n, target);
    const atEnd = Number.isFinite(now) && (i < 0 || Math.abs(now - target) < Math.abs(steps[i] - target));
    if (i < 0 && !atEnd) continue;
    step = atEnd ? now : steps[i];
    const reading = atEnd ? value : values[i];
    probe.rows.push(row(plot, layer, brief(reading)));
    const [x, y] = [plot.x.at(step), plot.y.at(reading)];
    probe.at = x;
    if (y >= plot.rect.top && y <= plot.rect.bottom) probe.dots.push({ x, y, colour: plot.colour(layer) });
  }
  probe.title = Number.isFinite(step) ? "step " + thousands(step) : "";
  for (const mark of plot.frame.header.marks || []) {
    if (Math.abs(plot.x.at(mark.step) - px) > 7) continue;
    probe.rows.push({ label: mark.text, value: "step " + thousands(mark.step), colour: plot.theme.muted, kind: "Mark" });
  }
}

function probeCurves(plot, probe, px) {
  const target = plot.x.back(px);
  for (const { layer } of plot.shown) {
    if (layer.kind !== "Curve") continue;
    const xs = numbersOf(plot.frame, layer.x);
    const ys = numbersOf(plot.frame, layer.y);
    if (!xs || !ys) continue;
    const i = nearestIndex(xs, Math.min(xs.length, ys.length), target);
    if (i < 0) continue;
    const value = ys[i] * plot.frame.arrays[layer.y].unit;
    probe.rows.push(row(plot, layer, brief(value)));
    probe.at = plot.x.at(xs[i]);
    probe.title = `${plot.view.x.label || "x"} = ${brief(xs[i])}`;
    const y = plot.y.at(value);
    if (Number.isFinite(y)) probe.dots.push({ x: probe.at, y, colour: plot.colour(layer) });
  }
}

function probeHistograms(plot, probe, px) {
  const target = plot.x.back(px);
  for (const { layer } of plot.shown) {
    if (layer.kind !== "Histogram") continue;
    for (const { from, to, height } of binsOf(plot, layer)) {
      if (target < from || target >= to) continue;
      probe.rows.push(row(plot, layer, brief(height)));
      probe.title = `${plot.view.x.label || "x"} from ${brief(from)} to ${brief(to)}`;
    }
  }
}

/** Points, trails and fields: where the pointer is, and the nearest thing within reach. */
function probePlane(plot, probe, px, py) {
  for (const near of nearbyInPlane(plot, px, py)) {
    probe.rows.push(row(plot, near.layer, near.value));
    if (near.step !== undefined) probe.title = "step " + thousands(near.step);
    if (near.x !== undefined) probe.dots.push({ x: plot.x.at(near.x), y: plot.y.at(near.y), colour: plot.colour(near.layer) });
  }
  if (!probe.title && probe.rows.length) probe.title = pairText(plot.x.back(px), plot.y.back(py));
}

function probeRule(plot, probe, layer) {
  const value = scalarOf(plot.frame, layer.at);
  if (layer.label && Number.isFinite(value)) probe.rows.push(row(plot, layer, brief(value)));
}
