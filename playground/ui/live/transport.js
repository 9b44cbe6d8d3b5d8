// The transport bar: play, step, slow, reset, speed, and where the run is.

import { element, icon, setAttribute, setText } from "./elements.js";
import { keep, recall } from "./memory.js";
import { thousands } from "./numbers.js";
import { Timeline } from "./timeline.js";

const GRACE = 700; // how long a frame sent before the command may still contradict it, ms
const SPEED_STEPS = 60;
const LARGER = "larger";
const FASTEST = 1000; // iterations a second, just below "max"

/** Steps of the range to iterations a second; null is as fast as possible. */
function speedAt(position) {
  if (position >= SPEED_STEPS) return null;
  const exact = FASTEST ** (position / (SPEED_STEPS - 1));
  return exact < 20 ? Math.round(exact) : Number(exact.toPrecision(2));
}

function positionOf(speed) {
  if (speed === null || speed === undefined) return SPEED_STEPS;
  const position = Math.round((Math.log(speed) / Math.log(FASTEST)) * (SPEED_STEPS - 1));
  return Math.min(SPEED_STEPS - 1, Math.max(0, position));
}

export class Transport {
  /**
   * @param {(command: object) => void} send
   * @param {(larger: boolean) => void} resize everything that has to be read from afar
   */
  constructor(send, resize) {
    this.send = send;
    this.resize = resize;
    this.wished = {};
    this.running = false;
    this.slow = false;
    this.timeline = new Timeline((command) => {
      if (command.do === "pause" && !this.running) return;
      if (command.do === "pause") this.wish("running", false);
      this.send(command);
    });
    this.buttons = {
      play: this.button("play", "Play", "space", () => this.playOrPause()),
      step: this.button("step", "Step", "s", () => this.tell("step")),
      d: this.button("d", "D step", "d", () => this.tell("d")),
      g: this.button("g", "G step", "g", () => this.tell("g")),
      slow: this.button("slow", "Slow", "l", () => this.toggleSlow()),
      reset: this.button("reset", "Reset", "r", () => this.tell("reset")),
    };
    this.buttons.slow.setAttribute("aria-pressed", "false");
    this.node = element("div", { class: "transport" },
      element("div", { class: "buttons", role: "group", "aria-label": "Transport" }, ...Object.values(this.buttons)),
      element("div", { class: "dials" }, this.speedControl(), this.counters(), this.largerButton(), this.timeline.node));
  }

  button(name, label, key, press) {
    const text = element("span", { class: "text", "aria-hidden": "true" }, name === "d" || name === "g" ? "step" : label);
    return element("button", {
      type: "button", class: "control " + name, "aria-label": label, title: `${label} (${key})`, onclick: press,
    }, icon(name), text);
  }

  speedControl() {
    this.speed = element("input", {
      type: "range", min: 0, max: SPEED_STEPS, value: SPEED_STEPS, "aria-label": "Speed",
      title: "Iterations a second", oninput: () => this.changeSpeed(),
    });
    this.speedText = element("span", { class: "speed-text", "aria-hidden": "true" });
    this.showSpeed();
    const name = element("span", { class: "quiet", "aria-hidden": "true" }, "Speed");
    return element("div", { class: "speed" }, name, this.speed, this.speedText);
  }

  counters() {
    this.step = element("span", { class: "at" }, "step 0");
    this.rate = element("span", { class: "rate quiet" });
    this.link = element("span", { class: "link quiet" });
    return element("div", { class: "counters" }, this.step, this.rate, this.link);
  }

  /** A choice for the room one is in, not for the run: it is kept for the next visit. */
  largerButton() {
    const larger = Boolean(recall("localStorage", LARGER));
    const press = () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      setAttribute(button, "aria-pressed", String(on));
      keep("localStorage", LARGER, on);
      this.resize(on);
    };
    const button = element("button", {
      type: "button", class: "control larger", "aria-label": "Larger text", title: "Larger text", "aria-pressed": String(larger),
      onclick: press,
    }, icon("larger"));
    this.resize(larger);
    return button;
  }

  /** Which players can be moved alone. */
  setPlayers(players) {
    this.buttons.d.hidden = !players.includes("D");
    this.buttons.g.hidden = !players.includes("G");
  }

  /** Do what the button of that name does, if it is there. */
  press(name) {
    if (!this.buttons[name].hidden) this.buttons[name].click();
  }

  tell(command) {
    this.wish("running", false); // each of these leaves the run paused
    this.send({ do: command });
  }

  playOrPause() {
    const running = !this.running;
    this.wish("running", running);
    this.send({ do: running ? "play" : "pause" });
  }

  toggleSlow() {
    const on = !this.slow;
    this.wish("slow", on);
    this.send({ do: "slow", on });
  }

  changeSpeed() {
    const value = speedAt(Number(this.speed.value));
    this.wished.speed = performance.now();
    this.showSpeed();
    this.send({ do: "speed", value });
  }

  showSpeed() {
    const value = speedAt(Number(this.speed.value));
    const text = value === null ? "max" : `${thousands(value)}/s`;
    setText(this.speedText, text);
    setAttribute(this.speed, "aria-valuetext", value === null ? "as fast as possible" : `${value} iterations a second`);
  }

  /** Show at once what was asked for; frames confirm or correct it after a moment of grace. */
  wish(what, value) {
    this.wished[what] = performance.now();
    this[what] = value;
    this.showToggles();
  }

  settled(what) {
    return performance.now() - (this.wished[what] ?? -Infinity) > GRACE;
  }

  showToggles() {
    const name = this.running ? "Pause" : "Play";
    const { play, slow } = this.buttons;
    if (play.getAttribute("aria-label") !== name) {
      play.setAttribute("aria-label", name);
      play.title = `${name} (space)`;
      play.replaceChild(icon(name.toLowerCase()), play.firstChild);
      setText(play.lastChild, name);
    }
    setAttribute(slow, "aria-pressed", String(this.slow));
  }

  /** Take in the truth that a frame brings. */
  update(header) {
    const running = header.state === "running";
    if (running === this.running || this.settled("running")) this.running = running;
    if (Boolean(header.slow) === this.slow || this.settled("slow")) this.slow = Boolean(header.slow);
    this.showToggles();
    if (this.settled("speed")) {
      const position = String(positionOf(header.speed));
      if (this.speed.value !== position) this.speed.value = position;
      this.showSpeed();
    }
    setText(this.step, "step " + thousands(header.step));
    const rate = Number.isFinite(header.rate) ? header.rate : 0;
    const pace = header.slow ? "slow motion" : `${rate < 10 ? rate.toFixed(1) : thousands(rate)} steps/s`;
    const seed = header.seed === undefined ? "" : `, seed ${header.seed}`;
    const sharing = running && header.sharing > 1 ? `, one of ${header.sharing} training here` : "";
    setText(this.rate, (running ? pace : header.state) + sharing + seed);
    this.timeline.update(header);
  }

  reconnecting(on) {
    setText(this.link, on ? "reconnecting" : "");
  }
}
