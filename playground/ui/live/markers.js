// The marks that stand for points: each is drawn once and stamped as often as there are points.

const PHASES = 4; // places within a pixel at which a mark is drawn, in each direction; a power of two

/**
 * One mark, drawn at a few places within a pixel, so that a stamp falls on whole pixels: copying pixels costs a third of
 * what resampling them costs, and leaves the mark crisp. It is off its place by 1 / (2 PHASES) of a pixel at most.
 */
export class Marker {
  /** @param {number} reach how far the mark goes from its middle @param {(g: CanvasRenderingContext2D) => void} trace draws it at (0, 0) */
  constructor(density, reach, trace) {
    this.density = density;
    this.trace = trace;
    this.middle = Math.ceil(reach * density) + 1; // of a stamp, in its own pixels
    this.stamps = [];
  }

  /** CSS pixels as a whole number of phases. */
  fine(at) {
    return Math.round(at * this.density * PHASES);
  }

  /** Which stamp belongs to a place. across, down: from `fine`. */
  phase(across, down) {
    return (across & (PHASES - 1)) + (down & (PHASES - 1)) * PHASES;
  }

  /** The pixel at which a stamp begins. */
  start(fine) {
    return Math.floor(fine / PHASES) - this.middle;
  }

  /** @param {CanvasRenderingContext2D} g whose units are the pixels of its canvas @param {number} px in CSS pixels, as py is */
  stamp(g, px, py) {
    const [across, down] = [this.fine(px), this.fine(py)];
    const phase = this.phase(across, down);
    g.drawImage((this.stamps[phase] ??= this.drawn(phase)), this.start(across), this.start(down));
  }

  /** @returns {HTMLCanvasElement} the mark, a little to the right of the middle and below it */
  drawn(phase) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * this.middle + 1;
    const g = canvas.getContext("2d", { willReadFrequently: true });
    g.translate(this.middle + (phase % PHASES) / PHASES, this.middle + Math.floor(phase / PHASES) / PHASES);
    g.scale(this.density, this.density);
    this.trace(g);
    return canvas;
  }

  /** @returns {ImageData} those of a stamp */
  pixels(phase) {
    const canvas = (this.stamps[phase] ??= this.drawn(phase));
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  }
}
