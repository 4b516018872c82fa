// The rows of a word's character n-grams where only some buckets have one. Nearly every step is the same for every n-gram, so that the
// processor never has to guess: buckets are listed first, then those without a row fall out of the list.

import {
  VOCABULARY_BUCKETS,
  VOCABULARY_LIVE,
  VOCABULARY_LIVE_ROWS,
  VOCABULARY_LONGEST,
  VOCABULARY_SHORTEST,
  VOCABULARY_WORDS,
} from "../src/kernels/layout";
import { BASIS, BEGIN_BYTE, END_BYTE, hashByte } from "./fastText";
import { groupOf, isLive, liveRow } from "./liveBuckets";

/**
 * Lists the rows of the character n-grams of `<word>` at `ids`. `word` is a scratch of length + 3 bytes. Returns how many rows there are; how
 * many n-grams goes to `out` (u32).
 */
export function subwordRows(vocabulary: usize, begin: usize, end: usize, word: usize, ids: usize, out: usize): u32 {
  const length = <u32>(end - begin) + 2;
  store<u8>(word, <u8>BEGIN_BYTE);
  for (let i: u32 = 0; i < length - 2; i++) store<u8>(word + 1 + i, load<u8>(begin + i));
  store<u8>(word + length - 1, <u8>END_BYTE);
  // No part of a character: the last n-gram ends here.
  store<u8>(word + length, 0);
  const count = listBuckets(vocabulary, word, length, ids);
  store<u32>(out, count);
  return keepLive(vocabulary, ids, count);
}

// The buckets of all n-grams, by code points: a byte 10xxxxxx goes with the one before it.
function listBuckets(vocabulary: usize, word: usize, length: u32, list: usize): u32 {
  const shortest = load<u32>(vocabulary + VOCABULARY_SHORTEST);
  const longest = load<u32>(vocabulary + VOCABULARY_LONGEST);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  const end = word + length;
  let at = list;
  for (let from = word; from < end; from++) {
    if ((load<u8>(from) & 0xc0) == 0x80) continue;
    let hash = BASIS;
    let to = from;
    for (let n: u32 = 1; to < end && n <= longest; n++) {
      do hash = hashByte(hash, load<u8>(to++));
      while ((load<u8>(to) & 0xc0) == 0x80);
      // A lone < or > is no n-gram.
      if (n < shortest || (n == 1 && (from == word || to == end))) continue;
      store<u32>(at, hash % buckets);
      at += 4;
    }
  }
  return <u32>(at - list) >> 2;
}

// Buckets to rows in their place, without those that have none; returns how many are left.
function keepLive(vocabulary: usize, ids: usize, count: u32): u32 {
  const index: usize = load<u32>(vocabulary + VOCABULARY_LIVE);
  const rows: usize = load<u32>(vocabulary + VOCABULARY_LIVE_ROWS);
  const words = load<u32>(vocabulary + VOCABULARY_WORDS);
  let at = ids;
  for (let i: u32 = 0; i < count; i++) {
    const bucket = load<u32>(ids + (i << 2));
    const group = groupOf(index, bucket);
    store<u32>(at, words + liveRow(group, rows, bucket));
    at += isLive(group, bucket) << 2;
  }
  return <u32>(at - ids) >> 2;
}
