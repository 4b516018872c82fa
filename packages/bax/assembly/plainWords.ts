// Hashes of the words of text that is cut at separators only and is ASCII: what `asciiWordHashes` (features.ts) gives, but four words at a
// time and, but for long words, without a guess for the processor at the end of each.

import { BASIS, NOT_ASCII, PRIME } from "./features";
import { finalizeFour } from "./hash";

/** Bytes of each word that are hashed in a row. */
const STRIDE: u32 = 8;
/** u32 beyond one a byte that there must be room for. */
export const PLAIN_MARGIN: u32 = 16;

/**
 * Hashes of the words of [source, end), in order, to `hashes`, which has room for a u32 a byte and PLAIN_MARGIN more. Returns how many there
 * are, or `NOT_ASCII` where a byte is not; then nothing is changed but scratch.
 */
export function plainWordHashes(source: usize, end: usize, lowercase: u32, hashes: usize): u32 {
  const count = listWords(source, end, hashes);
  if (count == NOT_ASCII) return NOT_ASCII;
  // A hash takes the place of what was read before it.
  for (let at: u32 = 0; at < count << 2; at += 16) hashFour(hashes + (at << 1), end, lowercase, hashes + at);
  return count;
}

// Where words begin and end, two u32 each, and after them four words of no bytes.
function listWords(source: usize, end: usize, list: usize): u32 {
  let at = list;
  let inWord: u64 = 0;
  for (let from = source; from < end; from += 64) {
    let valid: u64 = end - from < 64 ? ((<u64>1) << (end - from)) - 1 : -1;
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    if (bitsOf(a, b, c, d) & valid) return NOT_ASCII;
    const word = ~bitsOf(separators(a), separators(b), separators(c), separators(d)) & valid;
    let edges = (word ^ ((word << 1) | inWord)) & (valid | ((valid << 1) | 1));
    inWord = word >> 63;
    for (; edges; edges &= edges - 1, at += 4) store<u32>(at, <u32>(from + <usize>ctz(edges)));
  }
  if (inWord) {
    store<u32>(at, <u32>end);
    at += 4;
  }
  v128.store(at, i32x4.splat(0));
  v128.store(at, i32x4.splat(0), 16);
  return <u32>(at - list) >> 3;
}

function bitsOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

// 9 … 13, and 32, and 0.
function separators(bytes: v128): v128 {
  const control = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(5));
  return v128.or(control, v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(0))));
}

// FNV-1a of four words, mixed. `end`: where the text ends, since beside a long word a short one is read on.
function hashFour(words: usize, end: usize, lowercase: u32, out: usize): void {
  const first = v128.load(words);
  const second = v128.load(words, 16);
  const begins = v128.shuffle<i32>(first, second, 0, 2, 4, 6);
  const lengths = i32x4.sub(v128.shuffle<i32>(first, second, 1, 3, 5, 7), begins);
  let a: usize = i32x4.extract_lane(begins, 0);
  let b: usize = i32x4.extract_lane(begins, 1);
  let c: usize = i32x4.extract_lane(begins, 2);
  let d: usize = i32x4.extract_lane(begins, 3);
  let hashes = i32x4.splat(BASIS);
  for (let from: u32 = 0; v128.any_true(i32x4.gt_s(lengths, i32x4.splat(from))); from += STRIDE) {
    const ab = v128.load64_lane(b, v128.load64_zero(a), 1);
    const cd = v128.load64_lane(d, v128.load64_zero(c), 1);
    let low = v128.shuffle<i32>(ab, cd, 0, 2, 4, 6);
    let high = v128.shuffle<i32>(ab, cd, 1, 3, 5, 7);
    if (lowercase) {
      low = lowered(low);
      high = lowered(high);
    }
    const left = i32x4.sub(lengths, i32x4.splat(from));
    hashes = step(hashes, low, left, 0);
    hashes = step(hashes, i32x4.shr_u(low, 8), left, 1);
    hashes = step(hashes, i32x4.shr_u(low, 16), left, 2);
    hashes = step(hashes, i32x4.shr_u(low, 24), left, 3);
    hashes = step(hashes, high, left, 4);
    hashes = step(hashes, i32x4.shr_u(high, 8), left, 5);
    hashes = step(hashes, i32x4.shr_u(high, 16), left, 6);
    hashes = step(hashes, i32x4.shr_u(high, 24), left, 7);
    a = min(a + STRIDE, end);
    b = min(b + STRIDE, end);
    c = min(c + STRIDE, end);
    d = min(d + STRIDE, end);
  }
  v128.store(out, finalizeFour(hashes));
}

function lowered(bytes: v128): v128 {
  const isUpper = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(65)), i8x16.splat(26));
  return v128.or(bytes, v128.and(isUpper, i8x16.splat(32)));
}

// One byte more, the lowest of each of four, of the words that have more than `index`.
function step(hashes: v128, bytes: v128, left: v128, index: u32): v128 {
  const byte = v128.and(bytes, i32x4.splat(255));
  const next = i32x4.mul(v128.xor(hashes, byte), i32x4.splat(PRIME));
  return v128.bitselect(next, hashes, i32x4.gt_s(left, i32x4.splat(index)));
}
