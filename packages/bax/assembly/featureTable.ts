// From hashes to rows of a finished model: five bytes a feature, twelve features and a mark in a cache line, and nothing else is looked at.
//
// A hash belongs into the line of its share of 2^32. An entry holds its row + 1 in as many low bits of a u32 as that takes, and above them
// and in a byte low bits of the hash: so many that they and the line tell hashes apart that belong into lines near each other. Only where a
// feature is so far from its own line that they might not (never in hashes of text) the keys are asked too.

import {
  FEATURE_TABLE_BUCKETS,
  FEATURE_TABLE_ENTRIES,
  FEATURE_TABLE_FARTHEST,
  FEATURE_TABLE_HEAD,
  FEATURE_TABLE_KEYS,
  FEATURE_TABLE_LINE,
  FEATURE_TABLE_ROW_BITS,
  FEATURE_TABLE_UNSURE,
} from "../src/kernels/featureTableLayout";
import { TOUCHED_TOGETHER, useWords } from "./touch";

const LINE_SHIFT: u32 = 6;
/** In a line: the bytes of the entries, and 1 where a feature that belongs here lies in a later line. */
const BYTES: u32 = 48;
const IS_FULL: u32 = 60;
const ALL_ENTRIES: u32 = (1 << FEATURE_TABLE_ENTRIES) - 1;

// Where a hash would be: its share of 2^32, in lines (Lemire 2019).
function lineOf(lines: usize, hash: u32, buckets: u32): usize {
  return lines + ((<usize>((<u64>hash * <u64>buckets) >> 32)) << LINE_SHIFT);
}

function nextLine(line: usize, lines: usize, buckets: u32): usize {
  const next = line + FEATURE_TABLE_LINE;
  return next == lines + ((<usize>buckets) << LINE_SHIFT) ? lines : next;
}

// A bit for each entry of a line that is `wanted` where `mask` is set, and whose byte is `byte`.
function matches(line: usize, mask: v128, wanted: v128, byte: v128): u32 {
  const a = i32x4.eq(v128.and(v128.load(line), mask), wanted);
  const b = i32x4.eq(v128.and(v128.load(line, 16), mask), wanted);
  const c = i32x4.eq(v128.and(v128.load(line, 32), mask), wanted);
  const words = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, c));
  return <u32>i8x16.bitmask(v128.and(words, i8x16.eq(v128.load(line, BYTES), byte))) & ALL_ENTRIES;
}

// The byte of a hash: the bits above those that stand beside the row.
function byteOf(hash: u32, bits: u32): u32 {
  return (hash >> (32 - bits)) & 255;
}

/** Puts keys[0 … size − 1] into a table whose head is set and whose lines are zero. Of equal keys the first counts. */
export function fillFeatures(table: usize, size: u32): void {
  const buckets = load<u32>(table, FEATURE_TABLE_BUCKETS);
  const bits = load<u32>(table, FEATURE_TABLE_ROW_BITS);
  const keys: usize = load<u32>(table, FEATURE_TABLE_KEYS);
  const lines = table + FEATURE_TABLE_HEAD;
  const none = i32x4.splat(0);
  // Hashes of `apart` lines in a row differ in the bits that are kept.
  const apart: u64 = (((<u64>1) << (40 - bits)) * <u64>buckets) >> 32;
  let farthest: u32 = 0;
  for (let row: u32 = 0; row < size; row++) {
    if (row % TOUCHED_TOGETHER == 0) touch(keys + (row << 2), min(size - row, TOUCHED_TOGETHER), lines, buckets);
    const hash = load<u32>(keys + (row << 2));
    let line = lineOf(lines, hash, buckets);
    let steps: u32 = 0;
    let free = freeEntries(line, none);
    for (; free == 0; steps++) {
      store<u8>(line, 1, IS_FULL);
      line = nextLine(line, lines, buckets);
      free = freeEntries(line, none);
    }
    farthest = max(farthest, steps);
    const entry = ctz(free);
    store<u32>(line + (entry << 2), (hash << bits) | (row + 1));
    store<u8>(line + entry, <u8>byteOf(hash, bits), BYTES);
  }
  store<u32>(table, farthest, FEATURE_TABLE_FARTHEST);
  store<u32>(table, <u64>farthest + 2 > apart ? 1 : 0, FEATURE_TABLE_UNSURE);
}

