// The legend of a panel: names beside the shapes of their layers, or switches where layers can be switched.

import { severalDigits } from "./digits.js";
import { element, setAttribute } from "./elements.js";
import { keyOf } from "./switches.js";

export class Legend {
  /** @param {object} view its declaration @param {{switches: import("./switches.js").Switches, flipped: () => void}} options */
  constructor(view, { switches, flipped }) {
    this.view = view;
    this.switches = switches;
    this.flipped = flipped;
    this.entries = [];
    this.node = element("div", { class: "legend" });
    if (!view.switches) return;
    setAttribute(this.node, "role", "group");
    setAttribute(this.node, "aria-label", `Layers of ${view.title}`);
    this.put(view.layers, (layer) => this.switchFor(layer));
  }

  switchFor(layer) {
    const press = () => {
      this.switches.flip(layer);
      setAttribute(button, "aria-pressed", String(this.switches.shows(layer)));
      this.flipped();
    };
    const button = element("button", {
      type: "button", class: "entry switch", "aria-pressed": String(this.switches.shows(layer)), onclick: press,
    }, swatchFor(layer), element("span", { class: "name" }, layer.label));
    return button;
  }

  /** Names of what is not named on the picture itself. atEnds: the lines that are, at their ends. */
  fill(atEnds) {
    if (this.view.switches) return;
    const { layers } = this.view;
    const single = layers.some((layer) => layer.kind === "Bars" && layer.categories.length === 1);
    const banded = severalDigits(this.view);
    const named = (layer) => layer.kind === "Rule" || atEnds.includes(layer) || (single && layer.kind === "Bars")
      || (banded && layer.kind === "Digits");
    this.put(layers.filter((layer) => !named(layer)),
      (layer) => element("span", { class: "entry" }, swatchFor(layer), layer.label));
  }

  put(layers, entryFor) {
    const first = new Map();
    for (const layer of layers) if (layer.label && !first.has(keyOf(layer))) first.set(keyOf(layer), layer);
    this.entries = [...first.values()].map((layer) => ({ label: layer.label, node: entryFor(layer) }));
    this.node.replaceChildren(...this.entries.map(({ node }) => node));
    this.point(this.labels);
  }

  /** Slow motion points at these labels; null at none in particular. */
  point(labels) {
    this.labels = labels;
    for (const { label, node } of this.entries) node.classList.toggle("faint", Boolean(labels) && !labels.includes(label));
  }
}

/** The legend's shape is the layer's shape: circle, diamond, line, dashes, band, field, lattice. */
function swatchFor(layer) {
  const round = { generated: "diamond", encoder: "square", theory: "ring" }[layer.role] || "circle";
  const dashed = layer.kind === "Rule" || layer.dashed || layer.role === "theory";
  const line = dashed ? "dash" : "line";
  const shape = {
    Points: layer.hollow ? `${round} open` : round, Bars: layer.role === "theory" ? "hollow" : "box", Field: layer.role === "discriminator" ? "field" : "field ramp",
    Histogram: layer.role === "theory" ? "dash" : "heap", Band: "band", Arrows: "arrow", Trail: "line", Series: "line",
    Curve: layer.thin ? "line thin" : line, Mesh: layer.shade ? "cells" : "line thin", Digits: "box", Numerals: "numeral",
    Handle: "handle",
  }[layer.kind] || line;
  return element("span", { class: `swatch ${shape}`, style: `color: var(--role-${layer.role})` });
}
