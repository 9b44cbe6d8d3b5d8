// Points: a press is one point, a drag is a spray along the path of the hand.

import { marker, roundedPair } from "./markers.js";

const SPRAY_GAP = 7; // pixels of path from one point to the next
const JITTER = 5; // pixels, standard deviation about the path

/** A standard normal number (Box and Muller). */
const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

export class Spray {
  hint = "Press for a point, drag for a spray.";
  role = "real";
  noun = "points";
  points = [];

  save() {
    return this.points.slice();
  }

  restore(saved) {
    this.points = saved;
  }

  load(value) {
    this.points = value.slice(0, this.most);
  }

  wipe() {
    this.points = [];
  }

  empty() {
    return !this.points.length;
  }

  ready() {
    return this.points.length >= this.least;
  }

  words() {
    const n = this.points.length;
    if (n && n < this.least) return `${n} of at least ${this.least} ${this.noun}`;
    return `${n} of ${this.most} ${this.noun}${n < this.most ? "" : ": the sheet is full"}`;
  }

  value() {
    return this.points.map(roundedPair);
  }

  down(spot) {
    if (this.points.length >= this.most) return false;
    this.before = this.points.length;
    this.last = spot;
    this.left = SPRAY_GAP; // pixels to go until the next point
    this.points.push([spot.x, spot.y]);
    return true;
  }

  /** Evenly along the way, however far the hand has come since the last event. */
  move(spot) {
    const [dx, dy] = [spot.px - this.last.px, spot.py - this.last.py];
    const length = Math.hypot(dx, dy);
    let gone = this.left;
    for (; gone <= length; gone += SPRAY_GAP) this.drop(this.last.px + (dx * gone) / length, this.last.py + (dy * gone) / length, spot.sheet);
    this.left = gone - length;
    this.last = spot;
  }

  drop(px, py, sheet) {
    const spot = sheet.describe(px + JITTER * gauss(), py + JITTER * gauss(), 0);
    if (spot.inside && this.points.length < this.most) this.points.push([spot.x, spot.y]);
  }

  up() {
    return this.points.length > this.before;
  }

  draw(g, sheet) {
    const { theme } = sheet;
    const radius = this.points.length > 400 ? 3 : 3.8;
    for (const [x, y] of this.points) marker(g, "real", sheet.x.at(x), sheet.y.at(y), radius, theme.roles.real, theme.background);
  }
}
