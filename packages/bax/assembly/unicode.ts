// Look-ups in the Unicode tables (built by src/text/unicodeTables.ts; the layout of their header is in src/kernels/layout.ts).
// `tables` points at the header; every offset in it counts from there.

import {
  HASH_MULTIPLIER,
  TABLE_COMBINING_CLASS,
  TABLE_COMBINING_CLASS_MASK,
  TABLE_COMPOSITION,
  TABLE_COMPOSITION_MASK,
  TABLE_DECOMPOSITION,
  TABLE_DECOMPOSITION_MASK,
  TABLE_LOWER,
  TABLE_LOWER_MASK,
  TABLE_TRIE_BLOCKS,
  TABLE_TRIE_INDEX,
  TRIE_SHIFT,
} from "../src/kernels/layout";

const HANGUL_SYLLABLES: u32 = 0xac00;
const HANGUL_LEADS: u32 = 0x1100;
const HANGUL_VOWELS: u32 = 0x1161;
const HANGUL_TRAILS: u32 = 0x11a7; // one before the first trailing consonant: index 0 means none
const VOWEL_COUNT: u32 = 21;
const TRAIL_COUNT: u32 = 28;
const SYLLABLE_COUNT: u32 = 11172;

/** Class and properties of a code point: one byte. */
export function propertyOf(tables: usize, cp: u32): u32 {
  const block = <u32>load<u16>(tables + load<u32>(tables + TABLE_TRIE_INDEX) + ((cp >> TRIE_SHIFT) << 1));
  const within = cp & ((1 << TRIE_SHIFT) - 1);
  return load<u8>(tables + load<u32>(tables + TABLE_TRIE_BLOCKS) + (block << TRIE_SHIFT) + within);
}

// The three tables keyed by one code point hold pairs (code point + 1, value); key 0 is an empty slot.
function find(tables: usize, table: u32, mask: u32, cp: u32): u32 {
  let slot = ((cp * <u32>HASH_MULTIPLIER) >> 15) & mask;
  while (true) {
    const entry = tables + table + (slot << 3);
    const key = load<u32>(entry);
    if (key == cp + 1) return load<u32>(entry + 4);
    if (key == 0) return 0;
    slot = (slot + 1) & mask;
  }
}

/** Lower case of a code point that has the property `PROPERTY_UPPER`; otherwise 0. */
export function lowerOf(tables: usize, cp: u32): u32 {
  return find(tables, load<u32>(tables + TABLE_LOWER), load<u32>(tables + TABLE_LOWER_MASK), cp);
}

/** Where the full compatibility decomposition is in the pool, in code points, shifted left by 5, with its length in the low bits; 0: none. */
export function decompositionOf(tables: usize, cp: u32): u32 {
  return find(tables, load<u32>(tables + TABLE_DECOMPOSITION), load<u32>(tables + TABLE_DECOMPOSITION_MASK), cp);
}

/** Order of the canonical combining class among all of them; 0 for a starter. */
export function combiningClassOf(tables: usize, cp: u32): u32 {
  return find(tables, load<u32>(tables + TABLE_COMBINING_CLASS), load<u32>(tables + TABLE_COMBINING_CLASS_MASK), cp);
}

/** The primary composite of a pair, or 0. Hangul is arithmetic (Unicode Standard, 3.12). */
export function composite(tables: usize, first: u32, second: u32): u32 {
  if (first - HANGUL_LEADS < 19 && second - HANGUL_VOWELS < VOWEL_COUNT)
    return HANGUL_SYLLABLES + ((first - HANGUL_LEADS) * VOWEL_COUNT + (second - HANGUL_VOWELS)) * TRAIL_COUNT;
  if (
    first - HANGUL_SYLLABLES < SYLLABLE_COUNT &&
    (first - HANGUL_SYLLABLES) % TRAIL_COUNT == 0 &&
    second - HANGUL_TRAILS - 1 < TRAIL_COUNT - 1
  )
    return first + (second - HANGUL_TRAILS);
  const key = ((<u64>first) << 21) | <u64>second;
  const mask = load<u32>(tables + TABLE_COMPOSITION_MASK);
  const table = tables + load<u32>(tables + TABLE_COMPOSITION);
  let slot = ((first * <u32>HASH_MULTIPLIER + second * 31) >> 15) & mask;
  while (true) {
    const entry = table + (slot << 4);
    const found = load<u64>(entry);
    if (found == key) return load<u32>(entry + 8);
    if (found == 0) return 0;
    slot = (slot + 1) & mask;
  }
}

/** Jamo of a Hangul syllable into `out`; returns how many (2 or 3), or 0 if it is none. */
export function decomposeHangul(cp: u32, out: usize): u32 {
  const index = cp - HANGUL_SYLLABLES;
  if (index >= SYLLABLE_COUNT) return 0;
  store<u32>(out, HANGUL_LEADS + index / (VOWEL_COUNT * TRAIL_COUNT));
  store<u32>(out + 4, HANGUL_VOWELS + (index % (VOWEL_COUNT * TRAIL_COUNT)) / TRAIL_COUNT);
  const trail = index % TRAIL_COUNT;
  if (trail == 0) return 2;
  store<u32>(out + 8, HANGUL_TRAILS + trail);
  return 3;
}