function freeEntries(line: usize, none: v128): u32 {
  const a = i32x4.eq(v128.load(line), none);
  const b = i32x4.eq(v128.load(line, 16), none);
  const c = i32x4.eq(v128.load(line, 32), none);
  return <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, c))) & ALL_ENTRIES;
}

// Row + 1 of a hash, 0 for none, entry by entry.
function search(table: usize, hash: u32): u32 {
  const buckets = load<u32>(table, FEATURE_TABLE_BUCKETS);
  const rowMask: u32 = (1 << load<u32>(table, FEATURE_TABLE_ROW_BITS)) - 1;
  const keys: usize = load<u32>(table, FEATURE_TABLE_KEYS);
  const lines = table + FEATURE_TABLE_HEAD;
  let line = lineOf(lines, hash, buckets);
  while (true) {
    for (let at = line; at < line + BYTES; at += 4) {
      const row = load<u32>(at) & rowMask;
      if (row != 0 && load<u32>(keys + ((row - 1) << 2)) == hash) return row;
    }
    if (load<u8>(line, IS_FULL) == 0) return 0;
    line = nextLine(line, lines, buckets);
  }
}

// Reads the lines of all hashes but the last three.
function touch(hashes: usize, count: u32, lines: usize, buckets: u32): void {
  const factors = i32x4.splat(buckets);
  const first = i32x4.splat(<i32>lines);
  let touched: u32 = 0;
  for (let i: u32 = 0; i + 4 <= count; i += 4) {
    const four = v128.load(hashes + (i << 2));
    const low = i64x2.extmul_low_i32x4_u(four, factors);
    const high = i64x2.extmul_high_i32x4_u(four, factors);
    const places = i32x4.add(first, i32x4.shl(v128.shuffle<i32>(low, high, 1, 3, 5, 7), LINE_SHIFT));
    touched ^=
      load<u32>(i32x4.extract_lane(places, 0)) ^
      load<u32>(i32x4.extract_lane(places, 1)) ^
      load<u32>(i32x4.extract_lane(places, 2)) ^
      load<u32>(i32x4.extract_lane(places, 3));
  }
  useWords(touched);
}

/**
 * Looks up `count` hashes; the rows of those that are known are written to `ids` (room for `count`) and their counts (u8) to `kept`, in
 * order, and `places`, if not 0, receives for each hash its index there or 0xffffffff. Returns how many are known.
 */
export function findFeatures(
  hashes: usize,
  counts: usize,
  count: u32,
  table: usize,
  ids: usize,
  kept: usize,
  places: usize,
): u32 {
  if (count == 0) return 0;
  const buckets = load<u32>(table, FEATURE_TABLE_BUCKETS);
  const bits = load<u32>(table, FEATURE_TABLE_ROW_BITS);
  const isUnsure = load<u32>(table, FEATURE_TABLE_UNSURE);
  const farthest = load<u32>(table, FEATURE_TABLE_FARTHEST);
  const lines = table + FEATURE_TABLE_HEAD;
  touch(hashes, count, lines, buckets);
  const rowMask: u32 = (1 << bits) - 1;
  const mask = i32x4.splat(~rowMask);
  let known: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (i << 2));
    let line = lineOf(lines, hash, buckets);
    const wanted = i32x4.splat(hash << bits);
    const byte = i8x16.splat(<u8>byteOf(hash, bits));
    let found = matches(line, mask, wanted, byte);
    // No farther than any feature is from its line: what lies there might be taken for another.
    for (let left = farthest; found == 0 && left > 0 && load<u8>(line, IS_FULL) != 0; left--) {
      line = nextLine(line, lines, buckets);
      found = matches(line, mask, wanted, byte);
    }
    // An empty entry may fit; its row + 1 is 0 too. It stands behind the others.
    let row = found ? load<u32>(line + (ctz(found) << 2)) & rowMask : 0;
    if (isUnsure) row = search(table, hash);
    const isKnown = <u32>(row != 0);
    store<u32>(ids + (known << 2), row - 1);
    store<u8>(kept + known, load<u8>(counts + i));
    if (places) store<u32>(places + (i << 2), isKnown ? known : 0xffffffff);
    known += isKnown;
  }
  return known;
}
