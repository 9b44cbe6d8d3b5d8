// The small box that says what is under the pointer. It stays inside its panel without measuring itself.

import { element, setText } from "./elements.js";

export class Readout {
  constructor() {
    this.title = element("div", { class: "readout-title" });
    this.table = element("div", { class: "readout-rows" });
    this.node = element("div", { class: "readout", hidden: true }, this.title, this.table);
    this.rows = [];
  }

  /** @param {import("./hover.js").Probe | null} probe @param {{x: number, y: number}} at in a panel of this size */
  show(probe, at, width, height) {
    this.node.hidden = !probe;
    if (!probe) return;
    setText(this.title, probe.title);
    probe.rows.forEach((row, i) => this.fill(i, row));
    this.rows.forEach((cells, i) => (cells.line.hidden = i >= probe.rows.length));
    // It sits beside the pointer, on the side where there is more room.
    const right = at.x > width / 2;
    this.node.style.left = right ? "auto" : `${Math.round(at.x + 16)}px`;
    this.node.style.right = right ? `${Math.round(width - at.x + 16)}px` : "auto";
    this.node.style.maxWidth = `${Math.round(Math.max(at.x, width - at.x) - 20)}px`;
    const below = at.y < height / 2;
    this.node.style.top = below ? "4px" : "auto";
    this.node.style.bottom = below ? "auto" : "4px";
  }

  fill(i, { label, value, colour, kind }) {
    if (!this.rows[i]) {
      const swatch = element("span", { class: "swatch" });
      const name = element("span", { class: "readout-name" });
      const number = element("span", { class: "readout-value" });
      const line = element("div", { class: "readout-row" }, swatch, name, number);
      this.rows[i] = { line, swatch, name, number };
      this.table.append(line);
    }
    const cells = this.rows[i];
    cells.swatch.style.color = colour;
    cells.swatch.className = "swatch " + (kind === "Rule" ? "dash" : "dot");
    setText(cells.name, label);
    setText(cells.number, value);
  }
}
