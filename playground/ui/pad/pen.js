// Mouse, pen, finger or keys: all become a pen that goes down, moves and is lifted.

const KEY_STEPS = 60; // from one side of the sheet to the other
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Pen {
  /** @param {import("./sheet.js").Sheet} sheet @param {{down: Function, move: Function, up: Function, moved: Function}} hand */
  constructor(sheet, hand) {
    this.sheet = sheet;
    this.hand = hand;
    this.pointer = null; // the id of the one that draws; a second finger draws nothing
    this.cursor = null; // where the keys have moved the pen, in data units
    this.byKeys = false;
    const { front } = sheet;
    front.addEventListener("pointerdown", (event) => this.press(event));
    front.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) front.addEventListener(end, (event) => this.release(event));
    front.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a press
    front.addEventListener("keydown", (event) => this.key(event));
    front.addEventListener("blur", () => {
      this.lift();
      this.cursor = null;
      this.hand.moved();
    });
  }

  press(event) {
    if (this.pointer !== null || event.button !== 0 || !event.isPrimary) return;
    this.lift();
    this.cursor = null;
    const spot = this.sheet.spot(event);
    if (!spot.inside || !this.hand.down(spot)) return;
    this.pointer = event.pointerId;
    this.sheet.front.setPointerCapture(event.pointerId);
    this.hand.moved();
  }

  /** A browser hands over several positions at once when the hand is fast: each of them counts. */
  drag(event) {
    if (event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const each of all.length ? all : [event]) this.hand.move(this.sheet.spot(each));
    this.hand.moved();
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.hand.up();
    this.hand.moved();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.pointer !== null) return;
    const arrow = ARROWS[event.key];
    if (!arrow && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    this.cursor ??= this.sheet.middle();
    if (arrow) this.nudge(arrow, event.shiftKey ? 5 : 1);
    else if (!event.repeat) this.toggle();
    this.hand.moved();
  }

  nudge([right, up], steps) {
    const { x, y } = this.sheet;
    const clamp = (value, scale) => Math.min(scale.high, Math.max(scale.low, value));
    this.cursor = {
      x: clamp(this.cursor.x + (right * steps * (x.high - x.low)) / KEY_STEPS, x),
      y: clamp(this.cursor.y + (up * steps * (y.high - y.low)) / KEY_STEPS, y),
    };
    if (this.byKeys) this.hand.move(this.sheet.spotAt(this.cursor));
  }

  toggle() {
    if (this.byKeys) this.lift();
    else this.byKeys = Boolean(this.hand.down(this.sheet.spotAt(this.cursor)));
  }

  /** End whatever stroke there is. */
  lift() {
    if (this.byKeys || this.pointer !== null) this.hand.up();
    this.byKeys = false;
    this.pointer = null;
  }
}
