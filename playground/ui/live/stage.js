// The stage: the panels in two columns, "world" and "side", of one fixed height; of runs side by side, a column each.

import { element, setText } from "./elements.js";
import { Panel } from "./panel.js";
import { Scenes } from "./scenes.js";

const TWO = ["world", "side"];
const CURVES_REST = 90; // ms between two drawings of curves over a run that plays: they grow by less than a pixel meanwhile
const CURVES_LATE = 250; // ms after which they are drawn although no other frame has come

/** Of a lane's height: pictures as high as wide need most, and the first one matters most. */
function laneShare(view, index) {
  const square = view.equal || view.layers.some(({ kind }) => kind === "Digits");
  return square ? 4 : index === 0 ? 3 : 2;
}

export class Stage {
  /** @param {{still: boolean, hand: import("./hand.js").Hand}} options */
  constructor({ still, hand }) {
    this.still = still;
    this.hand = hand;
    this.node = element("div", { class: "stage" });
    this.scenes = new Scenes(() => this.showScene());
    this.panels = [];
    this.shown = []; // those of the scene that is looked at
    this.painted = 0;
    this.curvesAt = -Infinity; // when curves over the run were last drawn
    this.late = 0;
    this.lanes = {};
    this.larger = false;
    this.watcher = new ResizeObserver((entries) => this.resized(entries));
    this.pressed = (event) => this.closeNotes(event);
    document.addEventListener("pointerdown", this.pressed);
  }

  /** Build the panels; the same views again leave everything as it is. */
  setViews(views) {
    const key = JSON.stringify(views);
    if (key === this.key) return;
    this.key = key;
    this.clear();
    this.panels = views.map((view) => this.panelFor(view));
    this.link();
    for (const panel of this.panels) {
      if (this.theme) panel.plot.setTheme(this.theme);
      panel.setLarger(this.larger);
      this.watcher.observe(panel.body);
    }
    this.scenes.set(views);
    this.showScene();
  }

  /** Put up the panels of the chosen scene: they draw the last frame as soon as they know their size. */
  showScene() {
    this.shrinkAll();
    this.shown = this.panels.filter(({ view }) => this.scenes.holds(view));
    const lanes = [...new Set(this.shown.map(({ view }) => view.column))].filter((name) => !TWO.includes(name));
    const columns = (lanes.length ? lanes : TWO).map((name) => this.column(name)).filter(Boolean);
    this.node.classList.toggle("single", columns.length === 1);
    this.node.classList.toggle("lanes", lanes.length > 0);
    this.node.classList.toggle("narrow", lanes.length > 2);
    this.node.style.setProperty("--lanes", lanes.length);
    this.node.replaceChildren(...columns);
    this.nameLanes();
    this.stamp();
  }

  /** Pictures that ask for it share their axes. */
  link() {
    const plots = this.panels.filter(({ view }) => view.link).map(({ plot }) => plot);
    for (const plot of plots) plot.group = plots.filter(({ view }) => view.link === plot.view.link);
  }

  /** @param {Record<string, string>} names what stands above each lane */
  setLanes(names) {
    this.lanes = names || {};
    this.nameLanes();
  }

  nameLanes() {
    for (const column of this.node.children) {
      const name = column.querySelector(".lane");
      if (name) setText(name.lastChild, this.lanes[column.dataset.lane] || "");
    }
  }

  panelFor(view) {
    return new Panel(view, { still: this.still, enlarge: (panel) => this.toggleBig(panel), hand: this.hand });
  }

  /** A column of rows: a wide panel has a row to itself, two others share one. */
  column(name) {
    const rows = [];
    for (const panel of this.shown.filter(({ view }) => view.column === name)) {
      const last = rows[rows.length - 1];
      if (!panel.view.wide && last && last.length === 1 && !last[0].view.wide) last.push(panel);
      else rows.push([panel]);
    }
    if (!rows.length) return null;
    const lane = !TWO.includes(name);
    const heights = rows.map(([{ view }], index) => (lane ? laneShare(view, index) : name === "world" && view.wide ? 4 : 3));
    const template = [...(lane ? ["auto"] : []), ...heights.map((share) => `${share}fr`)].join(" ");
    const node = element("div", { class: `column ${lane ? "of-lane" : name}`, style: `grid-template-rows: ${template}` });
    if (lane) this.head(node, name);
    for (const [index, row] of rows.entries()) for (const panel of row) {
      panel.node.style.setProperty("--row", index);
      if (row.length === 1) panel.node.classList.add("wide");
      node.append(panel.node);
    }
    return node;
  }

