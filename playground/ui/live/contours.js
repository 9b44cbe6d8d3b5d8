// Contour: the lines along which a field has a given value, by marching squares.

import { extentOf, numbersOf, sameNumbers } from "./frame.js";
import { penFor, tracePath } from "./lines.js";
import { drawAtRest } from "./resting.js";

const BOTTOM = 0, RIGHT = 1, TOP = 2, LEFT = 3;
// Which sides of a cell a line joins, by which of its corners lie above: bottom left 1, bottom right 2, top right 4,
// top left 8. With two opposite corners above (5, 10), the mean of all four says which pair is connected.
const JOINED = [
  [], [LEFT, BOTTOM], [BOTTOM, RIGHT], [LEFT, RIGHT], [RIGHT, TOP], [LEFT, BOTTOM, RIGHT, TOP], [BOTTOM, TOP], [LEFT, TOP],
  [LEFT, TOP], [BOTTOM, TOP], [BOTTOM, RIGHT, LEFT, TOP], [RIGHT, TOP], [LEFT, RIGHT], [BOTTOM, RIGHT], [LEFT, BOTTOM], [],
];

/**
 * Which crossings follow one another. A line crosses the lattice of values between neighbours only, and each such
 * crossing has a number: 2 i between value i and the one to its right, 2 i + 1 between it and the one above.
 * @returns {{links: Int32Array, used: number[]}} the two neighbours of crossing k are links[2 k] and links[2 k + 1], or -1
 */
function crossings(values, rows, columns, level) {
  const links = new Int32Array(4 * rows * columns).fill(-1);
  const used = [];
  const join = (a, b) => {
    for (const [from, to] of [[a, b], [b, a]]) {
      if (links[2 * from] < 0) {
        links[2 * from] = to;
        used.push(from);
      } else links[2 * from + 1] = to;
    }
  };
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const i = row * columns + column;
      const [a, b, c, d] = [values[i], values[i + 1], values[i + columns + 1], values[i + columns]];
      if (!Number.isFinite(a + b + c + d)) continue;
      const above = (a >= level) | ((b >= level) << 1) | ((c >= level) << 2) | ((d >= level) << 3);
      if (above === 0 || above === 15) continue;
      const middle = a + b + c + d >= 4 * level;
      const sides = JOINED[middle && (above === 5 || above === 10) ? 15 - above : above];
      const numbers = [2 * i, 2 * i + 3, 2 * (i + columns), 2 * i + 1];
      for (let k = 0; k < sides.length; k += 2) join(numbers[sides[k]], numbers[sides[k + 1]]);
    }
  }
  return { links, used };
}

/** The crossings in the order of the lines: from the ends of open lines first, then around the closed ones. */
function* chains({ links, used }) {
  const seen = new Set();
  for (const closed of [false, true]) {
    for (const start of used) {
      if (seen.has(start) || (!closed && links[2 * start + 1] >= 0)) continue;
      const chain = [];
      for (let at = start; at >= 0; at = seen.has(links[2 * at]) ? unseen(links[2 * at + 1], seen) : links[2 * at]) {
        seen.add(at);
        chain.push(at);
      }
      if (closed) chain.push(start);
      yield chain;
    }
  }
}

const unseen = (at, seen) => (at >= 0 && !seen.has(at) ? at : -1);

/** @returns {{xs: Float32Array, ys: Float32Array}[]} the lines of one level, in data units */
function linesOf(array, extent, value) {
  const [rows, columns] = array.shape;
  const [left, right, bottom, top] = extent;
  const values = array.data;
  const level = value / array.unit;
  return Array.from(chains(crossings(values, rows, columns, level)), (chain) => {
    const xs = new Float32Array(chain.length);
    const ys = new Float32Array(chain.length);
    chain.forEach((number, k) => {
      const i = number >> 1;
      const up = number & 1;
      const share = (level - values[i]) / (values[up ? i + columns : i + 1] - values[i]);
      xs[k] = left + (((i % columns) + 0.5 + (up ? 0 : share)) / columns) * (right - left);
      ys[k] = bottom + ((Math.floor(i / columns) + 0.5 + (up ? share : 0)) / rows) * (top - bottom);
    });
    return { xs, ys };
  });
}

/** Like those of a Field, the values are those of the centres of equal cells that fill the extent. */
export function drawContour(plot, layer, memo) {
  const array = plot.frame.arrays[layer.values];
  if (!numbersOf(plot.frame, layer.values) || array.shape.length !== 2) return;
  const extent = extentOf(plot.frame, layer);
  if (!sameNumbers(memo.numbers, array.data) || !sameNumbers(memo.extent, extent)) {
    memo.numbers = array.data.slice(); // a copy: the array itself would keep its whole frame
    memo.extent = extent;
    memo.lines = layer.levels.flatMap((level) => linesOf(array, extent, level));
    memo.changes = (memo.changes || 0) + 1;
  }
  drawAtRest(plot, memo, [memo.changes], () => {
    penFor(plot, layer, { dashed: layer.role === "theory", width: 2 });
    plot.g.beginPath();
    for (const { xs, ys } of memo.lines) tracePath(plot, xs, ys, 0, xs.length);
    plot.g.stroke();
  });
}
