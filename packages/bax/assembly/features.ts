// Tokens to features: 32-bit hashes of words, word n-grams and character n-grams.
//
// A word and a character n-gram are hashed by FNV-1a over their UTF-8 bytes, each kind from its own basis, and mixed at the end; a word
// n-gram combines the hashes of its words. `spans`, if not 0, receives (begin, end) of each feature in code points, for explanations.

import { CLASS_DIGIT, CLASS_LETTER, CLASS_SPACE } from "../src/kernels/layout";
import { finalizeFour, finalize as mix } from "./hash";

/** FNV-1a's offset basis and prime (Fowler, Noll, Vo; 32 bits). */
export const BASIS: u32 = 0x811c9dc5;
export const PRIME: u32 = 0x01000193;
/** Any other odd start keeps character n-grams apart from words that are spelt alike. */
const CHARACTER_BASIS: u32 = 0x2f0b4ec7;
/** 2^32 / golden ratio, odd: makes the combination of word hashes depend on their order. */
const COMBINE: u32 = 0x9e3779b1;
const WORD_BEGIN: u32 = 60; // <
const WORD_END: u32 = 62; // >
const APOSTROPHE: u32 = 39;
const COMMA: u32 = 44;
/** In place of a number of words. */
export const NOT_ASCII: u32 = 0xffffffff;
const FULL_STOP: u32 = 46;

function fnv(hash: u32, byte: u32): u32 {
  return (hash ^ byte) * PRIME;
}

function fnvCodePoint(hash: u32, cp: u32): u32 {
  if (cp < 0x80) return fnv(hash, cp);
  if (cp < 0x800) return fnv(fnv(hash, 0xc0 | (cp >> 6)), 0x80 | (cp & 63));
  if (cp < 0x10000) return fnv(fnv(fnv(hash, 0xe0 | (cp >> 12)), 0x80 | ((cp >> 6) & 63)), 0x80 | (cp & 63));
  return fnv(
    fnv(fnv(fnv(hash, 0xf0 | (cp >> 18)), 0x80 | ((cp >> 12) & 63)), 0x80 | ((cp >> 6) & 63)),
    0x80 | (cp & 63),
  );
}

function span(spans: usize, index: u32, begin: u32, end: u32): void {
  if (spans == 0) return;
  store<u32>(spans + (index << 3), begin);
  store<u32>(spans + (index << 3) + 4, end);
}

/** Hashes of all words, in order, to `hashes` (room for tokenCount). */
export function wordHashes(codePoints: usize, tokens: usize, tokenCount: u32, hashes: usize, spans: usize): void {
  for (let t: u32 = 0; t < tokenCount; t++) {
    const begin = load<u32>(tokens + (t << 3));
    const end = load<u32>(tokens + (t << 3) + 4);
    let hash = BASIS;
    for (let i = begin; i < end; i++) hash = fnvCodePoint(hash, load<u32>(codePoints + (i << 2)) & 0xffffff);
    store<u32>(hashes + (t << 2), mix(hash));
    span(spans, t, begin, end);
  }
}

/**
 * The same straight from bytes, where all of them are ASCII: most text is, and it needs no decoding, no normalising and no list of
 * tokens. `table` holds for each of 256 bytes what it is hashed as inside a word (lower-cased if wanted; 0: it does not belong in one),
 * then for each its class (layout.ts). Returns the number of words, or `NOT_ASCII` at the first byte that is not. `hashes` has room
 * for one word a byte.
 */
export function asciiWordHashes(source: usize, end: usize, table: usize, hashes: usize): u32 {
  const classes = table + 256;
  let count: u32 = 0;
  let at = source;
  while (at < end) {
    const first = <u32>load<u8>(at);
    const spelt = <u32>load<u8>(table + first);
    at++;
    let hash: u32;
    if (spelt) {
      hash = fnv(BASIS, spelt);
      while (at < end) {
        const byte = <u32>load<u8>(at);
        const next = <u32>load<u8>(table + byte);
        if (next == 0) {
          if (!joins(at, end, classes)) break;
          hash = fnv(hash, byte);
        } else hash = fnv(hash, next);
        at++;
      }
    } else {
      if (first >= 0x80) return NOT_ASCII;
      if (load<u8>(classes + first) == CLASS_SPACE) continue;
      hash = fnv(BASIS, first);
    }
    store<u32>(hashes + (count << 2), mix(hash));
    count++;
  }
  return count;
}

// tokens.ts, joinsAt: an apostrophe between letters, a full stop or comma between digits. There is a byte before `at`.
function joins(at: usize, end: usize, classes: usize): bool {
  const byte = <u32>load<u8>(at);
  const wanted: u32 =
    byte == APOSTROPHE ? CLASS_LETTER : byte == FULL_STOP || byte == COMMA ? CLASS_DIGIT : CLASS_SPACE;
  if (wanted == CLASS_SPACE || at + 1 >= end) return false;
  return load<u8>(classes + load<u8>(at - 1)) == wanted && load<u8>(classes + load<u8>(at + 1)) == wanted;
}

/**
 * Hashes of all word n-grams of 2 … `longest` tokens behind the hashes of the words: `hashes` has room for tokenCount · longest.
 * Returns how many there are with the words.
 */
