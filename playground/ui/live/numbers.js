// Numbers as a learner reads them: few digits, thin spaces, a true minus sign.

const THIN = "\u2009";
const MINUS = "\u2212";

/** 1240 -> "1 240", with thin spaces. */
export function thousands(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** A value with about three significant digits: .302, 1.39, 24.6, 1 240. */
export function brief(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : MINUS + "∞";
  const size = Math.abs(value);
  let text;
  if (size >= 1e6) text = size.toExponential(1).replace("e+", "e");
  else if (size >= 100) text = thousands(size);
  else if (size >= 0.0005 || size === 0) text = size.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3).replace(/^0\./, ".");
  else text = size.toExponential(0).replace("e-", "e" + MINUS);
  return value < 0 && size >= 1e-12 ? MINUS + text : text;
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that cuts `span` into at most `count` parts. */
export function niceStep(span, count) {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= rough * 0.9999) return factor * power;
  return 10 * power;
}

/** Round numbers between low and high. On a log axis: powers of ten, thinned to about `count`. */
export function niceTicks(low, high, count, log = false) {
  if (!(high > low) || !Number.isFinite(high - low)) return [];
  const ticks = [];
  if (log) {
    const from = Math.ceil(Math.log10(low) - 1e-9);
    const to = Math.floor(Math.log10(high) + 1e-9);
    const every = Math.max(1, Math.ceil((to - from + 1) / count));
    for (let power = from; power <= to; power += every) ticks.push(10 ** power);
    return ticks;
  }
  const step = niceStep(high - low, count);
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-6; i += 1) ticks.push(i * step);
  return ticks;
}

/** A tick's text: no useless zeros, k and M above a thousand. */
export function tickText(value) {
  const size = Math.abs(value);
  if (size < 1e-12) return "0";
  const sign = value < 0 ? MINUS : "";
  if (size >= 1e9 || size < 1e-3) return sign + size.toExponential(0).replace("e+", "e").replace("e-", "e" + MINUS);
  if (size >= 1e6) return sign + Number((size / 1e6).toPrecision(4)) + "M";
  if (size >= 1e3) return sign + Number((size / 1e3).toPrecision(4)) + "k";
  return sign + String(Number(size.toPrecision(6))).replace(/^0\./, ".");
}
