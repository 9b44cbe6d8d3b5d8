// Points drawn as the digit that each stands for.

import { numbersOf } from "./frame.js";
import { radiusFor, seePairs } from "./shapes.js";

const SMALLEST_NUMERAL = 10; // pixels: below it, 3, 5, 6 and 8 look alike
const LARGEST_NUMERAL = 18;
const IN_A_STILL = 7;

export function extentOfNumerals(plot, layer) {
  seePairs(plot, numbersOf(plot.frame, layer.at));
}

/** One numeral drawn once, set off from what lies below it by a soft edge in the background's colour. */
function numeralSprite(plot, digit, size, colour) {
  const side = Math.ceil((size * 1.2 + 4) * plot.density);
  const sprite = document.createElement("canvas");
  sprite.width = side;
  sprite.height = side;
  const g = sprite.getContext("2d");
  g.translate(side / 2, side / 2);
  g.scale(plot.density, plot.density);
  g.font = `600 ${size}px ${plot.theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "alphabetic";
  g.lineJoin = "round";
  g.lineWidth = plot.still ? 1 : 2;
  g.strokeStyle = plot.theme.background;
  g.strokeText(digit, 0, size * 0.36);
  g.fillStyle = colour;
  g.fillText(digit, 0, size * 0.36);
  return sprite;
}

export function drawNumerals(plot, layer, memo) {
  const at = numbersOf(plot.frame, layer.at);
  const digits = numbersOf(plot.frame, layer.digits);
  if (!at || !digits) return;
  const wanted = 3 * radiusFor(plot, at.length / 2);
  const size = plot.still ? IN_A_STILL : Math.min(LARGEST_NUMERAL, Math.max(SMALLEST_NUMERAL, wanted)) * plot.zoom;
  if (!memo.sprites || memo.size !== size) {
    const colours = plot.theme.numerals(layer.role);
    Object.assign(memo, { size, sprites: colours.map((colour, digit) => numeralSprite(plot, digit, size, colour)) });
  }
  const { g, rect } = plot;
  const side = memo.sprites[0].width / plot.density;
  for (let i = 0; i < digits.length && 2 * i + 1 < at.length; i += 1) {
    const [px, py] = [plot.x.at(at[2 * i]), plot.y.at(at[2 * i + 1])];
    const sprite = memo.sprites[digits[i]];
    // written so that NaN is left out as well
    if (!sprite || !(px >= rect.left - 2 && px <= rect.right + 2 && py >= rect.top - 2 && py <= rect.bottom + 2)) continue;
    g.drawImage(sprite, px - side / 2, py - side / 2, side, side);
  }
}
