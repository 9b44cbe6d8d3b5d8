// Scenes: a lab with much to see shows it in sets of panels, one at a time.

import { element, setAttribute } from "./elements.js";
import { keep, recall } from "./memory.js";

export class Scenes {
  /** @param {() => void} chosen what to do when the learner has chosen another one */
  constructor(chosen) {
    this.chosen = chosen;
    this.names = [];
    this.node = element("div", { class: "scenes", role: "group", "aria-label": "What to look at", hidden: true });
  }

  /** The scenes of these views, in the order in which they first appear. */
  set(views) {
    this.names = [...new Set(views.map(({ scene }) => scene).filter(Boolean))];
    this.place = `scene/${this.names.join("/")}`;
    const kept = recall("sessionStorage", this.place);
    this.now = this.names.includes(kept) ? kept : this.names[0];
    this.node.hidden = this.names.length < 2;
    this.node.replaceChildren(...this.names.map((name) => this.button(name)));
    this.mark();
  }

  button(name) {
    return element("button", { type: "button", class: "scene", onclick: () => this.choose(name) }, name);
  }

  choose(name) {
    if (name === this.now) return;
    this.now = name;
    keep("sessionStorage", this.place, name);
    this.mark();
    this.chosen();
  }

  mark() {
    for (const node of this.node.children) setAttribute(node, "aria-pressed", String(node.textContent === this.now));
  }

  /** A view without a scene belongs to all of them. */
  holds({ scene }) {
    return !scene || scene === this.now;
  }
}
