// The kinds of layers, by the name of their class in `playground/core/views.py`.
//
// extent(plot, layer) shows the axes what it holds; draw(plot, layer, memo) paints it, with memo kept for this
// layer until its canvas changes; a free kind may paint outside the axes' rectangle.

import { drawArrows, extentOfArrows } from "./arrows.js";
import { drawBars, extentOfBars } from "./bars.js";
import { drawContour } from "./contours.js";
import { drawDigits } from "./digits.js";
import { drawHandle } from "./handles.js";
import { drawHistogram, extentOfHistogram } from "./histogram.js";
import {
  drawBand, drawCurve, drawRule, drawSeries, drawTrail,
  extentOfBand, extentOfCurve, extentOfRule, extentOfSeries, extentOfTrail,
} from "./lines.js";
import { drawMesh, extentOfMesh } from "./mesh.js";
import { drawNumerals, extentOfNumerals } from "./numerals.js";
import { drawField, drawPoints, extentOfField, extentOfPoints } from "./shapes.js";

export const KINDS = {
  Points: { extent: extentOfPoints, draw: drawPoints, free: true },
  Field: { extent: extentOfField, draw: drawField },
  Contour: { extent: extentOfField, draw: drawContour },
  Curve: { extent: extentOfCurve, draw: drawCurve },
  Bars: { extent: extentOfBars, draw: drawBars, free: true },
  Histogram: { extent: extentOfHistogram, draw: drawHistogram },
  Arrows: { extent: extentOfArrows, draw: drawArrows },
  Mesh: { extent: extentOfMesh, draw: drawMesh },
  Numerals: { extent: extentOfNumerals, draw: drawNumerals, free: true },
  Handle: { draw: drawHandle, free: true }, // a hand at the edge must not push the axes apart
  Digits: { draw: drawDigits, free: true },
  Series: { extent: extentOfSeries, draw: drawSeries },
  Trail: { extent: extentOfTrail, draw: drawTrail },
  Rule: { extent: extentOfRule, draw: drawRule },
  Band: { extent: extentOfBand, draw: drawBand },
};
