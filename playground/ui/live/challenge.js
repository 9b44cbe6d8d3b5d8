// The challenge that the learner has taken up: its goal, and how it stands.

import { element, icon, Paced, setText } from "./elements.js";
import { READABLE, SPOKEN } from "./sentence.js";

const VERDICTS = { open: "", met: "Met. ", missed: "Missed. " };
const FLAGS = { open: "flag", met: "good", missed: "warn" };

export class ChallengeBar {
  constructor() {
    this.icon = element("span", { class: "tone" });
    this.goal = element("span", { class: "goal" });
    this.verdict = element("strong", { class: "verdict" });
    this.says = element("span", { class: "stands" });
    this.bar = element("div", { class: "challenge", "aria-hidden": "true", hidden: true },
      this.icon, element("p", {}, this.goal, " ", this.verdict, this.says));
    this.status = element("div", { class: "spoken", "aria-live": "polite" });
    this.node = element("div", { class: "challenge-place" }, this.bar, this.status);
    this.seen = new Paced(READABLE, (challenge) => this.write(challenge));
    this.spoken = new Paced(SPOKEN, (text) => setText(this.status, text));
  }

  update({ challenge }) {
    const key = JSON.stringify(challenge || null);
    if (key === this.key) return;
    this.key = key;
    this.seen.say(challenge || null);
    this.spoken.say(challenge ? `${challenge.name}: ${challenge.goal} ${VERDICTS[challenge.state]}${challenge.says}` : "");
  }

  write(challenge) {
    this.bar.hidden = !challenge;
    if (!challenge) return;
    setText(this.goal, challenge.goal);
    setText(this.verdict, VERDICTS[challenge.state]);
    setText(this.says, challenge.says);
    if (this.bar.dataset.state === challenge.state) return;
    this.bar.dataset.state = challenge.state;
    this.icon.replaceChildren(icon(FLAGS[challenge.state]));
  }

  stop() {
    this.seen.stop();
    this.spoken.stop();
  }
}
