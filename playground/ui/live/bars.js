// Bars over named categories.

import { barBoxes } from "./arrange.js";
import { numbersOf } from "./frame.js";
import { brief } from "./numbers.js";

export function extentOfBars(plot, layer) {
  const heights = numbersOf(plot.frame, layer.heights) || [];
  const unit = heights.length ? plot.frame.arrays[layer.heights].unit : 1;
  for (const height of heights) plot.spanY.see(height * unit);
  plot.single = layer.categories.length === 1 && !plot.still;
}

export function drawBars(plot, layer) {
  const boxes = barBoxes(plot);
  for (const box of boxes) {
    if (box.layer !== layer) continue;
    if (Number.isFinite(box.value)) drawBar(plot, box);
    if (!plot.still) nameBar(plot, box, boxes);
  }
}

/** Theory is hollow and dashed: it is where the others should be, not something that was observed. */
function drawBar(plot, { layer, value, left, width }) {
  const { g, rect } = plot;
  const base = Math.min(rect.bottom, plot.y.at(Math.max(0, plot.spanY.low)));
  const top = Math.max(rect.top, Math.min(rect.bottom, plot.y.at(value)));
  const [y, height] = [Math.min(top, base), Math.max(1, Math.abs(base - top))];
  g.fillStyle = plot.colour(layer);
  g.strokeStyle = plot.colour(layer);
  if (layer.role === "theory") {
    g.lineWidth = plot.still ? 1.2 : 2 * plot.pen;
    g.setLineDash(plot.still ? [3, 2] : [7, 5]);
    g.beginPath();
    g.moveTo(left + 1, y + height);
    g.lineTo(left + 1, y + 1);
    g.lineTo(left + width - 1, y + 1);
    g.lineTo(left + width - 1, y + height);
    g.stroke();
    return;
  }
  g.beginPath();
  const round = Math.min(4, width / 4, height);
  g.roundRect(left, y, width, height, value >= 0 ? [round, round, 0, 0] : 0);
  g.fill();
}

function nameBar(plot, box, boxes) {
  const { g, rect, theme, zoom } = plot;
  const middle = box.left + box.width / 2;
  const layers = boxes.filter((other) => other.category === box.category);
  g.textAlign = "center";
  g.textBaseline = "alphabetic";
  g.setLineDash([]);
  if (plot.single || box === layers[0]) {
    const group = (layers[0].left + layers[layers.length - 1].left + box.width) / 2;
    g.font = plot.font(plot.single ? 14 : 13, plot.single ? 600 : 400);
    g.fillStyle = plot.single ? plot.colour(box.layer) : theme.muted;
    const room = (rect.right - rect.left) / (plot.single ? boxes.length : boxes.length / layers.length) - 6;
    const name = plot.single ? box.layer.label : box.name;
    g.fillText(name, plot.single ? middle : group, rect.bottom + 18 * zoom, Math.max(20, room));
  }
  if (!Number.isFinite(box.value)) return;
  const size = plot.single ? (plot.height > 150 ? 26 : 18) : 12;
  if (!plot.single && box.width < 26) return;
  const top = Math.max(rect.top, Math.min(plot.y.at(box.value), rect.bottom));
  g.font = plot.font(size, 600);
  g.fillStyle = theme.text;
  g.fillText(brief(box.value), middle, top - (plot.single ? 8 : 4));
}
