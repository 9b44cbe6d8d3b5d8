// Points to move: each can be dragged, and a thin line says from where.

import { marker, roundedPair } from "./markers.js";

const RADIUS = 7;

export class Moving {
  hint = "Drag the diamonds to where D would take them for real.";
  role = "generated";
  given = true; // a new `start` is another sheet: what was moved on the old one is not kept
  points = [];
  start = [];

  save() {
    return this.points.slice();
  }

  restore(saved) {
    this.points = saved;
  }

  load(value) {
    this.start = value;
    this.points = value.slice();
  }

  wipe() {
    this.points = this.start.slice();
  }

  moved() {
    return this.points.filter((point, i) => point !== this.start[i]).length;
  }

  empty() {
    return !this.moved();
  }

  ready() {
    return !this.empty();
  }

  words() {
    return `${this.moved()} of ${this.points.length} moved`;
  }

  value() {
    return this.points.map(roundedPair);
  }

  /** The nearest one within reach; the uppermost of several. */
  down(spot) {
    const { sheet } = spot;
    let best = spot.reach;
    this.held = -1;
    for (const [i, [x, y]] of this.points.entries()) {
      const away = Math.hypot(sheet.x.at(x) - spot.px, sheet.y.at(y) - spot.py);
      if (away <= best) [best, this.held] = [away, i];
    }
    if (this.held < 0) return false;
    const [x, y] = this.points[this.held];
    this.grip = [x - spot.x, y - spot.y]; // it does not jump under the hand
    this.before = this.points;
    return true;
  }

  move(spot) {
    const hold = (value) => Math.min(this.window, Math.max(-this.window, value));
    this.points = this.points.slice();
    this.points[this.held] = [hold(spot.x + this.grip[0]), hold(spot.y + this.grip[1])];
  }

  up() {
    this.held = -1;
    return this.points !== this.before;
  }

  draw(g, sheet) {
    const { theme, x, y } = sheet;
    const colour = theme.roles.generated;
    for (const [i, [atX, atY]] of this.points.entries()) {
      const from = this.start[i];
      if (this.points[i] === from) continue;
      g.lineWidth = 1.6;
      g.strokeStyle = colour;
      g.beginPath();
      g.moveTo(x.at(from[0]), y.at(from[1]));
      g.lineTo(x.at(atX), y.at(atY));
      g.stroke();
      marker(g, "generated", x.at(from[0]), y.at(from[1]), RADIUS - 2, colour, theme.background, 0.8, true);
    }
    for (const [i, [atX, atY]] of this.points.entries()) {
      marker(g, "generated", x.at(atX), y.at(atY), i === this.held ? RADIUS + 2 : RADIUS, colour, theme.text);
    }
  }
}
