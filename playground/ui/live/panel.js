// A panel of the stage: title, legend, one plot, its read-out, what to look for, and the button that enlarges it.

import { severalDigits } from "./digits.js";
import { element, icon, Paced, setAttribute } from "./elements.js";
import { numbersOf, pointedAt, scalarOf } from "./frame.js";
import { Handles } from "./handles.js";
import { Legend } from "./legend.js";
import { Note } from "./note.js";
import { brief } from "./numbers.js";
import { Plot } from "./plot.js";
import { Readout } from "./readout.js";
import { Switches } from "./switches.js";

const TOUCH_LINGER = 3000; // a read-out stays this long after the finger has left

export class Panel {
  /** @param {object} view its declaration @param {{still: boolean, enlarge: (panel: Panel) => void, hand: import("./hand.js").Hand}} options */
  constructor(view, { still, enlarge, hand }) {
    this.view = view;
    this.big = false;
    this.larger = false;
    this.switches = new Switches(view, still);
    this.canvas = element("canvas", { role: "img", "aria-label": `${view.title}. ${view.caption}` });
    this.plot = new Plot(this.canvas, view, still, (layer) => this.switches.shows(layer));
    this.body = element("div", { class: "body" }, this.canvas);
    this.node = element("figure", { class: "panel", "data-view": view.name, "aria-label": view.title }, this.body);
    this.node.classList.toggle("square", view.equal);
    this.node.classList.toggle("bands", severalDigits(view));
    this.node.classList.toggle("switched", Boolean(view.switches));
    this.spoken = new Paced(2000, (text) => setAttribute(this.canvas, "aria-label", text));
    if (!still) this.furnish(enlarge, hand);
  }

  furnish(enlarge, hand) {
    this.legend = new Legend(this.view, { switches: this.switches, flipped: () => this.choose() });
    this.button = element("button", { type: "button", class: "enlarge", onclick: () => enlarge(this) });
    this.note = new Note(this.view);
    const title = element("span", { class: "title" }, this.view.title);
    this.node.prepend(element("figcaption", {}, title, this.note.button, this.note.text, this.button, this.legend.node));
    this.readout = new Readout();
    this.handles = new Handles(this.plot, { place: (name, to) => hand.place(name, to), redraw: () => this.redrawSoon() });
    this.body.append(...this.handles.nodes, this.readout.node);
    this.listen();
    this.setBig(false);
  }

  setBig(big) {
    this.big = big;
    this.node.classList.toggle("big", big);
    this.plot.setSizes(this);
    if (!this.button) return;
    this.button.replaceChildren(icon(big ? "shrink" : "enlarge"));
    this.button.setAttribute("aria-label", big ? "Shrink" : `Enlarge ${this.view.title}`);
    this.button.title = big ? "Shrink (Esc)" : "Enlarge";
  }

  setLarger(larger) {
    this.larger = larger;
    this.plot.setSizes(this);
  }

  listen() {
    const move = (event) => {
      clearTimeout(this.lingering);
      this.plot.hover = { x: event.offsetX, y: event.offsetY };
      this.redrawSoon();
    };
    const leave = (event) => {
      const clear = () => {
        this.plot.hover = null;
        this.redrawSoon();
      };
      if (event.pointerType === "touch") this.lingering = setTimeout(clear, TOUCH_LINGER);
      else clear();
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerdown", move);
    this.canvas.addEventListener("pointerleave", leave);
  }

  /** Draw again before the next paint, with the frame it has. */
  redrawSoon() {
    this.redraw ??= requestAnimationFrame(() => {
      this.redraw = null;
      this.draw();
    });
  }

  /** The learner has switched a layer on or off. */
  choose() {
    this.plot.choose();
    this.draw();
    if (this.plot.frame) this.spoken.say(this.inWords(this.plot.frame));
  }

  draw(frame) {
    const { plot } = this;
    plot.draw(frame);
    if (!this.readout) return;
    this.handles.update();
    if (plot.hover || !this.readout.node.hidden) {
      this.readout.show(plot.probe, plot.hover || { x: 0, y: 0 }, plot.width, plot.height);
    }
    if (!plot.frame) return;
    const named = plot.ended.map(({ label }) => label).join("\n");
    if (named !== this.named) this.legend.fill(plot.ended);
    this.named = named;
    if (frame) this.tell(frame);
  }

  tell(frame) {
    const pointed = pointedAt(frame.header);
    const key = JSON.stringify(pointed);
    if (key !== this.pointed) this.legend.point(pointed);
    this.pointed = key;
    this.spoken.say(this.inWords(frame));
  }

  /** The picture's text alternative, with the values of now. */
  inWords(frame) {
    const parts = [];
    for (const { layer } of this.plot.shown) {
      if (layer.kind === "Bars") {
        const heights = numbersOf(frame, layer.heights);
        if (heights && heights.length <= 4) parts.push(`${layer.label} ${Array.from(heights, brief).join(", ")}`);
        continue;
      }
      for (const name of layer.kind === "Series" ? [layer.y] : layer.kind === "Trail" ? [layer.x, layer.y] : []) {
        const value = scalarOf(frame, name);
        if (Number.isFinite(value)) parts.push(`${layer.kind === "Trail" ? name : layer.label} ${brief(value)}`);
      }
    }
    const now = parts.length ? ` Now: ${parts.join("; ")}.` : "";
    return `${this.view.title}. ${this.view.caption}${now}`;
  }

  dispose() {
    this.spoken.stop();
    if (this.handles) this.handles.dispose();
    clearTimeout(this.lingering);
    if (this.redraw) cancelAnimationFrame(this.redraw);
  }
}