export function wordNgrams(tokens: usize, tokenCount: u32, longest: u32, hashes: usize, spans: usize): u32 {
  let count = tokenCount;
  for (let length: u32 = 2; length <= longest; length++) {
    let t: u32 = 0;
    if (!isDefined(COMPACT_KERNELS) && spans == 0) {
      for (; t + length + 3 <= tokenCount; t += 4, count += 4) {
        const first = hashes + (t << 2);
        let four = v128.load(first);
        for (let i: u32 = 1; i < length; i++) {
          const next = i32x4.add(v128.load(first + (i << 2)), i32x4.splat(i));
          four = finalizeFour(i32x4.add(i32x4.mul(four, i32x4.splat(COMBINE)), next));
        }
        v128.store(hashes + (count << 2), four);
      }
    }
    for (; t + length <= tokenCount; t++) {
      let hash = load<u32>(hashes + (t << 2));
      for (let i: u32 = 1; i < length; i++) hash = mix(hash * COMBINE + load<u32>(hashes + ((t + i) << 2)) + i);
      store<u32>(hashes + (count << 2), hash);
      if (spans) span(spans, count, load<u32>(tokens + (t << 3)), load<u32>(tokens + ((t + length - 1) << 3) + 4));
      count++;
    }
  }
  return count;
}

/** How many hashes `characterFeatures` can give at the most. */
export function characterFeatureBound(tokens: usize, tokenCount: u32, shortest: u32, longest: u32): u32 {
  let bound: u32 = 0;
  for (let t: u32 = 0; t < tokenCount; t++) {
    const length = load<u32>(tokens + (t << 3) + 4) - load<u32>(tokens + (t << 3));
    bound += (length + 2) * (longest - shortest + 1);
  }
  return bound;
}

/**
 * Hashes of the character n-grams of `shortest` … `longest` code points of `<token>`, for every token but a lone mark, symbol,
 * emoji or character of an unspaced script (there the token is all there is). A lone `<` or `>` is no n-gram. Returns how many there are.
 */
export function characterFeatures(
  codePoints: usize,
  tokens: usize,
  tokenCount: u32,
  shortest: u32,
  longest: u32,
  hashes: usize,
  spans: usize,
): u32 {
  let count: u32 = 0;
  for (let t: u32 = 0; t < tokenCount; t++) {
    const begin = load<u32>(tokens + (t << 3));
    const end = load<u32>(tokens + (t << 3) + 4);
    const padded = end - begin + 2;
    if (padded < 4) {
      const kind = load<u32>(codePoints + (begin << 2)) >> 24;
      if (kind != CLASS_LETTER && kind != CLASS_DIGIT) continue;
    }
    for (let from: u32 = 0; from < padded; from++) {
      let hash = CHARACTER_BASIS;
      const last = min(longest, padded - from);
      for (let length: u32 = 1; length <= last; length++) {
        const at = from + length - 1; // index in the padded token: 0 is <, padded - 1 is >
        if (at == 0) hash = fnv(hash, WORD_BEGIN);
        else if (at == padded - 1) hash = fnv(hash, WORD_END);
        else hash = fnvCodePoint(hash, load<u32>(codePoints + ((begin + at - 1) << 2)) & 0xffffff);
        if (length < shortest || (length == 1 && (at == 0 || at == padded - 1))) continue;
        store<u32>(hashes + (count << 2), mix(hash));
        span(spans, count, begin + (from ? from - 1 : 0), min(begin + at, end));
        count++;
      }
    }
  }
  return count;
}

/** A slot of `distinct`: the hash and the number of the call that filled it (one u64), the index among the distinct (u32). */
const SEEN_BYTES = 4;
/** Before the slots: the number of the last call, and how many slots there are, of which a call may use fewer (u32 each). */
const SEEN_HEAD: usize = 16;

/**
 * Folds repeats: `hashes` keeps the distinct ones in order of first occurrence, `counts` (u8) how often each stood there, at most 255.
 * `table`, zeroed before the first call, has 16 bytes and 16 more for each of its slots, of which `mask` + 1 are used, more than twice `count`. `places`, if not 0,
 * receives for each input its index in the output. Returns how many are distinct.
 *
 * What a slot held before this call counts as nothing, since it has another number: so nothing has to be cleared.
 */
export function distinct(hashes: usize, count: u32, counts: usize, table: usize, mask: u32, places: usize): u32 {
  let call = load<u32>(table) + 1;
  if (call == 0) {
    // After four thousand million calls: old numbers come again.
    memory.fill(table + SEEN_HEAD, 0, (<usize>load<u32>(table, 4)) << SEEN_BYTES);
    call = 1;
  }
  store<u32>(table, call);
  const slots = table + SEEN_HEAD;
  const stamp = (<u64>call) << 32;
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (i << 2));
    const wanted = stamp | <u64>hash;
    let slot = slots + ((hash & mask) << SEEN_BYTES);
    let seen = load<u64>(slot);
    let at = hash;
    while (seen != wanted && <u32>(seen >> 32) == call) {
      slot = slots + ((++at & mask) << SEEN_BYTES);
      seen = load<u64>(slot);
    }
    let index: u32;
    if (seen == wanted) {
      index = load<u32>(slot, 8);
      const occurrences = <u32>load<u8>(counts + index);
      if (occurrences < 255) store<u8>(counts + index, occurrences + 1);
    } else {
      index = found++;
      store<u64>(slot, wanted);
      store<u32>(slot, index, 8);
      store<u32>(hashes + (index << 2), hash);
      store<u8>(counts + index, 1);
    }
    if (places) store<u32>(places + (i << 2), index);
  }
  return found;
}
