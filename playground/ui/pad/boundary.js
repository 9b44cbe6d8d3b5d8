// A boundary: lines around what the learner takes for real. A line that does not end where it began is closed straight.

import { roundedPair } from "./markers.js";

const CORNER_GAP = 3; // pixels from one corner to the next
const MOST_CORNERS = 600;
const MOST_LOOPS = 40;
const SMALLEST = 10; // pixels across; less is a slip of the hand

export class Boundary {
  hint = "Draw around what you take for real. Several regions add up.";
  role = "real";
  loops = [];

  save() {
    return this.loops.slice();
  }

  restore(saved) {
    this.loops = saved;
    this.open = null;
  }

  load(value) {
    this.loops = value;
  }

  wipe() {
    this.loops = [];
  }

  empty() {
    return !this.loops.length;
  }

  ready() {
    return !this.empty() && !this.open;
  }

  words() {
    const n = this.loops.length;
    return n ? `${n} ${n === 1 ? "region" : "regions"}: inside is real` : "no region yet";
  }

  value() {
    return this.loops.map((loop) => loop.map(roundedPair));
  }

  down(spot) {
    if (this.loops.length >= MOST_LOOPS) return false;
    this.open = [[spot.x, spot.y]];
    this.last = spot;
    return true;
  }

  move(spot) {
    if (!this.open || this.open.length >= MOST_CORNERS || Math.hypot(spot.px - this.last.px, spot.py - this.last.py) < CORNER_GAP) return;
    const hold = (value) => Math.min(this.window, Math.max(-this.window, value));
    this.open.push([hold(spot.x), hold(spot.y)]);
    this.last = spot;
  }

  up() {
    const loop = this.open;
    this.open = null;
    if (!loop || loop.length < 3) return false;
    const span = (k) => Math.max(...loop.map((corner) => corner[k])) - Math.min(...loop.map((corner) => corner[k]));
    const { sheet } = this.last;
    if (Math.max(span(0), span(1)) * sheet.x.perUnit < SMALLEST) return false;
    this.loops = [...this.loops, loop];
    return true;
  }

  draw(g, sheet) {
    const colour = sheet.theme.roles.real;
    if (this.loops.length) this.shade(g, sheet, colour);
    for (const loop of this.loops) this.line(g, sheet, loop, colour, true);
    if (this.open) this.line(g, sheet, this.open, colour, this.open.length > 2);
  }

  /** All regions as one: where two overlap, the shade is no darker. */
  shade(g, sheet, colour) {
    this.mask ??= document.createElement("canvas");
    this.mask.width = sheet.front.width;
    this.mask.height = sheet.front.height;
    const brush = this.mask.getContext("2d");
    brush.setTransform(sheet.density, 0, 0, sheet.density, 0, 0);
    brush.fillStyle = colour;
    for (const loop of this.loops) {
      brush.beginPath();
      for (const [x, y] of loop) brush.lineTo(sheet.x.at(x), sheet.y.at(y));
      brush.fill("nonzero");
    }
    g.globalAlpha = 0.2;
    g.drawImage(this.mask, 0, 0, sheet.width, sheet.height);
    g.globalAlpha = 1;
  }

  /** The line of the hand, over a soft edge that keeps it apart from the points; what closes it is dashed. */
  line(g, sheet, loop, colour, close) {
    g.lineJoin = g.lineCap = "round";
    for (const [width, stroke] of [[5.5, sheet.theme.background], [2.5, colour]]) {
      g.lineWidth = width;
      g.strokeStyle = stroke;
      g.beginPath();
      for (const [x, y] of loop) g.lineTo(sheet.x.at(x), sheet.y.at(y));
      g.stroke();
    }
    if (!close) return;
    const [[x1, y1], [x2, y2]] = [loop[0], loop[loop.length - 1]];
    g.setLineDash([5, 5]);
    g.beginPath();
    g.moveTo(sheet.x.at(x2), sheet.y.at(y2));
    g.lineTo(sheet.x.at(x1), sheet.y.at(y1));
    g.stroke();
    g.setLineDash([]);
  }
}
