// Points that the learner moves: a mark on the picture, and above it something that a hand or a key can take.

import { element, setAttribute } from "./elements.js";
import { numbersOf } from "./frame.js";
import { Lead } from "./lead.js";
import { brief } from "./numbers.js";

const MARK_RADIUS = 8.5; // pixels
const HOLD = 800; // ms that a mark stays where it was put before frames that say otherwise are believed
const ARROW_STEPS = 50; // presses of an arrow key from one side to the other; with Shift, a fifth of that
const PAGE = 10; // presses of an arrow key that a press of PageUp or PageDown is worth
const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_KEYS = { PageUp: PAGE, PageDown: -PAGE, Home: -ARROW_STEPS, End: ARROW_STEPS }; // to the right

/** Where a handle is, in data units: where the hand has it, else where the frame says. Null if nobody knows. */
export function handleAt(plot, layer) {
  const at = plot.held.get(layer.at) || numbersOf(plot.frame, layer.at);
  return at && Number.isFinite(at[0] + at[1]) ? [at[0], at[1]] : null;
}

/** The same in pixels; one that lies outside the axes waits at their edge, where it can be taken. */
function handlePlace(plot, layer) {
  const at = handleAt(plot, layer);
  return at && inside(plot.rect, plot.x.at(at[0]), plot.y.at(at[1]));
}

const inside = (rect, px, py) => [Math.min(rect.right, Math.max(rect.left, px)), Math.min(rect.bottom, Math.max(rect.top, py))];

/** A value to be read out: no more than four digits of what its axis shows. */
function plain(value, { low, high }) {
  const step = 10 ** (Math.floor(Math.log10(high - low)) - 4);
  return Number((Math.round(value / step) * step).toPrecision(6));
}

/** A ring around a dot, or around its name if that is one letter, on a disc that lets it be seen on anything. */
export function drawHandle(plot, layer) {
  const place = handlePlace(plot, layer);
  if (!place) return;
  const { g, theme } = plot;
  const lettered = layer.label.length === 1 && !plot.still;
  const radius = (MARK_RADIUS + (lettered ? 1 : 0)) * (plot.still ? 0.5 : plot.pen) * (layer.follows ? 0.75 : 1);
  const disc = (r) => {
    g.beginPath();
    g.arc(...place, r, 0, 7);
  };
  g.fillStyle = g.strokeStyle = theme.background;
  g.lineWidth = radius * 0.32 + 3;
  disc(layer.follows ? radius : radius + 2);
  if (layer.follows) g.stroke(); // what is under the pointer stays in sight
  else g.fill();
  g.strokeStyle = g.fillStyle = plot.colour(layer);
  g.lineWidth = radius * 0.32;
  disc(radius);
  g.stroke();
  if (lettered) letter(plot, layer.label, place, radius * 1.4);
  else {
    disc(radius * 0.36);
    g.fill();
  }
}

