// The sheet: axes and background on one canvas, painted once; the drawing on another above it, painted as it grows.

import { element } from "./../live/elements.js";
import { niceTicks, tickText } from "./../live/numbers.js";
import { marker } from "./markers.js";

const MARGIN = { left: 36, right: 10, top: 10, bottom: 26 };
const NO_MARGIN = { left: 0, right: 0, top: 0, bottom: 0 };

/** A straight map from [low, high] to the pixels [from, to]. */
class Ruler {
  set(low, high, from, to) {
    Object.assign(this, { low, high, from, perUnit: (to - from) / (high - low) });
  }

  at(value) {
    return this.from + (value - this.low) * this.perUnit;
  }

  back(pixel) {
    return this.low + (pixel - this.from) / this.perUnit;
  }
}

export class Sheet {
  constructor(resized) {
    this.back = element("canvas", { "aria-hidden": "true" });
    this.front = element("canvas", { class: "front", tabindex: "0", role: "application" });
    this.node = element("div", { class: "paper" }, this.back, this.front);
    this.x = new Ruler();
    this.y = new Ruler();
    this.width = 0;
    this.observer = new ResizeObserver(() => {
      this.stale = true;
      resized();
    });
    this.observer.observe(this.node);
  }

  /** @param {object} background as `Background.plain` makes it @param {number} window half the width shown */
  show(background, window, tool) {
    this.background = background;
    this.window = window;
    this.tool = tool;
    this.node.classList.toggle("flat", Boolean(tool.flat));
    this.node.classList.toggle("black", Boolean(tool.black));
    this.stale = true;
  }

  setTheme(theme) {
    this.theme = theme;
    this.stale = true;
  }

  dispose() {
    this.observer.disconnect();
  }

  middle() {
    return { x: (this.x.low + this.x.high) / 2, y: (this.y.low + this.y.high) / 2 };
  }

  /** Where a pointer is, in pixels of the sheet and in data units. */
  spot(event) {
    const box = this.front.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    return this.describe(px, py, event.pointerType === "mouse" ? 18 : 30);
  }

  spotAt({ x, y }) {
    return this.describe(this.x.at(x), this.y.at(y), 30);
  }

  /** reach: how many pixels away something can be and still be meant. */
  describe(px, py, reach) {
    const [x, y] = [this.x.back(px), this.y.back(py)];
    const slack = 1e-9;
    const within = (value, scale) => value >= scale.low - slack && value <= scale.high + slack;
    return { px, py, x, y, reach, sheet: this, inside: within(x, this.x) && within(y, this.y) };
  }

  /** The drawing as it is now; the background only where it has changed. cursor: the pen of the keys, if it is out. */
  draw(cursor) {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (!this.theme || width < 60 || height < 60) return;
    const density = window.devicePixelRatio || 1;
    if (this.stale || density !== this.density || width !== this.width || height !== this.height) {
      this.fit(width, height, density);
      this.drawBack();
      this.stale = false;
    }
    const g = this.front.getContext("2d");
    g.setTransform(density, 0, 0, density, 0, 0);
    g.clearRect(0, 0, width, height);
    g.save();
    this.clip(g);
    this.tool.draw(g, this);
    g.restore();
    if (cursor) this.drawCursor(g, cursor);
  }

