// Samples on the line: as points, but only where they are from left to right counts, and a thin line says where.

import { marker, roundedAll } from "./markers.js";
import { Spray } from "./spray.js";

const MIDDLE = 0.5; // the height at which given ones are put on the sheet

export class Rug extends Spray {
  hint = "Press for a sample, drag for several. Only the place from left to right counts.";
  noun = "samples";
  flat = true;

  load(value) {
    this.points = value.slice(0, this.most).map((x) => [x, MIDDLE]);
  }

  value() {
    return roundedAll(this.points.map(([x]) => x));
  }

  draw(g, sheet) {
    const { theme, x, y } = sheet;
    g.strokeStyle = theme.roles.real;
    g.lineWidth = 1.2;
    g.globalAlpha = 0.5;
    g.beginPath();
    for (const [across, up] of this.points) {
      g.moveTo(x.at(across), y.at(0));
      g.lineTo(x.at(across), y.at(up));
    }
    g.stroke();
    g.globalAlpha = 1;
    for (const [across, up] of this.points) marker(g, "real", x.at(across), y.at(up), 3.8, theme.roles.real, theme.background);
  }
}
