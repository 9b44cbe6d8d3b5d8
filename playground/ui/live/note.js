// What to look for in a panel: its caption, behind a small button.

import { element, icon, setAttribute } from "./elements.js";

export class Note {
  /** @param {object} view its declaration */
  constructor(view) {
    const id = `about-${view.name}`;
    this.text = element("div", { class: "note", id, role: "note", hidden: true }, view.caption);
    this.button = element("button", {
      type: "button", class: "about", "aria-label": `About ${view.title}`, title: "What to look for",
      "aria-expanded": "false", "aria-controls": id, onclick: () => this.toggle(this.text.hidden),
    }, icon("calm"));
  }

  toggle(open) {
    this.text.hidden = !open;
    setAttribute(this.button, "aria-expanded", String(open));
  }

  /** @returns whether there was something to close */
  close() {
    if (this.text.hidden) return false;
    this.toggle(false);
    return true;
  }

  /** Whether an event came from inside. */
  holds(event) {
    const path = event.composedPath();
    return path.includes(this.text) || path.includes(this.button);
  }
}