  fit(width, height, density) {
    Object.assign(this, { width, height, density });
    for (const canvas of [this.back, this.front]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    const { left, right, top, bottom } = this.tool.black ? NO_MARGIN : MARGIN;
    let [across, down] = [width - left - right, height - top - bottom];
    if (!this.tool.flat) across = down = Math.min(across, down);
    this.rect = { left, top, right: left + across, bottom: top + down };
    this.x.set(...(this.tool.across || [-this.window, this.window]), left, left + across);
    const [low, high] = this.tool.flat ? [0, 1] : [-this.window, this.window];
    this.y.set(low, high, top + down, top);
  }

  clip(g) {
    const { left, top, right, bottom } = this.rect;
    g.beginPath();
    g.rect(left, top, right - left, bottom - top);
    g.clip();
  }

  drawBack() {
    const { theme, density, background, rect } = this;
    const g = this.back.getContext("2d");
    g.setTransform(density, 0, 0, density, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    if (this.tool.black) {
      g.fillRect(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
      return;
    }
    if (background.field) this.drawField(g, background.field);
    this.drawAxes(g);
    g.save();
    this.clip(g);
    for (const role of ["real", "generated"]) {
      const points = background[role] || [];
      const radius = Math.max(2.4, Math.min(5, 7.4 - 1.6 * Math.log10(Math.max(1, points.length))));
      for (const [x, y] of points) marker(g, role, this.x.at(x), this.y.at(y), radius, theme.roles[role], theme.background, 0.9);
    }
    g.restore();
    g.strokeStyle = theme.axis;
    g.lineWidth = 1;
    g.strokeRect(rect.left + 0.5, rect.top + 0.5, rect.right - rect.left - 1, rect.bottom - rect.top - 1);
  }

  drawField(g, { rows, columns, values, extent }) {
    const cells = document.createElement("canvas");
    Object.assign(cells, { width: columns, height: rows });
    const brush = cells.getContext("2d");
    const pixels = brush.createImageData(columns, rows);
    const shades = new Uint32Array(pixels.data.buffer);
    for (let row = 0; row < rows; row += 1) {
      for (let i = 0; i < columns; i += 1) shades[(rows - 1 - row) * columns + i] = this.theme.field[values[row * columns + i]];
    }
    brush.putImageData(pixels, 0, 0);
    const [left, right, bottom, top] = extent;
    g.save();
    this.clip(g);
    g.drawImage(cells, this.x.at(left), this.y.at(top), this.x.at(right) - this.x.at(left), this.y.at(bottom) - this.y.at(top));
    g.restore();
  }

  drawAxes(g) {
    const { theme, rect, x, y } = this;
    g.font = `400 12px ${theme.font}`;
    g.fillStyle = theme.muted;
    g.strokeStyle = theme.grid;
    g.lineWidth = 1;
    g.textAlign = "center";
    g.textBaseline = "alphabetic";
    g.beginPath();
    for (const tick of niceTicks(x.low, x.high, Math.max(3, (rect.right - rect.left) / 70))) {
      const at = Math.round(x.at(tick)) + 0.5;
      g.moveTo(at, rect.top);
      g.lineTo(at, rect.bottom);
      g.fillText(tickText(tick), at, rect.bottom + 17);
    }
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const tick of this.tool.flat && !this.tool.ticks ? [] : niceTicks(y.low, y.high, Math.max(3, (rect.bottom - rect.top) / 60))) {
      const at = Math.round(y.at(tick)) + 0.5;
      g.moveTo(rect.left, at);
      g.lineTo(rect.right, at);
      g.fillText(tickText(tick), rect.left - 7, at);
    }
    g.stroke();
    if (this.tool.along) g.fillText(this.tool.along, rect.right - 6, rect.bottom - 9);
    if (this.tool.height) this.nameHeight(g);
  }

  /** A density that is drawn has no scale yet: its area becomes 1 later. */
  nameHeight(g) {
    const { rect } = this;
    g.save();
    g.translate(rect.left - (this.tool.ticks ? 26 : 12), (rect.top + rect.bottom) / 2);
    g.rotate(-Math.PI / 2);
    g.textAlign = "center";
    g.fillText(this.tool.height, 0, 0);
    g.restore();
  }

  drawCursor(g, cursor) {
    const [x, y] = [this.x.at(cursor.x), this.y.at(cursor.y)];
    for (const [width, colour] of [[5, this.theme.background], [2, this.theme.text]]) {
      g.lineWidth = width;
      g.strokeStyle = colour;
      g.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        g.moveTo(x + 4 * dx, y + 4 * dy);
        g.lineTo(x + 12 * dx, y + 12 * dy);
      }
      g.stroke();
    }
  }
}
