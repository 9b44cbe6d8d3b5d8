// The shapes of points: circles are real, diamonds are generated.

const round = (value) => Math.round(value * 1000) / 1000;

/** A pair of numbers as it is handed in: three decimals are finer than any screen. */
export const roundedPair = ([x, y]) => [round(x), round(y)];

export const roundedAll = (values) => values.map(round);

/** One point with a thin outline. hollow: only the outline, in the colour of the point. */
export function marker(g, role, x, y, radius, colour, outline, opacity = 1, hollow = false) {
  g.globalAlpha = opacity;
  g.beginPath();
  if (role === "generated") {
    const reach = radius * 1.28; // as much ink as a circle
    g.moveTo(x, y - reach);
    g.lineTo(x + reach, y);
    g.lineTo(x, y + reach);
    g.lineTo(x - reach, y);
    g.closePath();
  } else g.arc(x, y, radius, 0, 7);
  g.lineWidth = hollow ? 1.4 : 1;
  g.fillStyle = colour;
  g.strokeStyle = hollow ? colour : outline;
  if (!hollow) g.fill();
  g.stroke();
  g.globalAlpha = 1;
}
