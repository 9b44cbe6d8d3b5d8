// What is happening, in words. In slow motion: which part of the iteration has just run, its equation and its code.

import { element, icon, Paced, setText } from "./elements.js";

export const READABLE = 333; // ms that words stand before others replace them
export const SPOKEN = 2000; // the same for a screen reader

/** An equation in plain text, what follows an underscore lowered: L_D, x_{t-1}. */
function lowered(text) {
  const parts = text.split(/_(\{[^}]*\}|[\p{L}\p{N}]+)/u);
  return parts.map((part, i) => (i % 2 ? element("sub", {}, part.replace(/[{}]/g, "")) : part));
}

export class Sentence {
  constructor() {
    this.icon = element("span", { class: "tone" });
    this.badge = element("span", { class: "badge" });
    this.lead = element("strong", {}, "What is happening: ");
    this.text = element("span", { class: "says" });
    this.dots = element("span", { class: "dots" });
    this.notice = element("p", { class: "notice", hidden: true });
    this.equation = element("div", { class: "equation" });
    this.code = element("code", { class: "code" });
    this.status = element("div", { class: "spoken", role: "status", "aria-live": "polite" });
    const line = element("p", { class: "line" }, this.dots, this.badge, this.lead, this.text);
    this.node = element("div", { class: "sentence" },
      element("div", { class: "seen", "aria-hidden": "true" }, this.icon,
        element("div", { class: "words" }, this.notice, line),
        element("div", { class: "formulas" }, this.equation, this.code)),
      this.status);
    this.seen = new Paced(READABLE, (words) => this.write(words));
    this.spoken = new Paced(SPOKEN, (text) => setText(this.status, text));
  }

  update(header) {
    const words = this.wordsOf(header);
    const key = JSON.stringify(words);
    if (key === this.key) return;
    this.key = key;
    this.seen.say(words);
    this.spoken.say([words.notice, words.lead + words.text, words.equation].filter(Boolean).join(" "));
  }

  wordsOf({ sentence, phase, notice, slow, state }) {
    const tone = state === "stopped" && notice ? "warn" : (sentence && sentence.tone) || "calm";
    const common = { slow: Boolean(slow), notice: notice || "" };
    if (slow && phase) {
      const { name, says, player, index, of, equation = "", code = "" } = phase;
      return { ...common, tone: "phase", lead: `${name}: `, text: says, player, index, of, equation, code };
    }
    const text = (sentence && sentence.text) || "";
    return { ...common, tone, lead: "What is happening: ", text, player: "", index: 0, of: 0, equation: "", code: "" };
  }

  write({ tone, lead, text, notice, player, index, of, slow, equation, code }) {
    setText(this.lead, lead);
    setText(this.text, text);
    setText(this.notice, notice);
    this.notice.hidden = !notice;
    setText(this.badge, player);
    this.equation.replaceChildren(...lowered(equation));
    setText(this.code, code);
    this.node.dataset.player = player;
    if (this.node.dataset.tone !== tone) {
      this.node.dataset.tone = tone;
      this.icon.replaceChildren(...(tone === "phase" ? [] : [icon(tone)]));
    }
    this.showDots(index, of);
    this.reserve(slow);
  }

  /** While slow motion lasts, the words take as much room as the longest so far: what stands below keeps still. */
  reserve(slow) {
    this.node.classList.toggle("slow", slow);
    const width = slow ? this.node.offsetWidth : 0;
    if (width !== this.width) this.node.style.minHeight = "";
    this.width = width;
    if (slow) this.node.style.minHeight = `${this.node.offsetHeight}px`;
  }

  /** One dot a part of the iteration, filled up to the one that has just run (counted from 0). */
  showDots(index, of) {
    while (this.dots.childElementCount > of) this.dots.lastChild.remove();
    while (this.dots.childElementCount < of) this.dots.append(element("i"));
    for (const [i, dot] of [...this.dots.children].entries()) dot.className = i < index ? "past" : i === index ? "now" : "";
  }

  stop() {
    this.seen.stop();
    this.spoken.stop();
  }
}
