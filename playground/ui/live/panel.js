// A panel of the stage: title, legend, one plot, its read-out and the button that enlarges it.

import { namedAtEnd } from "./arrange.js";
import { element, icon, Paced, setAttribute } from "./elements.js";
import { numbersOf, scalarOf } from "./frame.js";
import { brief } from "./numbers.js";
import { Plot } from "./plot.js";
import { Readout } from "./readout.js";

const TOUCH_LINGER = 3000; // a read-out stays this long after the finger has left

export class Panel {
  /** @param {object} view its declaration @param {{still: boolean, enlarge: (panel: Panel) => void}} options */
  constructor(view, { still, enlarge }) {
    this.view = view;
    this.canvas = element("canvas", { role: "img", "aria-label": `${view.title}. ${view.caption}` });
    this.plot = new Plot(this.canvas, view, still);
    this.body = element("div", { class: "body" }, this.canvas);
    this.node = element("figure", { class: view.equal ? "panel square" : "panel", "data-view": view.name }, this.body);
    this.spoken = new Paced(2000, (text) => setAttribute(this.canvas, "aria-label", text));
    if (still) return;
    this.legend = element("div", { class: "legend" });
    this.button = element("button", { type: "button", class: "enlarge", onclick: () => enlarge(this) });
    this.node.prepend(element("figcaption", { title: view.caption },
      element("span", { class: "title" }, view.title), this.legend, this.button));
    this.readout = new Readout();
    this.body.append(this.readout.node);
    this.listen();
    this.setBig(false);
  }

  setBig(big) {
    this.node.classList.toggle("big", big);
    this.plot.zoom = big ? 1.25 : 1;
    if (!this.button) return;
    this.button.replaceChildren(icon(big ? "shrink" : "enlarge"));
    this.button.setAttribute("aria-label", big ? "Shrink" : `Enlarge ${this.view.title}`);
    this.button.title = big ? "Shrink (Esc)" : "Enlarge";
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

  draw(frame) {
    const { plot } = this;
    plot.draw(frame);
    if (!this.readout) return;
    if (plot.hover || !this.readout.node.hidden) {
      this.readout.show(plot.probe, plot.hover || { x: 0, y: 0 }, plot.width, plot.height);
    }
    if (this.direct !== plot.direct && plot.frame) this.fillLegend();
    if (frame) this.spoken.say(this.inWords(frame));
  }

  /** Layers that are not named on the picture itself. */
  fillLegend() {
    const { plot, view } = this;
    this.direct = plot.direct;
    const single = view.layers.some((layer) => layer.kind === "Bars" && layer.categories.length === 1);
    const seen = new Set();
    const entries = view.layers.filter((layer) => {
      const named = layer.kind === "Rule" || (plot.direct && namedAtEnd(layer)) || (single && layer.kind === "Bars");
      const key = layer.label + layer.role;
      if (named || !layer.label || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    const named = (layer) => element("span", { class: "entry" }, swatchFor(layer), layer.label);
    this.legend.replaceChildren(...entries.map(named));
  }

  /** The picture's text alternative, with the values of now. */
  inWords(frame) {
    const parts = [];
    for (const layer of this.view.layers) {
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
    clearTimeout(this.lingering);
    if (this.redraw) cancelAnimationFrame(this.redraw);
  }
}

/** The legend's shape is the layer's shape: circle, diamond, line, dashes, band, field, lattice. */
function swatchFor(layer) {
  const round = { generated: "diamond", encoder: "square", theory: "ring" }[layer.role] || "circle";
  const dashed = layer.kind === "Curve" && (layer.dashed || layer.role === "theory");
  const shape = {
    Points: round, Bars: layer.role === "theory" ? "hollow" : "box", Field: "field", Band: "band",
    Arrows: "arrow", Mesh: "line thin", Digits: "box",
  }[layer.kind] || (dashed ? "dash" : "line");
  return element("span", { class: `swatch ${shape}`, style: `color: var(--role-${layer.role})` });
}
