// The colour grammar: who a thing belongs to gives its colour, and nothing else does.

const ROLE_COLOURS = {
  light: {
    real: "#0072B2", generated: "#D55E00", discriminator: "#8E4A97",
    encoder: "#009E73", theory: "#6B7280", noise: "#6B7280",
  },
  dark: {
    real: "#56B4E9", generated: "#FF9455", discriminator: "#C9A0DC",
    encoder: "#4CC9A0", theory: "#9CA3AF", noise: "#9CA3AF",
  },
};
const FIELD_COLOURS = { light: ["#F3C6AC", "#F5F3EF", "#B9D7EC"], dark: ["#5A2F17", "#1E2127", "#143A57"] };
const NUMERAL_ENDS = { light: ["#0B1638", "#CC9000"], dark: ["#2F6BE0", "#FFF6C0"] };
const NUMERAL_SHARE = 0.62; // of an end, the rest is the role's own colour
const NUMERAL_RANKS = [2, 6, 4, 8, 5, 3, 7, 1, 0, 9]; // digits that look alike (4 9 7, 3 5 8, 1 7) are far apart
const BAND_ALPHA = { light: 0.15, dark: 0.2 };
let colourProbe = null;

/** [r, g, b] of any CSS colour: the browser itself parses it. */
function rgbOf(colour) {
  colourProbe ??= document.createElement("canvas").getContext("2d");
  colourProbe.fillStyle = "#888888";
  colourProbe.fillStyle = colour;
  const text = colourProbe.fillStyle;
  if (text[0] === "#") return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  return (text.match(/[\d.]+/g) || [136, 136, 136]).slice(0, 3).map(Number);
}

const hexOf = (rgb) => "#" + rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");

/** `share` of colour `a`, the rest of colour `b`. */
function blend(a, b, share) {
  const other = rgbOf(b);
  return hexOf(rgbOf(a).map((part, i) => part * share + other[i] * (1 - share)));
}

/** Relative luminance, 0 black to 1 white. */
function luminance(colour) {
  const [r, g, b] = rgbOf(colour).map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** 256 pixels from "looks generated" over undecided to "looks real", as little-endian RGBA words. */
function fieldPalette(stops) {
  const [low, mid, high] = stops.map(rgbOf);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const t = (i / 255) * 2;
    const [from, to, share] = t <= 1 ? [low, mid, t] : [mid, high, t - 1];
    const [r, g, b] = from.map((part, k) => Math.round(part + (to[k] - part) * share));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

const ramps = new Map();

/** D's beliefs have two ends; the amount of anything else runs from nothing to a pale colour of its role. */
function fieldOf(stops, role, colour) {
  const key = role + colour;
  if (!ramps.has(key)) {
    const [, mid] = stops;
    const [half, full] = [0.3, 0.6].map((share) => blend(colour, mid, share));
    ramps.set(key, fieldPalette(role === "discriminator" ? stops : [mid, half, full]));
  }
  return ramps.get(key);
}

/** Ten colours around that of a role, by digit: from dark and blue to light and yellow, which every eye tells apart. */
function numeralPalette(colour, [dark, light]) {
  const [first, last] = [blend(dark, colour, NUMERAL_SHARE), blend(light, colour, NUMERAL_SHARE)];
  return NUMERAL_RANKS.map((rank) => blend(last, first, rank / 9));
}

const themes = new Map();

/** Everything the drawing needs to know of Streamlit's theme, read from its CSS variables. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const background = read("--st-background-color", "#ffffff");
  const text = read("--st-text-color", "#31333f");
  const font = read("--st-font", "system-ui, sans-serif");
  const accent = read("--st-primary-color", "#0072B2");
  const key = [background, text, font, accent].join("|");
  if (!themes.has(key)) themes.set(key, buildTheme({ background, text, font, accent, key }));
  return themes.get(key);
}

function buildTheme({ background, text, font, accent, key }) {
  const name = luminance(background) < 0.3 ? "dark" : "light";
  return {
    key, name, font, text, background,
    roles: ROLE_COLOURS[name],
    band: BAND_ALPHA[name],
    fieldStops: FIELD_COLOURS[name],
    field: fieldPalette(FIELD_COLOURS[name]),
    fieldOf: (role) => fieldOf(FIELD_COLOURS[name], role, ROLE_COLOURS[name][role]),
    numerals: (role) => numeralPalette(ROLE_COLOURS[name][role], NUMERAL_ENDS[name]),
    muted: blend(text, background, 0.72),
    axis: blend(text, background, 0.32),
    grid: blend(text, background, 0.1),
    onAccent: luminance(accent) > 0.36 ? "#14161a" : "#ffffff",
  };
}

/** Hand the role colours to the style sheet, so that HTML and canvas agree. */
export function paintVariables(element, theme) {
  for (const [role, colour] of Object.entries(theme.roles)) element.style.setProperty("--role-" + role, colour);
  for (const name of ["muted", "axis", "grid"]) element.style.setProperty("--" + name, theme[name]);
  element.style.setProperty("--on-accent", theme.onAccent);
  const [low, mid, high] = theme.fieldStops;
  element.style.setProperty("--field", `linear-gradient(90deg, ${low}, ${mid}, ${high})`);
}
