// A density: the hand draws heights over equal bins.

import { roundedAll } from "./markers.js";

const BINS = 48;

export class Density {
  hint = "Draw a curve: high where x should come often, low where it should be rare.";
  role = "real";
  flat = true; // one axis of data, one of heights
  height = "how often";
  heights = new Array(BINS).fill(0);

  save() {
    return this.heights.slice();
  }

  restore(saved) {
    this.heights = saved;
  }

  load(value) {
    if (value.length === BINS) this.heights = value.slice();
  }

  wipe() {
    this.heights = new Array(BINS).fill(0);
  }

  empty() {
    return this.heights.every((height) => height === 0);
  }

  ready() {
    return !this.empty();
  }

  words() {
    const used = this.heights.filter((height) => height > 0).length;
    return used ? `${used} of ${BINS} bins above zero` : "nothing drawn yet";
  }

  value() {
    return roundedAll(this.heights);
  }

  from() {
    return -this.window;
  }

  to() {
    return this.window;
  }

  /** Where a bin begins, and the one before it ends. */
  edge(bin) {
    return this.from() + (bin / BINS) * (this.to() - this.from());
  }

  binOf(x) {
    return Math.floor(((x - this.from()) / (this.to() - this.from())) * BINS);
  }

  centre(bin) {
    return this.edge(bin + 0.5);
  }

  down(spot) {
    this.last = spot;
    this.set(this.binOf(spot.x), spot.y);
    return true;
  }

  set(bin, height) {
    if (bin >= 0 && bin < BINS) this.heights[bin] = Math.min(1, Math.max(0, height));
  }

  /** A fast hand skips bins: those in between lie on the straight line. */
  move(spot) {
    const [from, to] = [this.binOf(this.last.x), this.binOf(spot.x)];
    const way = Math.sign(to - from);
    for (let bin = from + way; bin !== to && way; bin += way) {
      const share = (this.centre(bin) - this.last.x) / (spot.x - this.last.x);
      this.set(bin, this.last.y + share * (spot.y - this.last.y));
    }
    this.set(to, spot.y);
    this.last = spot;
  }

  up() {
    return true;
  }

  draw(g, sheet) {
    const { theme, x, y } = sheet;
    const floor = y.at(0);
    g.beginPath();
    g.moveTo(x.at(this.from()), floor);
    for (const [bin, height] of this.heights.entries()) {
      g.lineTo(x.at(this.edge(bin)), y.at(height));
      g.lineTo(x.at(this.edge(bin + 1)), y.at(height));
    }
    g.lineTo(x.at(this.to()), floor);
    g.fillStyle = theme.roles[this.role];
    g.globalAlpha = 0.3;
    g.fill();
    g.globalAlpha = 1;
    g.lineWidth = 2;
    g.lineJoin = "round";
    g.strokeStyle = theme.roles[this.role];
    if (!this.empty()) g.stroke();
  }
}
