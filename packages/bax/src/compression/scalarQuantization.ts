import type { Heap } from "../kernels/index.ts";
import type { CompressedRows } from "../model/index.ts";
import type { DenseRows } from "./productQuantization.ts";

const LARGEST_BYTE = 127;
/** Largest number that a half float holds. */
const LARGEST_HALF = 65504;

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The half float (IEEE 754 binary16) nearest to a number, ties to even; numbers beyond ±65504 become that. */
export function toHalf(value: number): number {
  floats[0] = Math.max(-LARGEST_HALF, Math.min(LARGEST_HALF, value));
  const sign = (bits[0] >>> 16) & 0x8000;
  const exponent = ((bits[0] >>> 23) & 0xff) - 112;
  const mantissa = (bits[0] & 0x7fffff) | 0x800000;
  // Subnormal: the implied bit becomes visible, and the mantissa moves right.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  if (shift > 24) return sign;
  const whole = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const rounded = whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0);
  // For normal numbers the implied bit adds 1 to the exponent field: take it away beforehand.
  return sign | (exponent > 0 ? rounded + ((exponent - 1) << 10) : rounded);
}

/** Rows as half floats: a relative error below 2^-11. */
export function halveRows(heap: Heap, { at, count, width }: DenseRows): CompressedRows {
  const halves = heap.allocate(count * width * 2);
  const values = heap.f32At(at, count * width);
  const out = new Uint16Array(heap.memory.buffer, halves, count * width);
  for (let i = 0; i < values.length; i++) out[i] = toHalf(values[i]);
  return { kind: "f16", halves };
}

/** Rows as signed bytes, each row with one scale: an error of at most 1/254 of the row's largest number. */
export function byteRows(heap: Heap, { at, count, width }: DenseRows): CompressedRows {
  const bytes = heap.allocate(count * width);
  const scales = heap.allocate(count * 4);
  const values = heap.f32At(at, count * width);
  const out = new Int8Array(heap.memory.buffer, bytes, count * width);
  const own = heap.f32At(scales, count);
  for (let row = 0; row < count; row++) {
    let most = 0;
    for (let i = row * width; i < (row + 1) * width; i++) most = Math.max(most, Math.abs(values[i]));
    own[row] = most / LARGEST_BYTE;
    if (own[row] === 0) {
      out.fill(0, row * width, (row + 1) * width);
      continue;
    }
    for (let i = row * width; i < (row + 1) * width; i++) {
      // A scale so small that it is rounded would let a byte run over, and change its sign.
      out[i] = Math.max(-LARGEST_BYTE, Math.min(LARGEST_BYTE, Math.round(values[i] / own[row])));
    }
  }
  return { kind: "int8", bytes, scales };
}
