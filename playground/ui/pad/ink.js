// A digit: thick strokes, white on black as in the data set.

import { roundedPair } from "./markers.js";

const INK_GAP = 3; // pixels from one point to the next
const MOST_STROKES = 30;
const MOST_INK = 2000; // points of all strokes together
const NIB = 1 / 12; // of the square's side

export class Ink {
  hint = "Draw one digit, as large as the square.";
  role = "real";
  black = true; // a black square without axes
  strokes = [];

  save() {
    return this.strokes.slice();
  }

  restore(saved) {
    this.strokes = saved;
  }

  load(value) {
    this.strokes = value.map((stroke) => stroke.map(([x, y]) => [x - this.window, y - this.window]));
  }

  wipe() {
    this.strokes = [];
  }

  empty() {
    return !this.strokes.length;
  }

  ready() {
    return !this.empty();
  }

  words() {
    const n = this.strokes.length;
    if (this.points() >= MOST_INK || n >= MOST_STROKES) return "the square is full";
    return n ? `${n} ${n === 1 ? "stroke" : "strokes"}` : "nothing drawn yet";
  }

  points() {
    return this.strokes.reduce((total, stroke) => total + stroke.length, 0);
  }

  /** From the lower left corner, (0, 0), to the upper right, (1, 1). */
  value() {
    return this.strokes.map((stroke) => stroke.map(([x, y]) => roundedPair([x + this.window, y + this.window])));
  }

  /** A press alone is a dot. */
  down(spot) {
    if (this.strokes.length >= MOST_STROKES || this.points() >= MOST_INK) return false;
    this.open = [[spot.x, spot.y]];
    this.strokes = [...this.strokes, this.open];
    this.last = spot;
    return true;
  }

  move(spot) {
    if (Math.hypot(spot.px - this.last.px, spot.py - this.last.py) < INK_GAP || this.points() >= MOST_INK) return;
    const hold = (value) => Math.min(this.window, Math.max(-this.window, value));
    this.open.push([hold(spot.x), hold(spot.y)]);
    this.last = spot;
  }

  up() {
    return true;
  }

  draw(g, sheet) {
    g.strokeStyle = "#ffffff";
    g.lineWidth = (sheet.rect.right - sheet.rect.left) * NIB;
    g.lineCap = g.lineJoin = "round";
    for (const stroke of this.strokes) {
      g.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) g.lineTo(sheet.x.at(x), sheet.y.at(y));
      g.stroke();
    }
  }
}
