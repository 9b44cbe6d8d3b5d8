// Axes, and the words that stand on the picture itself: curve ends, rules, marks.

const LINE = 16; // pixels between two labels
const SHORT = 12; // pixels from the end of a line to the edge that need no leader

/** Text with a soft edge in the background's colour, readable over lines. */
function haloText(plot, text, x, y, colour) {
  const { g } = plot;
  g.lineWidth = 4;
  g.lineJoin = "round";
  g.strokeStyle = plot.theme.background;
  g.strokeText(text, x, y);
  g.fillStyle = colour;
  g.fillText(text, x, y);
}

/** Crisp hairlines: one device pixel, between pixels never. */
function hairline(plot, x1, y1, x2, y2) {
  const half = 0.5 / plot.density;
  plot.g.moveTo(Math.round(x1) + half, Math.round(y1) + half);
  plot.g.lineTo(Math.round(x2) + half, Math.round(y2) + half);
}

export function drawAxes(plot) {
  const { g, rect, theme, view } = plot;
  g.lineWidth = 1;
  if (!plot.still) {
    g.strokeStyle = theme.grid;
    g.beginPath();
    for (const tick of plot.yTicks) hairline(plot, rect.left, plot.y.at(tick), rect.right, plot.y.at(tick));
    if (!plot.timed) for (const tick of plot.xTicks) hairline(plot, plot.x.at(tick), rect.top, plot.x.at(tick), rect.bottom);
    g.stroke();
  }
  g.strokeStyle = theme.axis;
  g.beginPath();
  hairline(plot, rect.left, rect.bottom, rect.right, rect.bottom);
  g.stroke();
  if (plot.still) return;
  g.font = plot.font(12);
  g.fillStyle = theme.muted;
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (const [i, tick] of plot.yTicks.entries()) g.fillText(plot.yTexts[i], rect.left - 7, plot.y.at(tick));
  const free = drawXLabel(plot);
  drawXTicks(plot, free);
  if (view.y.label) {
    g.textAlign = "left";
    g.textBaseline = "alphabetic";
    g.fillText(axisName(view.y), 2, 11 * plot.zoom);
  }
}

function axisName(axis) {
  return axis.unit ? `${axis.label} (${axis.unit})` : axis.label;
}

/** The name of the x axis at its right end; returns how far ticks may reach without touching it. */
function drawXLabel(plot) {
  const { g, rect, view, zoom } = plot;
  if (!view.x.label || plot.barred) return Infinity;
  const name = axisName(view.x);
  g.textAlign = "right";
  g.textBaseline = "alphabetic";
  const y = rect.bottom + (plot.xLabelBelow ? 33 : 16) * zoom;
  const width = plot.widthOf(name, plot.font(12));
  const inMargin = plot.width - rect.right > width + 22;
  const right = plot.xLabelBelow || !inMargin ? rect.right : plot.width - 6;
  g.font = plot.font(12);
  g.fillText(name, right, y);
  return plot.xLabelBelow ? Infinity : right - width - 8;
}

function drawXTicks(plot, free) {
  const { g, rect } = plot;
  const font = plot.font(12);
  g.textAlign = "center";
  g.textBaseline = "alphabetic";
  for (const [i, tick] of plot.xTicks.entries()) {
    const x = plot.x.at(tick);
    const half = plot.widthOf(plot.xTexts[i], font) / 2;
    if (x + half > free) continue;
    g.font = font;
    g.fillText(plot.xTexts[i], Math.min(x, plot.width - half - 1), rect.bottom + 16 * plot.zoom);
  }
}

/** Push labels apart until none overlap, keeping their order and staying inside [top, bottom]. */
export function spread(ys, gap, top, bottom) {
  const order = ys.map((_, i) => i).sort((a, b) => ys[a] - ys[b]);
  const placed = ys.slice();
  let floor = top;
  for (const i of order) {
    placed[i] = Math.max(placed[i], floor);
    floor = placed[i] + gap;
  }
  let ceiling = bottom;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], ceiling);
    ceiling = placed[i] - gap;
  }
  return placed;
}

