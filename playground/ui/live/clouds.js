// Many points in little room: their marks are put together pixel by pixel, and the whole is drawn at once.

const ROOMY = 500; // pixels for each point: with more, stamping them one after another is quicker

/** Whether so many points are a cloud in this picture. Where marks shine through each other, each is stamped. */
export function isCloud({ rect, density, g }, count) {
  const area = (rect.right - rect.left) * (rect.bottom - rect.top) * density ** 2;
  return g.globalAlpha === 1 && area < ROOMY * count;
}

/** The sheet on which one layer's marks are put together: the axes' rectangle, and a mark's breadth around it. */
export class Cloud {
  /** @param {import("./markers.js").Marker} marker */
  constructor({ rect, density }, marker) {
    const pad = marker.middle + Math.ceil(3 * density);
    this.marker = marker;
    this.left = Math.floor(rect.left * density) - pad;
    this.top = Math.floor(rect.top * density) - pad;
    this.canvas = document.createElement("canvas");
    this.width = this.canvas.width = Math.ceil(rect.right * density) + pad - this.left;
    this.height = this.canvas.height = Math.ceil(rect.bottom * density) + pad - this.top;
    this.g = this.canvas.getContext("2d", { willReadFrequently: true });
    this.pixels = this.g.createImageData(this.width, this.height);
    this.words = new Int32Array(this.pixels.data.buffer);
    this.marks = []; // by phase: which words a mark covers, counted from its corner, and with what, alpha multiplied in
  }

  clear() {
    this.words.fill(0);
  }

  /** As `Marker.stamp` does it. The point lies within the rectangle, or no further than two pixels from it. */
  put(px, py) {
    const { words, marker } = this;
    const [across, down] = [marker.fine(px), marker.fine(py)];
    const { offsets, colours } = (this.marks[marker.phase(across, down)] ??= this.traced(marker.phase(across, down)));
    const first = (marker.start(down) - this.top) * this.width + marker.start(across) - this.left;
    for (let i = 0; i < offsets.length; i += 1) {
      const at = first + offsets[i];
      const below = words[at];
      words[at] = below === 0 ? colours[i] : over(colours[i], below);
    }
  }

  traced(phase) {
    const { data, width } = this.marker.pixels(phase);
    const words = new Int32Array(data.buffer);
    const covered = Array.from(words.keys()).filter((i) => words[i] >>> 24);
    return {
      offsets: Int32Array.from(covered, (i) => Math.floor(i / width) * this.width + (i % width)),
      colours: Int32Array.from(covered, (i) => scaled(words[i], (words[i] >>> 24) / 255)),
    };
  }

  /** @param {CanvasRenderingContext2D} g whose units are the pixels of its canvas */
  draw(g) {
    const { words } = this;
    for (let i = 0; i < words.length; i += 1) {
      const alpha = words[i] >>> 24;
      if (alpha && alpha < 255) words[i] = scaled(words[i], 255 / alpha);
    }
    this.g.putImageData(this.pixels, 0, 0);
    g.drawImage(this.canvas, this.left, this.top);
  }
}

/** The three colours of a pixel times `factor`; its alpha, in the highest byte, stays. */
function scaled(word, factor) {
  const part = (shift) => Math.min(255, Math.round(((word >>> shift) & 255) * factor)) << shift;
  return (word & 0xff000000) | part(16) | part(8) | part(0);
}

/**
 * One pixel over another, alpha multiplied in: above + (1 - alpha) below, two bytes of `below` in one product.
 * 256 - alpha in 256ths stands for 1 - alpha: then no byte gets above 255.
 */
function over(above, below) {
  const rest = 256 - (above >>> 24);
  const odd = (Math.imul(below & 0xff00ff, rest) >>> 8) & 0xff00ff;
  const even = Math.imul((below >>> 8) & 0xff00ff, rest) & 0xff00ff00;
  return (above + (odd | even)) | 0;
}
