// What is happening, in words. In slow motion: which part of the iteration has just run.

import { element, icon, Paced, setText } from "./elements.js";

const READABLE = 333; // ms that words stand before others replace them
const SPOKEN = 2000; // the same for a screen reader

export class Sentence {
  constructor() {
    this.icon = element("span", { class: "tone" });
    this.lead = element("strong", {}, "What is happening: ");
    this.text = element("span", { class: "says" });
    this.dots = element("span", { class: "dots" });
    this.notice = element("p", { class: "notice", hidden: true });
    this.status = element("div", { class: "spoken", role: "status", "aria-live": "polite" });
    this.node = element("div", { class: "sentence" },
      element("div", { class: "seen", "aria-hidden": "true" }, this.icon,
        element("div", { class: "words" }, this.notice, element("p", { class: "line" }, this.dots, this.lead, this.text))),
      this.status);
    this.seen = new Paced(READABLE, (words) => this.write(words));
    this.spoken = new Paced(SPOKEN, (text) => setText(this.status, text));
  }

  update({ sentence, phase, notice, slow, state }) {
    const slowly = slow && phase;
    const tone = state === "stopped" && notice ? "warn" : (sentence && sentence.tone) || "calm";
    const words = {
      tone: slowly ? "phase" : tone,
      lead: slowly ? `${phase.name}: ` : "What is happening: ",
      text: slowly ? phase.says : (sentence && sentence.text) || "",
      notice: notice || "",
      player: slowly ? phase.player : "",
      index: slowly ? phase.index : 0,
      of: slowly ? phase.of : 0,
    };
    const key = JSON.stringify(words);
    if (key === this.key) return;
    this.key = key;
    this.seen.say(words);
    this.spoken.say([words.notice, words.lead + words.text].filter(Boolean).join(" "));
  }

  write({ tone, lead, text, notice, player, index, of }) {
    setText(this.lead, lead);
    setText(this.text, text);
    setText(this.notice, notice);
    this.notice.hidden = !notice;
    this.node.dataset.player = player;
    if (this.node.dataset.tone !== tone) {
      this.node.dataset.tone = tone;
      this.icon.replaceChildren(...(tone === "phase" ? [] : [icon(tone)]));
    }
    this.showDots(index, of);
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