  /** The letter of a lane, and what it is. */
  head(node, letter) {
    node.dataset.lane = letter;
    node.append(element("p", { class: "lane" }, element("strong", {}, letter), element("span")));
  }

  setTheme(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    for (const panel of this.panels) {
      panel.plot.setTheme(theme);
      panel.draw();
    }
  }

  /** Letters and lines that can be read from the last row. */
  setLarger(larger) {
    this.larger = larger;
    for (const panel of this.panels) {
      panel.setLarger(larger);
      panel.draw();
    }
  }

  /** Close what panels say about themselves, but not where `event` happens. @returns whether one was open */
  closeNotes(event) {
    const open = this.panels.filter(({ note }) => note && !(event && note.holds(event)));
    return open.map(({ note }) => note.close()).some(Boolean);
  }

  /** Sizes come from the observer, so that drawing never asks for the layout. */
  resized(entries) {
    for (const { target, contentRect } of entries) {
      const panel = this.panels.find(({ body }) => body === target);
      if (!panel || !contentRect.width || !contentRect.height) continue; // hidden behind an enlarged one
      panel.plot.resize(contentRect.width, contentRect.height);
      panel.draw(panel.plot.frame === this.frame ? undefined : this.frame);
    }
  }

  /** Paint a frame on the panels, and say so on the first canvas, where tests and tools look for it. */
  draw(frame) {
    this.frame = frame;
    this.painted += 1;
    const curves = this.curvesDue(frame.header);
    for (const panel of this.shown) if (curves || !panel.plot.timed) panel.draw(frame);
    this.stamp();
  }

  /** Curves over the run follow at half the pace while it plays. A run that stands shows the same moment everywhere. */
  curvesDue({ state, slow }) {
    const due = state !== "running" || slow || performance.now() - this.curvesAt > CURVES_REST;
    if (due) {
      clearTimeout(this.late);
      this.late = 0;
      this.curvesAt = performance.now();
    } else this.late ||= setTimeout(() => this.drawCurves(), CURVES_LATE);
    return due;
  }

  drawCurves() {
    this.late = 0;
    for (const panel of this.shown) if (panel.plot.timed) panel.draw(this.frame);
  }

  /** Say on the first canvas what is drawn; a still is no run. */
  stamp() {
    if (!this.shown.length || !this.frame || this.still) return;
    const { dataset } = this.shown[0].canvas;
    dataset.frame = this.frame.header.step;
    dataset.painted = this.painted;
    dataset.state = this.frame.header.state;
  }

  /** Another run: the axes of the last one do not bind it. */
  forget() {
    this.curvesAt = -Infinity;
    for (const panel of this.panels) panel.plot.forget();
  }

  toggleBig(panel) {
    const big = this.big === panel ? null : panel;
    this.big = big;
    this.node.classList.toggle("enlarged", Boolean(big));
    for (const other of this.panels) other.setBig(other === big);
    panel.button.focus({ preventScroll: true });
  }

  /** @returns whether there was something to shrink */
  shrink() {
    if (!this.big) return false;
    this.toggleBig(this.big);
    return true;
  }

  shrinkAll() {
    if (this.big) this.big.setBig(false);
    this.big = null;
    this.node.classList.remove("enlarged");
  }

  clear() {
    for (const panel of this.panels) {
      this.watcher.unobserve(panel.body);
      panel.dispose();
    }
    this.shrinkAll();
  }

  dispose() {
    this.clear();
    clearTimeout(this.late);
    document.removeEventListener("pointerdown", this.pressed);
    this.watcher.disconnect();
  }
}
