// The binary frame, as `playground/runtime/frames.py` writes it.

const FRAME_MAGIC = 0x31465047; // "GPF1", little-endian
const headerText = new TextDecoder();

/**
 * @typedef {{data: Float32Array | Uint8Array, shape: number[], unit: number}} FrameArray
 *   `unit` turns a stored number into the value it stands for: u1 holds [0, 1] as 0..255.
 * @typedef {{header: object, arrays: Object<string, FrameArray>}} Frame
 */

/**
 * The header and the arrays of a frame. The arrays are views of the buffer: nothing is copied.
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function decodeFrame(buffer) {
  const bytes = new DataView(buffer);
  if (buffer.byteLength < 8 || bytes.getUint32(0, true) !== FRAME_MAGIC) {
    throw new Error("this is not a frame: it does not begin with GPF1");
  }
  const length = bytes.getUint32(4, true);
  const { arrays: table, ...header } = JSON.parse(headerText.decode(new Uint8Array(buffer, 8, length)));
  const arrays = {};
  for (const [name, [dtype, shape, offset]] of Object.entries(table)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const Kind = dtype === "u1" ? Uint8Array : Float32Array;
    arrays[name] = { data: new Kind(buffer, 8 + length + offset, size), shape, unit: dtype === "u1" ? 1 / 255 : 1 };
  }
  return { header, arrays };
}

/** The bytes behind a base64 string: frames inside JSON travel so. */
export function bytesOfBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

/** The numbers of an array, or null when the frame does not hold it (or holds nothing in it). */
export function numbersOf(frame, name) {
  const array = frame.arrays[name];
  return array && array.data.length ? array.data : null;
}

/** A constant stands for itself, a name for the scalar of this frame; NaN when there is none. */
export function scalarOf(frame, at) {
  if (typeof at === "number") return at;
  const value = frame.header.scalars ? frame.header.scalars[at] : undefined;
  return typeof value === "number" ? value : NaN;
}

/** Where a field lies, [x from, x to, y from, y to]: constants or scalars of this frame. */
export const extentOf = (frame, layer) => layer.extent.map((edge) => scalarOf(frame, edge));

/** The labels of the layers that slow motion is about now; null when it is about none in particular. */
export function pointedAt({ slow, phase }) {
  return slow && phase && phase.layers && phase.layers.length ? phase.layers : null;
}

/**
 * A scalar over the run. The history is thinned, so the value of this very frame is added at its end.
 * @returns {{steps: ArrayLike<number>, values: ArrayLike<number>, n: number, now: number, value: number}}
 */
export function historyOf(frame, name) {
  const steps = numbersOf(frame, "history/step") || [];
  const values = numbersOf(frame, "history/" + name) || [];
  const n = Math.min(steps.length, values.length);
  const newest = n ? steps[n - 1] : -Infinity;
  const value = scalarOf(frame, name);
  const now = frame.header.step;
  if (now > newest && Number.isFinite(value)) return { steps, values, n, now, value };
  return { steps, values, n, now: newest, value: n ? values[n - 1] : NaN };
}

/** Whether two arrays hold the same numbers, or both none in the same places. */
export function sameNumbers(a, b) {
  if (!a || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i] && (a[i] === a[i] || b[i] === b[i])) return false;
  return true;
}
