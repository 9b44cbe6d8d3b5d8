// The pad: a sheet on which a learner draws. Streamlit calls the default export at the first mount and again with
// new data or another theme; what has been drawn survives all of that, even the sheet itself.

import { element, setText } from "./../live/elements.js";
import { Mounts } from "./../live/mounts.js";
import { paintVariables, themeOf } from "./../live/theme.js";
import { Drawing } from "./drawing.js";
import { Pen } from "./pen.js";
import { Sheet } from "./sheet.js";

/** Drawings by the id of their pad: a dialog that is closed takes the pad away, not the drawing. @type {Map<string, Drawing>} */
const drawings = new Map();

class Pad {
  constructor(parent) {
    this.parent = parent;
    this.sheet = new Sheet(() => this.drawSoon());
    this.hint = element("span", { class: "hint" });
    this.legend = element("span", { class: "legend" });
    this.undo = element("button", { type: "button", class: "control", onclick: () => this.act(() => this.drawing.undo()) }, "Undo");
    this.clear = element("button", { type: "button", class: "control", onclick: () => this.act(() => this.drawing.clear()) }, "Clear");
    this.submit = element("button", { type: "button", class: "control submit", onclick: () => this.handIn() });
    this.count = element("span", { class: "count", "aria-hidden": "true" });
    this.spoken = element("span", { class: "spoken", role: "status" });
    this.root = element("div", { class: "root" },
      element("div", { class: "words" }, this.hint, this.legend),
      this.sheet.node,
      element("div", { class: "tools" }, this.undo, this.clear, this.count, this.submit), this.spoken);
    this.pen = new Pen(this.sheet, {
      down: (spot) => this.drawing.down(spot),
      move: (spot) => this.drawing.move(spot),
      up: () => {
        this.drawing.up();
        this.say();
      },
      moved: () => this.drawSoon(),
    });
  }

  update(data, host) {
    this.host = host;
    this.data = data;
    this.attach();
    this.takeDrawing(data);
    const { tool } = this.drawing;
    setText(this.hint, tool.hint);
    setText(this.submit, data.submit);
    this.sheet.front.setAttribute("aria-label", `${tool.hint} Arrow keys move the pen, Enter lowers and lifts it.`);
    this.sheet.show(data.background, data.window, tool);
    this.legend.replaceChildren(...legendOf(data.background, tool));
    const theme = themeOf(this.root);
    paintVariables(this.root, theme);
    this.sheet.setTheme(theme);
    this.drawSoon();
  }

  takeDrawing(data) {
    let drawing = drawings.get(data.id);
    if (!drawing || drawing.name !== data.tool) drawings.set(data.id, (drawing = new Drawing(data.tool)));
    drawing.setLimits(data);
    if (data.start) drawing.begin(data.start);
    this.drawing = drawing;
  }

  /** The host element may have been replaced: move the sheet into the new one. */
  attach() {
    const host = this.parent.querySelector(".pad") || this.parent.appendChild(element("div", { class: "pad" }));
    if (this.root.parentNode !== host) host.replaceChildren(this.root);
  }

  act(change) {
    change();
    this.say();
    this.drawSoon();
  }

  say() {
    setText(this.spoken, this.drawing.tool.words());
  }

  /** Once before the next paint, however many events there were. */
  drawSoon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.sheet.draw(this.pen.cursor);
      const { tool } = this.drawing;
      setText(this.count, tool.words());
      this.undo.disabled = !this.drawing.past.length;
      this.clear.disabled = tool.empty();
      this.submit.disabled = !tool.ready();
      this.root.dataset.words = tool.words();
    });
  }

  handIn() {
    this.drawing.handed += 1; // the page takes no value twice in a row
    this.host.setTriggerValue("drawn", { n: this.drawing.handed, value: this.drawing.tool.value() });
  }

  destroy() {
    if (this.pending) cancelAnimationFrame(this.pending);
    this.pen.lift();
    this.sheet.dispose();
    this.root.remove();
  }
}

/** What the shapes on the sheet mean. */
function legendOf(background, tool) {
  const entries = [];
  if (background.real) entries.push(["circle", "real", "real"]);
  if (background.generated || tool.role === "generated") entries.push(["diamond", "generated", "generated"]);
  if (background.field) entries.push(["field", "discriminator", "D: generated … real"]);
  return entries.map(([shape, role, label]) =>
    element("span", { class: "entry" }, element("span", { class: `swatch ${shape}`, style: `color: var(--role-${role})` }), label));
}

const pads = new Mounts((parent) => new Pad(parent));

/** Streamlit's entry point (component v2). */
export default function mount(call) {
  return pads.take(call);
}
