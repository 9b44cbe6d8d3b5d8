// A lattice carried through a map: Mesh.

import { numbersOf } from "./frame.js";

const SHADES = 32; // steps from an empty cell to the densest
const DENSEST = 0.45; // opacity of a cell of shade 1

export function extentOfMesh(plot, layer) {
  const nodes = numbersOf(plot.frame, layer.nodes) || [];
  for (let i = 0; i + 1 < nodes.length; i += 2) {
    plot.spanX.see(nodes[i]);
    plot.spanY.see(nodes[i + 1]);
  }
}

/** The lines of the lattice, rows and columns, where the map has carried them, over the shade of its cells. */
export function drawMesh(plot, layer) {
  const array = plot.frame.arrays[layer.nodes];
  if (!array || array.shape.length !== 3) return;
  const [rows, columns] = array.shape;
  const { g } = plot;
  const shaded = layer.shade && shadeCells(plot, layer, array);
  g.strokeStyle = plot.colour(layer);
  plot.alpha(shaded ? 0.5 : 0.6);
  g.lineWidth = (plot.still ? 0.7 : shaded ? 0.7 : 1.1) * plot.pen;
  g.lineJoin = "round";
  g.beginPath();
  for (let row = 0; row < rows; row += 1) traceNodes(plot, array.data, row * columns, 1, columns);
  for (let column = 0; column < columns; column += 1) traceNodes(plot, array.data, column, columns, rows);
  g.stroke();
}

/** Fill the cells, those of about equal shade in one go. Returns whether there is any shade to fill them with. */
function shadeCells(plot, layer, { data, shape: [rows, columns] }) {
  const shade = plot.frame.arrays[layer.shade];
  if (!shade || shade.data.length !== (rows - 1) * (columns - 1)) return false;
  const paths = Array.from({ length: SHADES + 1 }, () => null);
  for (let i = 0; i < shade.data.length; i += 1) {
    const level = Math.round(Math.min(1, shade.data[i] * shade.unit) * SHADES);
    if (!(level > 0)) continue;
    const first = i + Math.floor(i / (columns - 1)); // its corner in the lattice of nodes
    traceCell(plot, (paths[level] ??= new Path2D()), data, [first, first + 1, first + columns + 1, first + columns]);
  }
  plot.g.fillStyle = plot.colour(layer);
  for (const [level, path] of paths.entries()) {
    if (!path) continue;
    plot.alpha((level / SHADES) * DENSEST);
    plot.g.fill(path);
  }
  return true;
}

/** All cells turn the same way: where the map has folded over, opposite ones in one path would cut holes. */
function traceCell(plot, path, nodes, corners) {
  const xs = corners.map((node) => plot.x.at(nodes[2 * node]));
  const ys = corners.map((node) => plot.y.at(nodes[2 * node + 1]));
  const turn = (xs[2] - xs[0]) * (ys[3] - ys[1]) - (xs[3] - xs[1]) * (ys[2] - ys[0]);
  if (!Number.isFinite(turn)) return;
  const [second, fourth] = turn > 0 ? [1, 3] : [3, 1];
  path.moveTo(xs[0], ys[0]);
  for (const k of [second, 2, fourth]) path.lineTo(xs[k], ys[k]);
  path.closePath();
}

function traceNodes(plot, nodes, first, stride, count) {
  let down = false;
  for (let i = 0; i < count; i += 1) {
    const node = 2 * (first + i * stride);
    const [x, y] = [plot.x.at(nodes[node]), plot.y.at(nodes[node + 1])];
    if (!Number.isFinite(x) || !Number.isFinite(y)) down = false;
    else if (down) plot.g.lineTo(x, y);
    else {
      plot.g.moveTo(x, y);
      down = true;
    }
  }
}
