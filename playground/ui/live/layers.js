// The kinds of layers, by the name of their class in `playground/core/views.py`.
//
// extent(plot, layer) shows the axes what it holds; draw(plot, layer, memo) paints it, with memo kept for this
// layer until its canvas changes; a free kind may paint outside the axes' rectangle.

import { drawBars, extentOfBars } from "./bars.js";
import { drawDigits, drawMesh, extentOfMesh } from "./grids.js";
import {
  drawBand, drawCurve, drawRule, drawSeries, drawTrail,
  extentOfBand, extentOfCurve, extentOfRule, extentOfSeries, extentOfTrail,
} from "./lines.js";
import { drawArrows, drawField, drawPoints, extentOfArrows, extentOfField, extentOfPoints } from "./shapes.js";

export const KINDS = {
  Points: { extent: extentOfPoints, draw: drawPoints, free: true },
  Field: { extent: extentOfField, draw: drawField },
  Curve: { extent: extentOfCurve, draw: drawCurve },
  Bars: { extent: extentOfBars, draw: drawBars, free: true },
  Arrows: { extent: extentOfArrows, draw: drawArrows },
  Mesh: { extent: extentOfMesh, draw: drawMesh },
  Digits: { draw: drawDigits, free: true },
  Series: { extent: extentOfSeries, draw: drawSeries },
  Trail: { extent: extentOfTrail, draw: drawTrail },
  Rule: { extent: extentOfRule, draw: drawRule },
  Band: { extent: extentOfBand, draw: drawBand },
};
