// What a learner has drawn with one tool, and how to take it back.

import { Boundary } from "./boundary.js";
import { Density } from "./density.js";
import { Falling } from "./falling.js";
import { Ink } from "./ink.js";
import { Moving } from "./moving.js";
import { Rug } from "./rug.js";
import { Spray } from "./spray.js";

// A tool: down, move and up take the pen; save and restore its state; draw paints it; value is what is handed in.
const TOOLS = { points: Spray, samples: Rug, density: Density, schedule: Falling, boundary: Boundary, move: Moving, digit: Ink };
const MOST_UNDO = 100;

export class Drawing {
  constructor(name) {
    this.name = name;
    this.tool = new TOOLS[name]();
    this.past = [];
    this.begun = new Set(); // the versions of `start` that have been put on the sheet
    this.handed = 0;
  }

  setLimits({ most, least, window }) {
    Object.assign(this.tool, { most, least, window });
  }

  /**
   * Put a given drawing on the sheet, unless it has been there. What it replaces can be brought back; but where the
   * sheet is that of another model, nothing of the old one is kept.
   */
  begin({ value, version }) {
    const { given } = this.tool;
    if (given ? version === this.latest : this.begun.has(version)) return;
    this.begun.add(version);
    this.latest = version;
    if (given) this.past = [];
    else if (!this.tool.empty()) this.remember();
    this.tool.load(value);
  }

  remember() {
    this.past.push(this.tool.save());
    if (this.past.length > MOST_UNDO) this.past.shift();
  }

  /** @returns {boolean} whether a stroke has begun */
  down(spot) {
    this.remember();
    if (this.tool.down(spot)) return true;
    this.past.pop();
    return false;
  }

  move(spot) {
    this.tool.move(spot);
  }

  up() {
    if (!this.tool.up()) this.past.pop(); // the stroke has left nothing
  }

  undo() {
    if (this.past.length) this.tool.restore(this.past.pop());
  }

  clear() {
    if (this.tool.empty()) return;
    this.remember();
    this.tool.wipe();
  }
}

