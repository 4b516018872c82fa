// fastText's features, exactly: tokens between seven separator bytes, words looked up by their bytes, and hashed n-grams that share one
// space of buckets. Bojanowski et al. 2017 (character n-grams), Joulin et al. 2017 (word n-grams, hashing).
//
// A token is four u32: address of its first byte and of the one after its last, its hash, and its entry in the vocabulary. Text goes
// through three passes: `fastTextTokens`, then `fastTextFind` (a finished vocabulary) or `fastTextAdd` (one that grows), then
// `fastTextFeatures`.

import {
  ENTRY_NONE,
  ENTRY_SKIPPED,
  TOKEN_BYTES,
  VOCABULARY_BUCKETS,
  VOCABULARY_COUNTS,
  VOCABULARY_HASHES,
  VOCABULARY_LINE_END,
  VOCABULARY_LIVE,
  VOCABULARY_LIVE_COUNTS,
  VOCABULARY_LIVE_ROWS,
  VOCABULARY_LONGEST,
  VOCABULARY_MAP_COUNTS_MISSING,
  VOCABULARY_MASK,
  VOCABULARY_POOL,
  VOCABULARY_POOL_BYTES,
  VOCABULARY_PREFIX,
  VOCABULARY_PREFIX_BYTES,
  VOCABULARY_SHORTEST,
  VOCABULARY_SIEVE,
  VOCABULARY_SIEVE_MASK,
  VOCABULARY_SIZE,
  VOCABULARY_STARTS,
  VOCABULARY_TABLE,
  VOCABULARY_WORD_NGRAMS,
  VOCABULARY_WORDS,
} from "../src/kernels/layout";
import { bitAt, setBit } from "./bits";
// It spreads keys that would stand side by side in a hash table.
import { finalize as spread } from "./hash";
import { liveRow } from "./liveBuckets";

export const BASIS: u32 = 0x811c9dc5;
export const PRIME: u32 = 0x01000193;
/** Multiplier of fastText's word n-grams. */
const NGRAM: u64 = 116049371;
const LINE_END_BYTES: u32 = 4; // </s>
export const BEGIN_BYTE: u32 = 60; // <
export const END_BYTE: u32 = 62; // >

// FNV-1a as fastText compiles it: `char` is signed there, so bytes from 0x80 on are XORed with 0xffffffxx.
export function hashByte(hash: u32, byte: u8): u32 {
  return (hash ^ <u32>(<i32>(<i8>byte))) * PRIME;
}

/** fastText's hash of bytes [begin, end). */
export function hashBytes(begin: usize, end: usize): u32 {
  let hash = BASIS;
  for (let at = begin; at < end; at++) hash = hashByte(hash, load<u8>(at));
  return hash;
}

export function isSeparator(byte: u8): bool {
  return byte == 32 || (byte >= 9 && byte <= 13) || byte == 0;
}

