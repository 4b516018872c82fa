// Where a line's words are, and where what is known of them would be kept: found for the whole line first, so that what lies far away is
// under way before it is needed.

import {
  GATHERER_CACHE,
  GATHERER_CACHE_MASK,
  GATHERER_SLOT_BYTES,
  GATHERER_TAGS,
  SET_SLOTS,
  SPOT_BEGIN,
  SPOT_BYTES,
  SPOT_DOOR,
  SPOT_END,
  SPOT_SET,
  SPOT_SLOT,
  SPOT_TAG,
  SPOT_TEXT,
  WORD_LENGTH,
} from "../src/kernels/layout";
import { isSeparator } from "./fastText";

/** Bytes of the longest word that is kept. */
const LONGEST_KEPT: u32 = 24;
const LINE_END_BYTES: u32 = 4; // </s>
/** Odd multipliers with bits everywhere (2^64 / golden ratio, and the primes of xxHash64: Collet). */
const MIX_A: u64 = 0x9e3779b97f4a7c15;
const MIX_B: u64 = 0xc2b2ae3d27d4eb4f;

/**
 * Writes a spot for each word of a line, up to the first `</s>` and with it, whose address is `mark`; `isLine` adds one behind the last
 * word. Returns the end of the spots: there is room for (length + 3) / 2.
 */
export function spotWords(gatherer: usize, mark: usize, source: usize, end: usize, isLine: u32, spots: usize): usize {
  let spot = spots;
  let at = source;
  while (true) {
    while (at < end && isSeparator(load<u8>(at))) at++;
    if (at >= end) break;
    const to = wordEnd(at, end);
    spot = place(gatherer, spot, at, to);
    if (to - at == LINE_END_BYTES && load<u32>(at) == load<u32>(mark)) {
      store<u32>(spot - SPOT_BYTES, <u32>mark, SPOT_BEGIN);
      store<u32>(spot - SPOT_BYTES, <u32>mark + LINE_END_BYTES, SPOT_END);
      return spot;
    }
    at = to;
  }
  return isLine ? place(gatherer, spot, mark, mark + LINE_END_BYTES) : spot;
}

// The first separator from `at` on, or the end.
function wordEnd(at: usize, end: usize): usize {
  for (; at + 16 <= end; at += 16) {
    const bytes = v128.load(at);
    // 9 … 13, and 32, and 0.
    const control = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(5));
    const blank = v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(0)));
    const found = i8x16.bitmask(v128.or(control, blank));
    if (found) return at + ctz(found);
  }
  while (at < end && !isSeparator(load<u8>(at))) at++;
  return at;
}

// Up to 8 bytes, zeros behind them; none for a negative count.
function bytesAt(at: usize, count: i32): u64 {
  if (count <= 0) return 0;
  const eight = load<u64>(at);
  return count >= 8 ? eight : eight & (((<u64>1) << (count << 3)) - 1);
}

function place(gatherer: usize, spot: usize, begin: usize, end: usize): usize {
  const length = <u32>(end - begin);
  store<u32>(spot, <u32>begin, SPOT_BEGIN);
  store<u32>(spot, <u32>end, SPOT_END);
  if (length > LONGEST_KEPT) {
    store<u32>(spot, 0, SPOT_SLOT);
    store<u32>(spot, 0, SPOT_TAG);
    return spot + SPOT_BYTES;
  }
  const a = bytesAt(begin, length);
  const b = bytesAt(begin + 8, length - 8);
  const c = bytesAt(begin + 16, length - 16);
  store<u64>(spot, a, SPOT_TEXT);
  store<u64>(spot, b, SPOT_TEXT + 8);
  store<u64>(spot, c, SPOT_TEXT + 16);
  let hash = (a ^ length) * MIX_A;
  hash = (hash ^ (hash >> 29) ^ b) * MIX_B;
  hash = (hash ^ (hash >> 31) ^ c) * MIX_A;
  const set = <u32>(hash >> 32) & load<u32>(gatherer + GATHERER_CACHE_MASK);
  const tag = <u32>hash | 1;
  store<u32>(spot, tag, SPOT_TAG);
  store<u32>(spot, set, SPOT_SET);
  store<u32>(spot, <u32>(hash >> 20), SPOT_DOOR);
  const slot = slotOf(gatherer, set, tag);
  store<u32>(spot, slot, SPOT_SLOT);
  // Read for the sake of having it at hand, both lines of a short vector; of a word without a slot something else is.
  store<u32>(spot, load<u32>(slot) ^ load<u32>(slot, 64), SPOT_BYTES);
  return spot + SPOT_BYTES;
}

// The slot of a set whose tag is that of a word, 0 for none.
function slotOf(gatherer: usize, set: u32, tag: u32): usize {
  const tags = v128.load(load<u32>(gatherer + GATHERER_TAGS) + (set << 4));
  const found = i32x4.bitmask(i32x4.eq(tags, i32x4.splat(tag)));
  return found ? slotAt(gatherer, set, ctz(found)) : 0;
}

/** Address of a slot of a set, by its number there. */
export function slotAt(gatherer: usize, set: u32, index: u32): usize {
  return load<u32>(gatherer + GATHERER_CACHE) + (set * SET_SLOTS + index) * load<u32>(gatherer + GATHERER_SLOT_BYTES);
}

/** Whether a slot holds the word of a spot. */
export function isWord(slot: usize, spot: usize): bool {
  return (
    load<u64>(slot) == load<u64>(spot, SPOT_TEXT) &&
    load<u64>(slot, 8) == load<u64>(spot, SPOT_TEXT + 8) &&
    load<u64>(slot, 16) == load<u64>(spot, SPOT_TEXT + 16) &&
    load<u32>(slot, WORD_LENGTH) == load<u32>(spot, SPOT_END) - load<u32>(spot, SPOT_BEGIN)
  );
}