/** Names of the curves at their right ends, with a leader where a label had to move or the curve ends before. */
export function drawEndLabels(plot) {
  if (!plot.ends.length) return;
  const { g, rect, zoom } = plot;
  const ys = plot.ends.map((end) => Math.min(rect.bottom, Math.max(rect.top, end.y)));
  const placed = spread(ys, LINE * zoom, rect.top + 4, rect.bottom - 4);
  g.font = plot.font(13, 600);
  g.textAlign = "left";
  g.textBaseline = "middle";
  for (const [i, end] of plot.ends.entries()) {
    g.globalAlpha = end.strength;
    g.fillStyle = end.colour;
    g.fillText(end.text, rect.right + 9, placed[i]);
    const missing = rect.right - end.x;
    const before = missing > SHORT && missing < (rect.right - rect.left) / 3; // a run that has just begun is no line yet
    if (Math.abs(placed[i] - ys[i]) < 3 && !before) continue;
    g.strokeStyle = end.colour;
    g.lineWidth = 1;
    g.beginPath();
    if (before) {
      g.setLineDash([1, 3]);
      g.moveTo(end.x + 4, ys[i]);
      g.lineTo(rect.right + 1, ys[i]);
      g.stroke();
      g.setLineDash([]);
      g.beginPath();
    }
    g.moveTo(rect.right + 1, ys[i]);
    g.lineTo(rect.right + 7, placed[i]);
    g.stroke();
  }
  g.globalAlpha = 1;
}

/** Names of the rules at their right inside end: above the line, or below where another name stands. */
export function drawRuleLabels(plot) {
  const { g, rect, zoom } = plot;
  g.font = plot.font(12, 500);
  const taken = [];
  for (const rule of plot.rules) {
    if (!rule.label) continue;
    g.globalAlpha = rule.strength;
    const width = plot.widthOf(rule.label, plot.font(12, 500));
    g.font = plot.font(12, 500);
    g.textBaseline = "alphabetic";
    if (rule.axis === "x") {
      const flip = rule.at + width + 8 > rect.right;
      g.textAlign = flip ? "right" : "left";
      haloText(plot, rule.label, rule.at + (flip ? -5 : 5), rect.top + 11 * zoom, rule.colour);
      continue;
    }
    const rows = [rule.at - 5, rule.at + 14 * zoom];
    const fits = (y) => y - 9 > rect.top - 4 && y < rect.bottom + 2 && taken.every((other) => Math.abs(other - y) > 13 * zoom);
    const y = rows.find(fits);
    if (y === undefined) continue;
    taken.push(y);
    g.textAlign = "right";
    haloText(plot, rule.label, rect.right - 5, y, rule.colour);
  }
  g.globalAlpha = 1;
}

/** Where the learner turned a knob: a hairline with a small flag; its text is in the read-out. */
export function drawMarks(plot) {
  const marks = plot.frame.header.marks;
  if (!plot.timed || !marks || !marks.length) return;
  const { g, rect, theme } = plot;
  g.beginPath();
  for (const mark of marks) {
    const x = plot.x.at(mark.step);
    if (x < rect.left || x > rect.right) continue;
    hairline(plot, x, rect.top, x, rect.bottom);
  }
  g.lineWidth = 1;
  g.strokeStyle = theme.axis;
  g.stroke();
  g.fillStyle = theme.muted;
  for (const mark of marks) {
    const x = plot.x.at(mark.step);
    if (x < rect.left || x > rect.right) continue;
    g.beginPath();
    g.moveTo(x - 4, rect.top - 4);
    g.lineTo(x + 4, rect.top - 4);
    g.lineTo(x, rect.top + 3);
    g.fill();
  }
}