function letter({ g, theme }, text, [x, y], size) {
  g.font = `700 ${size}px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "alphabetic";
  g.fillText(text, x, y + size * 0.36);
}

/** What can be taken of the handles of one panel. */
export class Handles {
  /**
   * @param {import("./plot.js").Plot} plot
   * @param {{place: (name: string, to: number[]) => void, redraw: () => void}} actions
   */
  constructor(plot, { place, redraw }) {
    const layers = plot.view.layers.filter((layer) => layer.kind === "Handle");
    this.plot = plot;
    this.grips = layers.map((layer) => new Grip(plot, layer, { place, redraw }));
    this.followers = this.grips.filter(({ layer }) => layer.follows);
    this.nodes = this.grips.map(({ node }) => node);
    if (this.followers.length) this.follow();
  }

  /** The pointer leads what follows it, as long as it is inside the axes. */
  follow() {
    const to = (x, y) => {
      const { left, top, right, bottom } = this.plot.rect;
      if (x < left || x > right || y < top || y > bottom) return;
      for (const grip of this.followers) if (this.plot.shows(grip.layer)) grip.put(x, y);
    };
    const away = (x, y) => Math.min(...this.followers.map((grip) => grip.away(x, y)));
    this.lead = new Lead(this.plot.canvas, { to, away });
  }

  /** After each drawing: what can be taken lies where the mark is. */
  update() {
    for (const grip of this.grips) grip.update();
  }

  dispose() {
    for (const grip of this.grips) clearTimeout(grip.letting);
    if (this.lead) this.lead.dispose();
  }
}

class Grip {
  constructor(plot, layer, { place, redraw }) {
    Object.assign(this, { plot, layer, place, redraw });
    this.pointer = null;
    this.node = element("div", {
      class: layer.follows ? "grip follows" : "grip", role: "slider", tabindex: 0, hidden: true,
      "aria-label": layer.label, "aria-roledescription": "point", style: `color: var(--role-${layer.role})`,
      onpointerdown: (event) => this.take(event), onpointermove: (event) => this.drag(event),
      onpointerup: (event) => this.leave(event), onpointercancel: (event) => this.leave(event),
      onlostpointercapture: (event) => this.leave(event), onkeydown: (event) => this.key(event),
    });
  }

  /** How far a place of the canvas is from the mark, in pixels. */
  away(x, y) {
    const place = this.plot.shows(this.layer) && handlePlace(this.plot, this.layer);
    return place ? Math.hypot(x - place[0], y - place[1]) : Infinity;
  }

  take(event) {
    if (this.pointer !== null || event.button !== 0 || !event.isPrimary) return;
    const [px, py] = handlePlace(this.plot, this.layer);
    this.grasp = [px - event.clientX, py - event.clientY]; // it does not jump under the hand
    this.pointer = event.pointerId;
    this.node.setPointerCapture(event.pointerId);
    this.node.classList.add("held");
  }

  drag(event) {
    if (event.pointerId === this.pointer) this.put(event.clientX + this.grasp[0], event.clientY + this.grasp[1]);
  }

  leave(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.node.classList.remove("held");
    this.letGoSoon();
  }

  key(event) {
    const far = FAR_KEYS[event.key], arrow = far ? [far, 0] : ARROW_KEYS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey || this.pointer !== null) return;
    event.preventDefault();
    event.stopPropagation();
    const { rect } = this.plot;
    const [px, py] = handlePlace(this.plot, this.layer);
    const share = (event.shiftKey && !far ? 5 : 1) / ARROW_STEPS;
    this.put(px + arrow[0] * share * (rect.right - rect.left), py + arrow[1] * share * (rect.bottom - rect.top));
  }

  /** The mark is where the hand is at once; the model hears of it as soon as it can listen. */
  put(px, py) {
    const { plot, layer } = this;
    const [x, y] = inside(plot.rect, px, py);
    const to = [plot.x.back(x), plot.y.back(y)].map((value) => Number(value.toPrecision(5)));
    if (!to.every(Number.isFinite)) return;
    plot.held.set(layer.at, to);
    this.letGoSoon();
    this.place(layer.at, to);
    this.redraw();
  }

  /** Believe the frames again after a while in which nothing was moved. */
  letGoSoon() {
    clearTimeout(this.letting);
    this.letting = setTimeout(() => {
      if (this.pointer !== null) return;
      this.plot.held.delete(this.layer.at);
      this.redraw();
    }, HOLD);
  }

  update() {
    const { plot, layer, node } = this;
    const place = plot.frame && plot.shows(layer) && handlePlace(plot, layer);
    node.hidden = !place;
    if (!place) return;
    const transform = `translate(${place[0].toFixed(1)}px, ${place[1].toFixed(1)}px)`;
    if (node.style.transform !== transform) node.style.transform = transform;
    const [across, up] = handleAt(plot, layer).map((value, k) => plain(value, k ? plot.y : plot.x));
    const [x, y] = [across, up].map(brief);
    setAttribute(node, "aria-valuenow", String(across));
    setAttribute(node, "aria-valuetext", `${plot.view.x.label || "x"} ${x}, ${plot.view.y.label || "y"} ${y}`);
  }
}
