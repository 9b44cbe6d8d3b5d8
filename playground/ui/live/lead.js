// What follows the pointer. A mouse leads it wherever it goes; a finger has to be able to scroll the page, too.

const NEAR = 24; // pixels around the mark in which a finger takes it at once
const SIDEWAYS = 6; // pixels that a finger goes to the side before it is not meant to scroll
const REST = 350; // ms after which a finger that rests leads

/**
 * A finger leads if it comes down on the mark, goes to the side or rests, and then wherever it goes until it is lifted.
 * A tap leads to its place. A swipe up or down is the browser's, which scrolls and ends it with `pointercancel`.
 */
export class Lead {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{to: (x: number, y: number) => void, away: (x: number, y: number) => number}} mark
   *   in pixels of the canvas: leads the mark to a place; how far a place is from the mark
   */
  constructor(canvas, { to, away }) {
    this.to = to;
    this.away = away;
    this.finger = null; // {id, x, y: where it came down, leads, swipes}
    canvas.classList.add("followed");
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.lift(event));
    canvas.addEventListener("touchmove", (event) => this.keep(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => this.keep(event)); // what a resting finger opens elsewhere
  }

  down({ pointerType, pointerId, isPrimary, offsetX: x, offsetY: y }) {
    if (pointerType !== "touch") return this.to(x, y);
    if (!isPrimary) return;
    this.finger = { id: pointerId, x, y, leads: false, swipes: false };
    if (this.away(x, y) <= NEAR) this.begin(x, y);
    else this.resting = setTimeout(() => this.begin(x, y), REST);
  }

  begin(x, y) {
    clearTimeout(this.resting);
    this.finger.leads = true;
    this.to(x, y);
  }

  move({ pointerType, pointerId, offsetX: x, offsetY: y }) {
    const { finger } = this;
    if (pointerType !== "touch") return this.to(x, y);
    if (!finger || finger.id !== pointerId) return;
    const [across, down] = [Math.abs(x - finger.x), Math.abs(y - finger.y)];
    if (finger.leads) this.to(x, y);
    else if (!finger.swipes && across > SIDEWAYS && across > down) this.begin(x, y);
    else if (down > SIDEWAYS) {
      finger.swipes = true;
      clearTimeout(this.resting);
    }
  }

  up(event) {
    const { finger } = this;
    if (!finger || finger.id !== event.pointerId) return;
    if (!finger.leads && !finger.swipes) this.to(finger.x, finger.y);
    this.lift(event);
  }

  lift({ pointerId }) {
    if (!this.finger || this.finger.id !== pointerId) return;
    clearTimeout(this.resting);
    this.finger = null;
  }

  /** While a finger leads, it neither scrolls nor opens a menu. */
  keep(event) {
    if (this.finger && this.finger.leads) event.preventDefault();
  }

  dispose() {
    clearTimeout(this.resting);
  }
}
