// A schedule: the hand draws how much of the data is left at each time. Noise is never taken back, so whatever is
// drawn too high after a low place is lowered.

import { Density } from "./density.js";

export class Falling extends Density {
  hint = "Draw how much of the data is left, from the data on the left to noise on the right. It can only fall.";
  role = "theory";
  height = "alpha-bar, what is left of the data";
  across = [0, 1]; // of all the time there is
  along = "t / T";
  ticks = true;

  from() {
    return 0;
  }

  to() {
    return 1;
  }

  /** A stroke ends: what rises is lowered. */
  up() {
    let least = 1;
    this.heights = this.heights.map((height) => (least = Math.min(least, height)));
    return true;
  }

  words() {
    return this.empty() ? "nothing drawn yet" : `${Math.round(100 * this.heights.at(-1))} % left at the end`;
  }
}
