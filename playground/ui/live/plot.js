// One picture: a canvas, its axes and its layers. What a layer looks like is said in the layer modules.

import { arrange } from "./arrange.js";
import { drawAxes, drawEndLabels, drawMarks, drawRuleLabels } from "./axes.js";
import { digitBands, drawDigitHover } from "./digits.js";
import { pointedAt } from "./frame.js";
import { drawHover } from "./hover.js";
import { KINDS } from "./layers.js";
import { Scale, share, Stretch } from "./scales.js";

const CLIP_SLACK = 2; // a line along the edge keeps its full width
const PLANAR = ["Field", "Points", "Numerals", "Handle", "Mesh", "Trail", "Contour"];
const FAINT = 0.25; // opacity of the layers that slow motion is not about

export class Plot {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object} view a View's declaration
   * @param {boolean} still a thumbnail: the drawing alone, without words
   * @param {(layer: object) => boolean} shows whether the learner wants to see a layer
   */
  constructor(canvas, view, still = false, shows = () => true) {
    this.canvas = canvas;
    this.g = canvas.getContext("2d");
    this.view = view;
    this.still = still;
    const has = (kind) => view.layers.some((layer) => layer.kind === kind);
    this.timed = has("Series");
    this.barred = has("Bars");
    this.bare = has("Digits");
    this.plane = !this.timed && !this.barred && PLANAR.some(has);
    this.layers = view.layers.map((layer) => ({ layer, kind: KINDS[layer.kind], memo: {} }));
    for (const { layer, kind } of this.layers) if (!kind) throw new Error(`unknown layer kind ${layer.kind}`);
    this.shows = shows;
    this.shown = this.layers.filter(({ layer }) => shows(layer));
    this.x = new Scale();
    this.y = new Scale();
    this.spanX = new Stretch(view.x, this.timed);
    this.spanY = new Stretch(this.barred ? { ...view.y, low: view.y.low ?? 0 } : view.y);
    this.rect = { left: 0, top: 0, right: 0, bottom: 0 };
    this.group = [this]; // the plots, this one among them, that share their axes
    this.ended = []; // the lines that bear their names at their ends
    this.held = new Map(); // handles in the learner's hand, by name: where it has them, [x, y]
    this.hover = null; // {x, y} in CSS pixels while a pointer is over the canvas
    this.probe = null; // what the read-out says about it
    this.setSizes({ big: false, larger: false });
    this.width = 0;
    this.height = 0;
    this.widths = new Map();
  }

  /** Another run, or this one rewound: the axes start afresh. */
  forget() {
    this.spanX.forget();
    this.spanY.forget();
  }

  setTheme(theme) {
    this.theme = theme;
    this.widths.clear();
    for (const entry of this.layers) entry.memo = {};
  }

  /** Letters and lines grow when the panel fills the stage, and where they must be seen from afar. */
  setSizes({ big, larger }) {
    this.zoom = (big ? 1.25 : 1) * (larger ? 1.35 : 1);
    this.pen = (big ? 1.2 : 1) * (larger ? 1.25 : 1);
  }

  /** Layers have been switched on or off: draw the frame with those that are left, as if it came new. */
  choose() {
    this.shown = this.layers.filter(({ layer }) => this.shows(layer));
    for (const plot of this.group) plot.forget();
    if (this.frame) this.measure(this.frame);
    for (const plot of this.group) plot.draw();
  }

  /** CSS size of the canvas; the pixels behind it follow the screen's density. */
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.density = 0;
    this.sharpen();
  }

  /** Match the backing store to the density of the screen, which changes when a window is moved or zoomed. */
  sharpen() {
    const density = window.devicePixelRatio || 1;
    if (density === this.density) return;
    this.density = density;
    this.canvas.width = Math.max(1, Math.round(this.width * density));
    this.canvas.height = Math.max(1, Math.round(this.height * density));
    for (const entry of this.layers) entry.memo = {};
    this.widths.clear();
  }

  /** A CSS font in the theme's family. Digits of equal width keep read-outs still. */
  font(size, weight = 400) {
    return `${weight} ${size * this.zoom}px ${this.theme.font}`;
  }

  /** Width of a text in pixels; measured once. */
  widthOf(text, font) {
    const key = font + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size > 400) this.widths.clear();
      this.g.font = font;
      width = this.g.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  /** Draw a frame; without one, the last again (hover, resize, another theme). */
  draw(frame = this.frame) {
    if (!this.theme || !frame || this.width < 24 || this.height < 24) return;
    if (frame !== this.frame) this.measure(frame);
    this.sharpen();
    arrange(this);
    const { g } = this;
    this.inCssPixels();
    g.clearRect(0, 0, this.width, this.height);
    this.ends = [];
    this.rules = [];
    this.keys = 0; // of arrows, in the corner
    this.pointed = pointedAt(frame.header);
    if (this.bare) this.bands = digitBands(this);
    else drawAxes(this);
    for (const entry of this.shown) this.drawLayer(entry);
    if (this.still) return;
    if (this.bare) {
      drawDigitHover(this);
      return;
    }
    drawMarks(this);
    drawRuleLabels(this);
    drawEndLabels(this);
    drawHover(this);
  }

  /** Let the axes take in what the layers of a new frame hold, in all pictures that share them. */
  measure(frame) {
    for (const plot of this.group) plot.look(frame);
    for (const axis of ["spanX", "spanY"]) {
      const spans = this.group.map((plot) => plot[axis]);
      if (spans.length > 1) share(spans);
      for (const span of spans) span.settle();
    }
  }

  look(frame) {
    const past = this.frame;
    if (past && frame.header.step < past.header.step) this.forget();
    this.frame = frame;
    this.spanX.bound(frame);
    this.spanY.bound(frame);
    this.spanX.clear();
    this.spanY.clear();
    for (const entry of this.layers) entry.memo.stale = true;
    for (const { layer, kind } of this.shown) if (kind.extent) kind.extent(this, layer);
  }

  inCssPixels() {
    this.g.setTransform(this.density, 0, 0, this.density, 0, 0);
  }

  drawLayer({ layer, kind, memo }) {
    const { g, rect } = this;
    g.save();
    if (!kind.free) {
      g.beginPath();
      g.rect(rect.left - CLIP_SLACK, rect.top - CLIP_SLACK,
        rect.right - rect.left + 2 * CLIP_SLACK, rect.bottom - rect.top + 2 * CLIP_SLACK);
      g.clip();
    }
    this.strength = this.pointed && !this.pointed.includes(layer.label) ? FAINT : 1;
    this.alpha(1);
    kind.draw(this, layer, memo);
    g.restore();
  }

  /** The opacity of what is drawn next, within that of its layer. */
  alpha(opacity) {
    this.g.globalAlpha = opacity * this.strength;
  }

  /** A line of this layer ends here, where its name can stand. */
  nameEnd(layer, text, [x, y]) {
    if (this.ended.includes(layer)) this.ends.push({ text, x, y, colour: this.colour(layer), strength: this.strength });
  }

  colour(layer) {
    return this.theme.roles[layer.role] || this.theme.text;
  }
}
