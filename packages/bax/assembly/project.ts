// Where labels are few, s = B (A x) is cheaper as (B A) x: a row of B A has as many numbers as there are labels, where a row of A has as
// many as there are dimensions. A row is projected when it is first needed. Several threads may share the rows: one that sees a row's bit
// sees the row, since the bit is set after it, and two that make the same row at once write the same bits.

import {
  GROUP_BYTES,
  PROJECTION_DONE,
  PROJECTION_GROUP_COUNT,
  PROJECTION_GROUPS,
  PROJECTION_OUTPUT,
  PROJECTION_ROWS,
  PROJECTION_WIDTH,
} from "../src/kernels/layout";
import { setBit } from "./bits";

/** Projects those rows of `count` ids that are not yet: (B a_p)_c = Σ_i B_ci A_pi, four sums over every fourth i, then those. */
export function project(projection: usize, ids: usize, count: u32): void {
  const done = load<u32>(projection + PROJECTION_DONE);
  for (let at = ids; at < ids + (count << 2); at += 4) {
    const id = load<u32>(at);
    const byte = done + (id >> 3);
    const bit: u8 = 1 << (<u8>id & 7);
    if (atomic.load<u8>(byte) & bit) continue;
    projectRow(projection, id, 0);
    atomic.or<u8>(byte, bit);
  }
}

/** Projects rows [first, first + count) of A, which has one group of columns and of which these lie at `rows` for the moment. */
export function projectRange(projection: usize, rows: usize, first: u32, count: u32): void {
  const done = load<u32>(projection + PROJECTION_DONE);
  const rowBytes = load<u32>(load<u32>(projection + PROJECTION_GROUPS), 4) << 2;
  for (let id = first; id < first + count; id++) {
    setBit(done, id);
    projectRow(projection, id, rows + (id - first) * rowBytes);
  }
}

// `given`: where the row lies, or 0 for its place in A.
function projectRow(projection: usize, id: u32, given: usize): void {
  const rowBytes = load<u32>(projection + PROJECTION_WIDTH) << 2;
  const out = load<u32>(projection + PROJECTION_ROWS) + id * rowBytes;
  const groups = load<u32>(projection + PROJECTION_GROUPS);
  const end = groups + load<u32>(projection + PROJECTION_GROUP_COUNT) * GROUP_BYTES;
  for (let label: u32 = 0; label < rowBytes; label += 16) {
    let b = load<u32>(projection + PROJECTION_OUTPUT) + label;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let group = groups; group < end; group += GROUP_BYTES) {
      const width = load<u32>(group, 4);
      const row = given ? given : load<u32>(group) + id * (width << 2);
      for (let i: u32 = 0; i < width << 2; i += 16) {
        s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(row + i), v128.load(b)));
        b += rowBytes;
        s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(row + i, 4), v128.load(b)));
        b += rowBytes;
        s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(row + i, 8), v128.load(b)));
        b += rowBytes;
        s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(row + i, 12), v128.load(b)));
        b += rowBytes;
      }
    }
    v128.store(out + label, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  }
}
