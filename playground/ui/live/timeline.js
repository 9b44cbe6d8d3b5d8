// The timeline: go back to a step that the run has kept.

import { element, setAttribute, setText } from "./elements.js";
import { thousands } from "./numbers.js";

const THROTTLE = 150; // ms between two rewinds while dragging
const SETTLE = 1200; // ms after the last touch before frames move the handle again

export class Timeline {
  /** @param {(command: object) => void} send */
  constructor(send) {
    this.send = send;
    this.rewinds = [];
    this.touched = -Infinity;
    this.range = element("input", {
      type: "range", min: 0, max: 0, value: 0, "aria-label": "Rewind", title: "Go back to an earlier step",
      oninput: () => this.dragged(),
    });
    this.text = element("span", { class: "rewind-text quiet", "aria-hidden": "true" });
    this.node = element("div", { class: "timeline" }, this.range, this.text);
    this.node.style.visibility = "hidden"; // keeps its place, so that nothing jumps
  }

  /** One position a kept step, and the last position for now. */
  dragged() {
    const position = Math.min(Number(this.range.value), this.rewinds.length - 1);
    if (position < 0) return;
    this.touched = performance.now();
    this.target = this.rewinds[position];
    setText(this.text, `back to step ${thousands(this.target)}`);
    setAttribute(this.range, "aria-valuetext", `step ${this.target}`);
    if (!this.timer) this.timer = setTimeout(() => this.go(), this.last > this.touched - THROTTLE ? THROTTLE : 0);
  }

  go() {
    this.timer = 0;
    if (this.target === this.sent) return;
    this.last = performance.now();
    this.sent = this.target;
    this.send({ do: "pause" });
    this.send({ do: "rewind", to: this.target });
  }

  update({ rewinds, step }) {
    const list = rewinds || [];
    this.rewinds = list;
    const shown = list.length > 1 ? "visible" : "hidden";
    if (this.node.style.visibility !== shown) this.node.style.visibility = shown;
    if (performance.now() - this.touched < SETTLE || this.timer) return;
    this.sent = undefined;
    setText(this.text, "");
    const ahead = list.length > 0 && step > list[list.length - 1];
    const most = String(list.length - 1 + (ahead ? 1 : 0));
    if (this.range.max !== most) this.range.max = most;
    let position = list.length - 1;
    while (position > 0 && list[position] > step) position -= 1;
    const value = ahead ? most : String(position);
    if (this.range.value !== value) this.range.value = value;
    setAttribute(this.range, "aria-valuetext", `step ${step}`);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
