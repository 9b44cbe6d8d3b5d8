// The live canvas: a training run drawn while it learns. Streamlit calls the default export at the first mount and
// again whenever data or theme change; the picture must survive all of that.

import { ChallengeBar } from "./challenge.js";
import { element } from "./elements.js";
import { bytesOfBase64, decodeFrame } from "./frame.js";
import { Hand } from "./hand.js";
import { listenForKeys } from "./keyboard.js";
import { Mounts } from "./mounts.js";
import { Sentence } from "./sentence.js";
import { FrameSocket, socketUrl } from "./socket.js";
import { Stage } from "./stage.js";
import { paintVariables, themeOf } from "./theme.js";
import { Transport } from "./transport.js";

const SETTLED = 250; // ms a state must last before the page is told, which costs a rerun
const CALM_FPS = 2; // frames a second when reduced motion is asked for

class Live {
  constructor(parent, still) {
    this.parent = parent;
    this.still = still;
    this.root = element("div", { class: still ? "root still" : "root" });
    this.hand = new Hand((command) => this.tellPlace(command));
    this.stage = new Stage({ still, hand: this.hand });
    this.root.append(this.stage.scenes.node, this.stage.node);
    this.commands = 0;
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    if (!still) this.furnish();
  }

  furnish() {
    this.transport = new Transport((command) => this.send(command), (larger) => this.setLarger(larger));
    this.challenge = new ChallengeBar();
    this.sentence = new Sentence();
    this.root.prepend(this.transport.node);
    this.root.append(this.challenge.node, this.sentence.node);
    this.silence = listenForKeys({
      press: (name) => this.transport.press(name),
      escape: () => this.stage.closeNotes() || this.stage.shrink(),
      there: (name) => !this.transport.buttons[name].hidden,
      own: [this.transport.speed, this.transport.timeline.range],
    });
  }

  /** Take new data from Streamlit. Whatever has not changed is left alone. */
  update(data, host) {
    this.data = data;
    this.host = host;
    this.told = data.told;
    this.attach();
    this.setTheme();
    this.stage.setViews(data.views);
    this.stage.setLanes(data.lanes);
    if (this.still) this.root.style.setProperty("--still-height", `${data.height || 140}px`);
    else this.transport.setPlayers(data.players || []);
    if (data.token !== this.token) this.begin(data.token);
    if (data.frame && data.frame !== this.given && (data.polling || this.still || !this.stage.frame)) this.drawSoon(data.frame);
    if (!this.still && !data.polling) this.connect();
    else this.disconnect();
  }

  /** The host element may have been replaced: move the whole picture into the new one. */
  attach() {
    const host = this.parent.querySelector(".live") || this.parent.appendChild(element("div", { class: "live" }));
    if (this.root.parentNode !== host) host.replaceChildren(this.root);
  }

  setTheme() {
    const theme = themeOf(this.root);
    if (theme === this.stage.theme) return;
    paintVariables(this.root, theme);
    this.stage.setTheme(theme);
  }

  setLarger(larger) {
    this.root.classList.toggle("larger-text", larger);
    this.stage.setLarger(larger);
  }

  /** Another run: the old picture stays until its first frame is there. */
  begin(token) {
    this.disconnect();
    this.hand.stop();
    this.token = token;
    this.fresh = true;
  }

  connect() {
    if (this.socket) return;
    this.socket = new FrameSocket(socketUrl(this.token, this.data.base), {
      fps: this.calm.matches ? CALM_FPS : this.data.fps || 15,
      draw: (buffer) => this.draw(buffer),
      refused: () => this.host.setStateValue("transport", "poll"),
      gone: () => this.host.setTriggerValue("gone", this.token),
      waiting: (on) => this.transport.reconnecting(on),
    });
  }

  disconnect() {
    if (this.socket) this.socket.close();
    this.socket = null;
  }

  /** A frame inside the data: base64, drawn before the next paint. */
  drawSoon(text) {
    this.given = text;
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw(bytesOfBase64(this.given));
    });
  }

  /** @returns {number} the step that was drawn */
  draw(buffer) {
    const started = performance.now();
    const frame = decodeFrame(buffer);
    if (this.fresh) this.stage.forget();
    this.fresh = false;
    this.stage.draw(frame);
    this.hand.answered();
    if (!this.still) {
      this.transport.update(frame.header);
      this.challenge.update(frame.header);
      this.sentence.update(frame.header);
      this.report(frame.header);
    }
    this.cost = performance.now() - started;
    this.root.dataset.ms = this.cost.toFixed(2);
    return frame.header.step;
  }

  /**
   * Tell the page, where it asks for it (data.told is what it knows), that the run has started, or stands somewhere
   * else, and this has lasted. Each report reruns the script, and a rerun can undo what a learner's hand is just
   * doing to a slider: so not a single one without need.
   */
  report({ state, step }) {
    if (!this.told) return;
    const now = state === "running" ? state : `${state} ${step}`;
    if (now === this.reporting?.word) return;
    clearTimeout(this.reporting?.timer);
    this.reporting = null;
    if (now === this.told) return;
    const tell = () => {
      this.reporting = null;
      this.told = now;
      this.host.setStateValue("state", now);
    };
    this.reporting = { word: now, timer: setTimeout(tell, SETTLED) };
  }

  /** A transport command: by the socket, or with polling by a rerun. Each must differ from the one before. */
  send(command) {
    if (this.socket) {
      this.socket.send(command);
      // Reset builds what the knobs say: where some are waiting, the page must look at them again.
      if (command.do === "reset" && this.data.waiting) this.host.setTriggerValue("reset", `${this.token} ${(this.commands += 1)}`);
    } else {
      this.commands += 1;
      this.host.setTriggerValue("command", JSON.stringify({ ...command, n: this.commands }));
    }
  }

  /** Where a handle is counts now or never: it does not wait for a socket that is opened again. */
  tellPlace(command) {
    if (!this.socket || this.socket.ready()) this.send(command);
  }

  destroy() {
    this.disconnect();
    this.hand.stop();
    clearTimeout(this.reporting?.timer);
    if (this.pending) cancelAnimationFrame(this.pending);
    if (this.silence) this.silence();
    if (this.sentence) this.sentence.stop();
    if (this.challenge) this.challenge.stop();
    if (this.transport) this.transport.timeline.stop();
    this.stage.dispose();
    this.root.remove();
  }
}

const mounts = new Mounts(
  (parent, data) => new Live(parent, Boolean(data.still)),
  (live, data) => live.still === Boolean(data.still),
);

/** Streamlit's entry point (component v2). */
export default function mount(call) {
  return mounts.take(call);
}
