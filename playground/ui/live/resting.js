// What rests is drawn once, on a sheet of its own, and copied from there.

import { sameNumbers } from "./frame.js";

/**
 * Call `paint` to draw on `plot.g`, unless the sheet already holds what it would draw: `numbers`, all that the drawing
 * depends on beside the axes, have then stood still for a frame.
 * @param {object} memo the layer's own
 * @param {ArrayLike<number>} numbers
 */
export function drawAtRest(plot, memo, numbers, paint) {
  if (!rests(plot, memo, numbers)) paint();
  else {
    memo.resting ??= paintedSheet(plot, paint);
    plot.g.setTransform(1, 0, 0, 1, 0, 0);
    plot.g.drawImage(memo.resting, 0, 0);
    plot.inCssPixels();
  }
}

/** Looked up once a frame; the axes may also move between two frames, with the size of the canvas. */
function rests({ x, y, still }, memo, numbers) {
  if (still) return false;
  const place = [x.start, x.perUnit, x.from, y.start, y.perUnit, y.from];
  const stays = sameNumbers(memo.place, place);
  if (memo.stale || !stays) {
    memo.settled = stays && sameNumbers(memo.stood, numbers);
    if (!memo.settled) Object.assign(memo, { place, stood: numbers.slice(), resting: null }); // a copy: arrays keep their whole frame
  }
  memo.stale = false;
  return memo.settled;
}

function paintedSheet(plot, paint) {
  const [sheet, { g }] = [document.createElement("canvas"), plot];
  sheet.width = plot.canvas.width;
  sheet.height = plot.canvas.height;
  plot.g = sheet.getContext("2d");
  plot.inCssPixels();
  try {
    paint();
  } finally {
    plot.g = g;
  }
  return sheet;
}
