// Arrows, and the key that tells how long one is.

import { numbersOf, scalarOf } from "./frame.js";
import { niceStep, tickText } from "./numbers.js";
import { seePairs } from "./shapes.js";

const KEY = 34; // pixels that the arrow of the key takes at least; at most twice as many
const KEY_ROW = 22; // pixels
const ALONGSIDE = 8; // arrows side by side, of which some may be left out
const APART = 3.5; // pixels between two that lie side by side
const FEWEST = 4; // of them are always drawn

export function extentOfArrows(plot, layer) {
  seePairs(plot, numbersOf(plot.frame, layer.at));
}

export function drawArrows(plot, layer) {
  const at = numbersOf(plot.frame, layer.at);
  const by = numbersOf(plot.frame, layer.by);
  const stretch = stretchOf(plot, layer);
  if (!at || !by || !(stretch > 0)) return;
  const { g } = plot;
  g.strokeStyle = plot.colour(layer);
  g.lineWidth = (plot.still ? 1 : 1.6 * crowding(plot)) * plot.pen;
  g.lineCap = "round";
  const apart = plot.strength === 1; // quicker; but pale ones would be darker where they cross
  g.beginPath();
  const pace = 2 * everyWhich(plot, at, by, stretch);
  for (let i = 0; i + 1 < Math.min(at.length, by.length); i += pace) {
    const [tipX, tipY] = [at[i] + by[i] * stretch, at[i + 1] + by[i + 1] * stretch];
    traceArrow(g, plot.x.at(at[i]), plot.y.at(at[i + 1]), plot.x.at(tipX), plot.y.at(tipY));
    if (!apart) continue;
    g.stroke();
    g.beginPath();
  }
  g.stroke();
  if (!plot.still && plot.plane && !plot.view.x.log && by.some((part) => part !== 0)) drawArrowKey(plot, stretch);
}

/** The scale of the arrows: in pictures that share their axes the same, the least that one of them asks for. */
function stretchOf(plot, layer) {
  const asked = plot.group.flatMap((other) =>
    other.view.layers
      .filter(({ kind, label }) => kind === "Arrows" && label === layer.label)
      .map((same) => scalarOf(other.frame || plot.frame, same.stretch ?? 1)));
  return Math.min(...asked.filter((stretch) => stretch > 0));
}

/** Thinner in a small picture. */
function crowding({ rect }) {
  const room = Math.min(rect.right - rect.left, rect.bottom - rect.top);
  return Math.sqrt(Math.min(1, Math.max(0.35, room / 300)));
}

/**
 * Every how many-th arrow is drawn. Those of a plan on the line lie side by side, in order: where they would run into
 * one another, some are left out. Arrows in the plane are never.
 */
function everyWhich(plot, at, by, stretch) {
  const n = Math.min(at.length, by.length) / 2;
  if (plot.view.equal || n < ALONGSIDE) return 1;
  let gaps = 0;
  for (let i = 0; i + 1 < n; i += 1) {
    const [x, y] = [by[2 * i] * stretch * plot.x.perUnit, by[2 * i + 1] * stretch * plot.y.perUnit];
    const [dx, dy] = [(at[2 * i + 2] - at[2 * i]) * plot.x.perUnit, (at[2 * i + 3] - at[2 * i + 1]) * plot.y.perUnit];
    gaps += Math.abs(x * dy - y * dx) / Math.max(Math.hypot(x, y), 1e-9);
  }
  const gap = gaps / (n - 1);
  return Math.max(1, Math.min(Math.ceil((APART * plot.pen) / Math.max(gap, 1e-9)), Math.floor(n / FEWEST)));
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

/** How long an arrow of a round length is drawn, so that lengths can be read. A second layer has its key above. */
function drawArrowKey(plot, stretch) {
  const { g, rect, theme, zoom } = plot;
  const perLength = Math.abs(stretch * plot.x.perUnit);
  const length = niceStep((KEY * zoom) / perLength, 1);
  const pixels = length * perLength;
  if (!(pixels < (rect.right - rect.left) / 2)) return;
  const text = tickText(length);
  const font = plot.font(12);
  const middle = Math.round(rect.bottom - (15 + KEY_ROW * plot.keys) * zoom) + 0.5;
  plot.keys += 1;
  g.fillStyle = theme.background;
  plot.alpha(0.85);
  g.fillRect(rect.left + 5, middle - 10 * zoom, pixels + plot.widthOf(text, font) + 22, 20 * zoom);
  plot.alpha(1);
  g.beginPath();
  traceArrow(g, rect.left + 13, middle, rect.left + 13 + pixels, middle);
  g.stroke();
  g.font = font;
  g.fillStyle = theme.text;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, rect.left + 19 + pixels, middle);
}
