// From data units to pixels, and which stretch of the data an axis shows.

import { scalarOf } from "./frame.js";
import { niceStep } from "./numbers.js";

/** A straight or logarithmic map from [low, high] to the pixels [from, to]. */
export class Scale {
  set(low, high, from, to, log = false) {
    this.low = low;
    this.high = high;
    this.log = log;
    this.from = from;
    this.start = log ? Math.log10(low) : low;
    this.perUnit = (to - from) / ((log ? Math.log10(high) : high) - this.start);
  }

  /** Data to pixel; NaN where a log axis has no place for it. */
  at(value) {
    return this.from + ((this.log ? Math.log10(value) : value) - this.start) * this.perUnit;
  }

  /** Pixel to data. */
  back(pixel) {
    const value = (pixel - this.from) / this.perUnit + this.start;
    return this.log ? 10 ** value : value;
  }
}

const PATIENCE = 12; // frames that an axis stays too wide before it closes in

/**
 * The stretch an axis shows. It opens at once when data leave it and closes in late, so it never jitters.
 * `tight` axes (the step axis) follow the data exactly.
 */
export class Stretch {
  constructor(axis, tight = false) {
    this.asked = axis;
    this.axis = axis;
    this.tight = tight;
    this.forget();
  }

  /** Start afresh: another run, or the same one rewound. */
  forget() {
    this.low = NaN;
    this.high = NaN;
    this.idle = 0;
    this.clear();
  }

  /** Bounds that are scalars take their values from the frame; without one, they follow the data. */
  bound(frame) {
    const { low, high } = this.asked;
    if (typeof low !== "string" && typeof high !== "string") return;
    const known = (bound) => (bound === null || Number.isNaN(scalarOf(frame, bound)) ? null : scalarOf(frame, bound));
    this.axis = { ...this.asked, low: known(low), high: known(high) };
  }

  /** Before a frame's data are seen. */
  clear() {
    this.least = Infinity;
    this.most = -Infinity;
  }

  see(value) {
    if (!Number.isFinite(value) || (this.axis.log && value <= 0)) return;
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
  }

  /** After them: settle `low` and `high`. */
  settle() {
    const { axis } = this;
    if (axis.soft) this.giveWay();
    else {
      if (axis.low === null || axis.high === null) this.follow();
      if (axis.low !== null) this.low = axis.low;
      if (axis.high !== null) this.high = axis.high;
    }
    if (!(this.high > this.low)) this.high = this.low + (Math.abs(this.low) || 1);
    if (axis.log) this.low = this.low > 0 ? this.low : this.high * 1e-4;
  }

  follow() {
    if (!(this.most >= this.least)) {
      if (Number.isNaN(this.low)) [this.low, this.high] = this.axis.log ? [0.1, 10] : [0, 1];
      return;
    }
    if (this.tight) [this.low, this.high] = [this.least, Math.max(this.most, this.least + 10)];
    else if (this.axis.log) [this.low, this.high] = [decadeBelow(this.least), decadeAbove(this.most)];
    else this.followLate();
  }

  followLate() {
    const [low, high] = roomFor(this.least, this.most);
    this.become(low, high, this.high - this.low > 1.9 * (high - low), 0);
  }

  /** Soft bounds hold until data cross them, and come back once the data have stayed behind them for a while. */
  giveWay() {
    const any = this.most >= this.least;
    const [least, most] = any ? [this.least, this.most] : [this.axis.low ?? 0, this.axis.high ?? 1];
    const round = this.axis.log ? (a, b) => [decadeBelow(a), decadeAbove(b)] : roomFor;
    const [bottom, top] = [this.axis.low ?? round(least, most)[0], this.axis.high ?? round(least, most)[1]];
    const slack = this.axis.log ? 0 : (top - bottom) * 1e-3; // rounding of a probability is no crossing
    const [outer, over] = round(Math.min(least, bottom), Math.max(most, top));
    const low = least < bottom - slack ? outer : bottom;
    const high = most > top + slack ? over : top;
    const inside = low === bottom && high === top;
    this.become(low, high, inside || this.high - this.low > 1.9 * (high - low), slack);
  }

  /** Open at once to [low, high] where data are outside; close in only after `roomy` has lasted. */
  become(low, high, roomy, slack) {
    this.idle = roomy ? this.idle + 1 : 0;
    if (Number.isNaN(this.low) || this.idle > PATIENCE) [this.low, this.high] = [low, high];
    else if (this.least < this.low - slack || this.most > this.high + slack) {
      this.low = Math.min(this.low, low);
      this.high = Math.max(this.high, high);
    }
  }
}

/** Before they settle: each of the axes has seen what all have seen, and is bound by what binds the widest. */
export function share(spans) {
  const all = (pick, join) => {
    const values = spans.map(pick);
    return values.includes(null) ? null : join(...values);
  };
  const least = all((span) => span.least, Math.min);
  const most = all((span) => span.most, Math.max);
  const low = all((span) => span.axis.low, Math.min);
  const high = all((span) => span.axis.high, Math.max);
  for (const span of spans) Object.assign(span, { least, most, axis: { ...span.axis, low, high } });
}

/** A little air around the data, ending at round numbers; what is never negative keeps its zero. */
function roomFor(least, most) {
  const span = most - least || Math.abs(most) * 0.2 || 1;
  const step = niceStep(span, 8);
  let low = Math.floor((least - span * 0.06) / step) * step;
  const high = Math.ceil((most + span * 0.06) / step) * step;
  if (least >= 0 && low < 0) low = 0;
  return [low, high];
}

const decadeBelow = (value) => 10 ** Math.floor(Math.log10(value) + 1e-9);
const decadeAbove = (value) => 10 ** Math.ceil(Math.log10(value * 1.0001));

/** The widest range of `n` finite numbers without single spikes: the outer 1 % may leave the picture. */
export function robustRange(values, n, scratch) {
  let count = 0;
  for (let i = 0; i < n; i += 1) if (Number.isFinite(values[i])) scratch[count++] = values[i];
  if (!count) return null;
  const sorted = scratch.subarray(0, count).sort();
  const cut = count >= 50 ? Math.floor(count * 0.01) + 1 : 0;
  const [low, high] = [sorted[cut], sorted[count - 1 - cut]];
  const room = (high - low) * 0.5;
  return [Math.max(sorted[0], low - room), Math.min(sorted[count - 1], high + room)];
}
