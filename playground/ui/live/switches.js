// Which layers of a view the learner has switched on.

import { keep, recall } from "./memory.js";

/** Layers of one owner and name are one thing to the learner: one entry in the legend, one switch. */
export const keyOf = (layer) => `${layer.role} ${layer.label}`;

export class Switches {
  /** @param {object} view its declaration @param {boolean} still a thumbnail: the view as it is declared */
  constructor(view, still) {
    this.place = `layers/${view.name}`;
    this.on = new Map();
    if (!view.switches) return;
    const chosen = (!still && recall("sessionStorage", this.place)) || {};
    for (const layer of view.layers) {
      const key = keyOf(layer);
      if (layer.label && !this.on.has(key)) this.on.set(key, chosen[key] ?? !layer.off);
    }
  }

  /** What has no switch is always shown. */
  shows(layer) {
    return this.on.get(keyOf(layer)) ?? true;
  }

  flip(layer) {
    this.on.set(keyOf(layer), !this.shows(layer));
    keep("sessionStorage", this.place, Object.fromEntries(this.on));
  }
}
