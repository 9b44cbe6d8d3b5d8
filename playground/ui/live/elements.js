// Small helpers for HTML and SVG. Text enters as text nodes only.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`on…` functions) and children (elements or text). */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Change a node's text only where it differs: an unchanged page costs no layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** A drawing of 24 by 24 units: strokes in the colour of the text, `fill` for solid parts. */
function drawing(stroke, fill = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [d, solid] of [[stroke, false], [fill, true]]) {
    if (!d) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("class", solid ? "solid" : "stroke");
    svg.append(path);
  }
  return svg;
}

const ICONS = {
  play: ["", "M8 5.2v13.6L19 12z"],
  pause: ["", "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"],
  step: ["M17.5 6v12", "M6 6v12l8.5-6z"],
  d: ["M7 5v14h4a7 7 0 0 0 0-14z", ""],
  g: ["M18 8a7 7 0 1 0 .6 5.4H13", ""],
  slow: ["M12 7.5V12l3 2M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16", ""],
  reset: ["M5 6v4.5h4.5M5.6 10A7.2 7.2 0 1 1 5 13.6", ""],
  enlarge: ["M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6", ""],
  shrink: ["M18 10h-4V6M6 14h4v4M20 4l-6 6M4 20l6-6", ""],
  flag: ["M6 21V4M6 4.5h11.5l-2.8 4.2 2.8 4.3H6", ""],
  larger: ["M3 19l6-14 6 14M5.2 14h7.6M18 19V9M15.2 11.6L18 8.8l2.8 2.8", ""],
  warn: ["M12 4.5L21 19.5H3zM12 10v4.4M12 16.8v.3", ""],
  good: ["M4.5 12.5l5 5L19.5 7", ""],
  calm: ["M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 11v5M12 7.8v.3", ""],
};

export function icon(name) {
  return drawing(...ICONS[name]);
}

/** Calls `write` with the newest text, at most once in `gap` milliseconds. */
export class Paced {
  constructor(gap, write) {
    this.gap = gap;
    this.write = write;
    this.last = -Infinity;
    this.timer = 0;
  }

  say(value) {
    this.value = value;
    const wait = this.last + this.gap - performance.now();
    if (wait <= 0) this.flush();
    else if (!this.timer) this.timer = setTimeout(() => this.flush(), wait);
  }

  flush() {
    this.stop();
    this.last = performance.now();
    this.write(this.value);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
  }
}
