// Squares to paint with the mouse, a finger or the keys. A press takes a square to its next level, and dragging on gives
// the others the same one. What is painted is sent when the hand lifts.

import { element, setAttribute, setText } from "./../live/elements.js";
import { paintVariables, themeOf } from "./../live/theme.js";

/** @type {WeakMap<ParentNode, Cells>} */
const sheets = new WeakMap();
const SIGNS = { "-1": "−", 0: "", 1: "" }; // where there are only paper and ink, the shade says it
const SIGNED = { "-1": "−1", 0: "0", 1: "1" };
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Cells {
  constructor(parent) {
    this.parent = parent;
    this.turn = 0;
    this.sent = 0;
    this.at = [0, 0]; // the one square that the tab key reaches
    this.label = element("span", {});
    this.grid = element("div", { class: "grid", role: "grid" });
    this.root = element("div", { class: "root" }, this.label, this.grid);
    this.grid.addEventListener("pointerdown", (event) => this.down(event));
    this.grid.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) this.grid.addEventListener(end, () => this.lift());
    this.grid.addEventListener("keydown", (event) => this.key(event));
  }

  update(data, host) {
    this.host = host;
    this.data = data;
    const place = this.parent.querySelector(".cells") || this.parent.appendChild(element("div", { class: "cells" }));
    if (this.root.parentNode !== place) place.replaceChildren(this.root);
    paintVariables(this.root, themeOf(this.root));
    setText(this.label, data.label);
    setAttribute(this.grid, "aria-label", data.label);
    const [rows, columns] = [data.values.length, data.values[0].length];
    if (this.squares?.length !== rows || this.squares[0].length !== columns) this.build(rows, columns);
    if (data.n < this.sent || this.brush !== undefined) return; // the page has not yet heard of the last stroke
    this.sent = data.n;
    this.values = data.values.map((row) => row.slice());
    this.show();
  }

  build(rows, columns) {
    this.grid.style.setProperty("--columns", columns);
    const square = (i, j) => element("button", { type: "button", class: "square", role: "gridcell", "data-row": i, "data-column": j });
    this.squares = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => square(i, j)));
    this.grid.replaceChildren(...this.squares.map((row) => {
      const line = element("div", { role: "row", style: "display: contents" });
      line.append(...row);
      return line;
    }));
  }

  show() {
    const { levels, words } = this.data;
    const signs = levels.includes(-1) ? SIGNED : SIGNS;
    this.squares.forEach((row, i) => row.forEach((square, j) => {
      const level = this.values[i][j];
      setAttribute(square, "data-level", String(level));
      setAttribute(square, "aria-label", `row ${i + 1}, column ${j + 1}: ${words[levels.indexOf(level)]}`);
      setAttribute(square, "tabindex", this.at[0] === i && this.at[1] === j ? "0" : "-1");
      setText(square, signs[level]);
    }));
  }

  next(level) {
    const { levels } = this.data;
    return levels[(levels.indexOf(level) + 1) % levels.length];
  }

  paint(i, j, level) {
    this.at = [i, j];
    if (this.values[i][j] !== level) {
      this.values[i][j] = level;
      this.changed = true;
    }
    this.show();
  }

  down(event) {
    const place = placeOf(event.target);
    if (!place || event.button > 0) return;
    this.grid.setPointerCapture(event.pointerId); // so that the hand may leave the sheet
    const [i, j] = place;
    this.brush = this.next(this.values[i][j]);
    this.paint(i, j, this.brush);
  }

  move(event) {
    if (this.brush === undefined) return;
    const place = placeOf(this.grid.getRootNode().elementFromPoint(event.clientX, event.clientY));
    if (place) this.paint(...place, this.brush);
  }

  lift() {
    if (this.brush === undefined) return;
    this.brush = undefined;
    this.send();
  }

  key(event) {
    const place = placeOf(event.target);
    if (!place) return;
    const [i, j] = place;
    if (event.key === "Enter" || event.key === " ") {
      this.paint(i, j, this.next(this.values[i][j]));
      this.send();
    } else if (STEPS[event.key]) {
      const [di, dj] = STEPS[event.key];
      this.at = [within(i + di, this.squares.length), within(j + dj, this.squares[0].length)];
      this.show();
      this.squares[this.at[0]][this.at[1]].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation(); // the space key plays the run otherwise
  }

  send() {
    if (!this.changed) return;
    this.changed = false;
    this.sent += 1;
    this.host.setTriggerValue("painted", { n: this.sent, values: this.values });
  }
}

function placeOf(node) {
  const square = node?.closest?.(".square");
  return square ? [Number(square.dataset.row), Number(square.dataset.column)] : null;
}

const within = (i, n) => Math.min(Math.max(i, 0), n - 1);

/** Streamlit's entry point (component v2). The clean-up acts only if no later call has taken over. */
export default function mount({ data, parentElement, setTriggerValue }) {
  let sheet = sheets.get(parentElement);
  if (!sheet) sheets.set(parentElement, (sheet = new Cells(parentElement)));
  const turn = (sheet.turn += 1);
  sheet.update(data, { setTriggerValue });
  return () => {
    if (sheet.turn !== turn) return;
    sheet.root.remove();
    sheets.delete(parentElement);
  };
}