export function sameBytes(a: usize, b: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/**
 * Writes the tokens of one line and returns how many: up to the first `</s>`, which is fastText's mark for the end of a line and a token
 * itself; `lineEnd` adds one behind the last token. `tokens` has room for (length + 3) / 2 tokens. Their entries are not set.
 */
export function fastTextTokens(vocabulary: usize, source: usize, end: usize, lineEnd: u32, tokens: usize): u32 {
  const mark = load<u32>(vocabulary + VOCABULARY_LINE_END);
  let at = tokens;
  let from = source;
  let ended = false;
  while (!ended) {
    while (from < end && isSeparator(load<u8>(from))) from++;
    if (from >= end) break;
    let hash = BASIS;
    let to = from;
    for (; to < end; to++) {
      const byte = load<u8>(to);
      if (isSeparator(byte)) break;
      hash = hashByte(hash, byte);
    }
    ended = to - from == LINE_END_BYTES && sameBytes(from, mark, LINE_END_BYTES);
    store<u32>(at, ended ? mark : <u32>from);
    store<u32>(at, ended ? mark + LINE_END_BYTES : <u32>to, 4);
    store<u32>(at, hash, 8);
    at += TOKEN_BYTES;
    from = to;
  }
  if (lineEnd && !ended) {
    let hash = BASIS;
    for (let i: u32 = 0; i < LINE_END_BYTES; i++) hash = hashByte(hash, load<u8>(mark + i));
    store<u32>(at, mark);
    store<u32>(at, mark + LINE_END_BYTES, 4);
    store<u32>(at, hash, 8);
    at += TOKEN_BYTES;
  }
  return <u32>(at - tokens) / TOKEN_BYTES;
}

function hasPrefix(vocabulary: usize, token: usize): bool {
  const length = load<u32>(vocabulary + VOCABULARY_PREFIX_BYTES);
  const begin = load<u32>(token);
  return load<u32>(token, 4) - begin >= length && sameBytes(begin, load<u32>(vocabulary + VOCABULARY_PREFIX), length);
}

// The slot of a token: that of its entry, or the empty one where it would be put.
function slotOf(vocabulary: usize, token: usize): usize {
  const table = load<u32>(vocabulary + VOCABULARY_TABLE);
  const mask = load<u32>(vocabulary + VOCABULARY_MASK);
  const pool = load<u32>(vocabulary + VOCABULARY_POOL);
  const starts = load<u32>(vocabulary + VOCABULARY_STARTS);
  const hashes = load<u32>(vocabulary + VOCABULARY_HASHES);
  const begin = load<u32>(token);
  const length = load<u32>(token, 4) - begin;
  const hash = load<u32>(token, 8);
  let slot = spread(hash) & mask;
  while (true) {
    const index = load<u32>(table + (slot << 2));
    if (index == 0) break;
    if (load<u32>(hashes + ((index - 1) << 2)) == hash) {
      // Entries end in a zero byte, which no token contains.
      const entry = pool + load<u32>(starts + ((index - 1) << 2));
      if (sameBytes(entry, begin, length) && load<u8>(entry + length) == 0) break;
    }
    slot = (slot + 1) & mask;
  }
  return table + (slot << 2);
}

// Whether there may be an entry with a hash.
function passesSieve(vocabulary: usize, hash: u32): bool {
  const sieve: usize = load<u32>(vocabulary + VOCABULARY_SIEVE);
  if (sieve == 0) return true;
  return bitAt(sieve, spread(hash) & load<u32>(vocabulary + VOCABULARY_SIEVE_MASK)) != 0;
}

/** Sets the entry of each token: its index, `ENTRY_NONE` for a word that is not known, `ENTRY_SKIPPED` for a label that is not. */
export function fastTextFind(vocabulary: usize, tokens: usize, count: u32): void {
  for (let token = tokens; token < tokens + count * TOKEN_BYTES; token += TOKEN_BYTES) {
    const index = passesSieve(vocabulary, load<u32>(token, 8)) ? load<u32>(slotOf(vocabulary, token)) : 0;
    let entry = index - 1;
    if (index == 0) entry = hasPrefix(vocabulary, token) ? ENTRY_SKIPPED : ENTRY_NONE;
    store<u32>(token, entry, 12);
  }
}

/**
 * Sets the entry of each token, adding words that are new and counting every occurrence; tokens that begin like a label are skipped.
 * The vocabulary has room for `count` more entries and the tokens' bytes. Returns its size.
 */
export function fastTextAdd(vocabulary: usize, tokens: usize, count: u32): u32 {
  let size = load<u32>(vocabulary + VOCABULARY_SIZE);
  let bytes = load<u32>(vocabulary + VOCABULARY_POOL_BYTES);
  const pool = load<u32>(vocabulary + VOCABULARY_POOL);
  const counts = load<u32>(vocabulary + VOCABULARY_COUNTS);
  for (let token = tokens; token < tokens + count * TOKEN_BYTES; token += TOKEN_BYTES) {
    if (hasPrefix(vocabulary, token)) {
      store<u32>(token, ENTRY_SKIPPED, 12);
      continue;
    }
    const slot = slotOf(vocabulary, token);
    let index = load<u32>(slot);
    if (index == 0) {
      const length = load<u32>(token, 4) - load<u32>(token);
      memory.copy(pool + bytes, load<u32>(token), length);
      store<u8>(pool + bytes + length, 0);
      store<u32>(load<u32>(vocabulary + VOCABULARY_STARTS) + (size << 2), bytes);
      store<u32>(load<u32>(vocabulary + VOCABULARY_HASHES) + (size << 2), load<u32>(token, 8));
      store<u32>(counts + (size << 2), 0);
      bytes += length + 1;
      index = ++size;
      store<u32>(slot, index);
    }
    const counter = counts + ((index - 1) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    store<u32>(token, index - 1, 12);
  }
  store<u32>(vocabulary + VOCABULARY_SIZE, size);
  store<u32>(vocabulary + VOCABULARY_POOL_BYTES, bytes);
  return size;
}

/** Hashes and enters entries [first, size), which lie in the pool, into a table that has room for them. */
export function fastTextFill(vocabulary: usize, first: u32): void {
  const table = load<u32>(vocabulary + VOCABULARY_TABLE);
  const mask = load<u32>(vocabulary + VOCABULARY_MASK);
  const hashes = load<u32>(vocabulary + VOCABULARY_HASHES);
  const size = load<u32>(vocabulary + VOCABULARY_SIZE);
  const sieve: usize = load<u32>(vocabulary + VOCABULARY_SIEVE);
  const sieveMask = load<u32>(vocabulary + VOCABULARY_SIEVE_MASK);
  for (let entry = first; entry < size; entry++) {
    let at =
      load<u32>(vocabulary + VOCABULARY_POOL) + load<u32>(load<u32>(vocabulary + VOCABULARY_STARTS) + (entry << 2));
    let hash = BASIS;
    for (; load<u8>(at) != 0; at++) hash = hashByte(hash, load<u8>(at));
    store<u32>(hashes + (entry << 2), hash);
    const place = spread(hash);
    if (sieve) setBit(sieve, place & sieveMask);
    let slot = place & mask;
    while (load<u32>(table + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(table + (slot << 2), entry + 1);
  }
}

/**
 * The features of tokens whose entries are set. `keys` 0: rows of A to `ids`; otherwise, while a vocabulary grows, keys that stand for a
 * word (by its entry) or a bucket, no two of them the same. `out` receives two u32: how many features the text has, with those that have
 * no row but count, and how many known labels; the labels go to `labels` (u32, from 0), which is 0 where nobody wants them. `spans`, if
 * not 0, receives (begin, end) addresses of each id. `scratch` has room for one u32 a token. Returns how many ids were written.
 */
export function fastTextFeatures(
  vocabulary: usize,
  tokens: usize,
  count: u32,
  keys: u32,
  ids: usize,
  labels: usize,
  spans: usize,
  scratch: usize,
  out: usize,
): u32 {
  const words = load<u32>(vocabulary + VOCABULARY_WORDS);
  const longest = load<u32>(vocabulary + VOCABULARY_LONGEST);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  const lineEnd = load<u32>(vocabulary + VOCABULARY_LINE_END);
  const hashes = scratch;
  let hashCount: u32 = 0;
  let labelCount: u32 = 0;
  store<u32>(out, 0);
  let at = ids;
  for (let token = tokens; token < tokens + count * TOKEN_BYTES; token += TOKEN_BYTES) {
    const entry = load<u32>(token, 12);
    if (entry == ENTRY_SKIPPED) continue;
    if (entry != ENTRY_NONE && !keys && entry >= words) {
      if (labels) store<u32>(labels + (labelCount << 2), entry - words);
      labelCount++;
      continue;
    }
    if (entry != ENTRY_NONE) {
      if (spans) spanOf(spans + ((at - ids) << 1), load<u32>(token), load<u32>(token, 4));
      store<u32>(at, keys ? spread(entry) : entry);
      at += 4;
      store<u32>(out, load<u32>(out) + 1);
    }
    if (longest > 0 && buckets > 0 && load<u32>(token) != lineEnd)
      at = subwords(vocabulary, token, keys, ids, at, spans, out);
    // Word n-grams need the hash and, for spans, the token.
    store<u32>(hashes + (hashCount << 2), token);
    hashCount++;
  }
  at = fastTextWordNgrams(vocabulary, hashes, hashCount, keys, ids, at, spans, out);
  store<u32>(out, labelCount, 4);
  return <u32>(at - ids) >> 2;
}

function spanOf(at: usize, begin: u32, end: u32): void {
  store<u32>(at, begin);
  store<u32>(at, end, 4);
}

// Writes the row (or key) of a bucket if it has one; returns where the next goes.
function pushBucket(vocabulary: usize, bucket: u32, keys: u32, at: usize, out: usize): usize {
  if (keys) {
    store<u32>(at, spread(0x80000000 | bucket));
    store<u32>(out, load<u32>(out) + 1);
    return at + 4;
  }
  const words = load<u32>(vocabulary + VOCABULARY_WORDS);
  const bits: usize = load<u32>(vocabulary + VOCABULARY_LIVE);
  if (bits == 0) {
    store<u32>(at, words + bucket);
    store<u32>(out, load<u32>(out) + 1);
    return at + 4;
  }
  if (bitAt(bits, bucket)) {
    const counts: usize = load<u32>(vocabulary + VOCABULARY_LIVE_COUNTS);
    store<u32>(at, words + liveRow(bits, counts, load<u32>(vocabulary + VOCABULARY_LIVE_ROWS), bucket));
    store<u32>(out, load<u32>(out) + 1);
    return at + 4;
  }
  store<u32>(out, load<u32>(out) + load<u32>(vocabulary + VOCABULARY_MAP_COUNTS_MISSING));
  return at;
}

// Character n-grams of <word>, by code points: a byte 10xxxxxx goes with the one before it.
function subwords(vocabulary: usize, token: usize, keys: u32, ids: usize, at: usize, spans: usize, out: usize): usize {
  const shortest = load<u32>(vocabulary + VOCABULARY_SHORTEST);
  const longest = load<u32>(vocabulary + VOCABULARY_LONGEST);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  const begin = load<u32>(token);
  const length = load<u32>(token, 4) - begin + 2;
  for (let i: u32 = 0; i < length; i++) {
    if (i > 0 && i < length - 1 && (load<u8>(begin + i - 1) & 0xc0) == 0x80) continue;
    let hash = BASIS;
    let j = i;
    for (let n: u32 = 1; j < length && n <= longest; n++) {
      do {
        const byte: u8 = j == 0 ? <u8>BEGIN_BYTE : j == length - 1 ? <u8>END_BYTE : load<u8>(begin + j - 1);
        hash = hashByte(hash, byte);
        j++;
      } while (j < length - 1 && (load<u8>(begin + j - 1) & 0xc0) == 0x80);
      if (n < shortest || (n == 1 && (i == 0 || j == length))) continue;
      const next = pushBucket(vocabulary, hash % buckets, keys, at, out);
      if (spans && next > at) {
        spanOf(spans + ((at - ids) << 1), begin + (i == 0 ? 0 : i - 1), begin + min(j, length - 1) - 1);
      }
      at = next;
    }
  }
  return at;
}

// Runs of 2 … n words: H = H · 116049371 + h over 64 bits, where h is sign-extended.
export function fastTextWordNgrams(
  vocabulary: usize,
  words: usize,
  count: u32,
  keys: u32,
  ids: usize,
  at: usize,
  spans: usize,
  out: usize,
): usize {
  const longest = load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  if (longest < 2 || buckets == 0) return at;
  for (let i: u32 = 0; i < count; i++) {
    const first = load<u32>(words + (i << 2));
    let hash = <u64>(<i64>load<i32>(first, 8));
    for (let j = i + 1; j < count && j < i + longest; j++) {
      const last = load<u32>(words + (j << 2));
      hash = hash * NGRAM + <u64>(<i64>load<i32>(last, 8));
      const next = pushBucket(vocabulary, <u32>(hash % <u64>buckets), keys, at, out);
      if (spans && next > at) spanOf(spans + ((at - ids) << 1), load<u32>(first), load<u32>(last, 4));
      at = next;
    }
  }
  return at;
}
