// fastText's features to a hidden row. Where words have character n-grams, the rows of a word are summed first, and then the words: so the
// sum of a word that was met before can be kept, and changes no bit. Few words make most of a text.

import {
  ENTRY_SKIPPED,
  GATHERER_CACHE,
  GATHERER_CACHE_MASK,
  GATHERER_FACTOR,
  GATHERER_FEATURES,
  GATHERER_GROUPS,
  GATHERER_IDS,
  GATHERER_LOOKED_UP,
  GATHERER_ONES,
  GATHERER_OUT,
  GATHERER_ROOM,
  GATHERER_ROWS,
  GATHERER_SCRATCH,
  GATHERER_SLOT_BYTES,
  GATHERER_TOKEN_ROOM,
  GATHERER_TOKENS,
  GATHERER_UNANSWERED,
  GATHERER_VECTOR,
  NO_ROOM,
  ROWS_AT,
  ROWS_CENTROIDS,
  ROWS_CODE_COUNT,
  ROWS_DENSE,
  ROWS_DIMENSION,
  ROWS_HALVES,
  ROWS_INT8,
  ROWS_KIND,
  ROWS_NORM_CODES,
  ROWS_NORMS,
  ROWS_SCALES,
  ROWS_SUB_DIMENSION,
  ROWS_WIDTH,
  TOKEN_BYTES,
  VOCABULARY_BUCKETS,
  VOCABULARY_LONGEST,
  VOCABULARY_WORD_NGRAMS,
  VOCABULARY_WORDS,
  WORD_FEATURES,
  WORD_HASH,
  WORD_LENGTH,
  WORD_SKIPPED,
  WORD_TEXT,
  WORD_VECTOR,
} from "../src/kernels/layout";
import { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
import { fastTextFeatures, fastTextFind, fastTextTokens, fastTextWordNgrams, sameBytes, spread } from "./fastText";
import { gather, multiply } from "./gather";

/** Bytes of the longest word that is kept. */
const LONGEST_KEPT: u32 = WORD_VECTOR - WORD_TEXT;

/** As `gatherText`: the mean of the rows of all features, times GATHERER_FACTOR. Returns how many features there are. */
export function gatherFastText(gatherer: usize, source: usize, end: usize, isLine: u32, lane: u32): u32 {
  const vocabulary = load<u32>(gatherer + GATHERER_FEATURES);
  const length = <u32>(end - source);
  if ((length + 3) >> 1 > load<u32>(gatherer + GATHERER_TOKEN_ROOM)) return NO_ROOM;
  const tokens = load<u32>(gatherer + GATHERER_TOKENS);
  const count = fastTextTokens(vocabulary, source, end, isLine, tokens);
  const width = load<u32>(load<u32>(gatherer + GATHERER_ROWS) + ROWS_WIDTH);
  const row = load<u32>(load<u32>(gatherer + GATHERER_GROUPS) + 8) + lane * (width << 2);
  const hasSubwords = load<u32>(vocabulary + VOCABULARY_LONGEST) > 0 && load<u32>(vocabulary + VOCABULARY_BUCKETS) > 0;
  const total = hasSubwords
    ? sumWords(gatherer, vocabulary, tokens, count, row, width)
    : sumFeatures(gatherer, vocabulary, tokens, count, row);
  if (total == NO_ROOM) return NO_ROOM;
  store<u8>(load<u32>(gatherer + GATHERER_UNANSWERED) + lane, total == 0 ? 1 : 0);
  // fastText's own way: the sum is multiplied by 1 / n, in float32.
  const mean: f32 = total > 0 ? <f32>1 / <f32>total : 0;
  multiply(row, width, <f64>mean * load<f64>(gatherer + GATHERER_FACTOR));
  return total;
}

// Words and word n-grams have one row each: all of them in one sum.
function sumFeatures(gatherer: usize, vocabulary: usize, tokens: usize, count: u32, row: usize): u32 {
  if (
    <u64>count * max<u32>(1, load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS)) >
    <u64>load<u32>(gatherer + GATHERER_ROOM)
  )
    return NO_ROOM;
  fastTextFind(vocabulary, tokens, count);
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const out = gatherer + GATHERER_OUT;
  const found = fastTextFeatures(vocabulary, tokens, count, 0, ids, 0, 0, load<u32>(gatherer + GATHERER_SCRATCH), out);
  gatherRows(gatherer, found, row);
  return load<u32>(out);
}

function sumWords(gatherer: usize, vocabulary: usize, tokens: usize, count: u32, row: usize, width: u32): u32 {
  const hashes = load<u32>(gatherer + GATHERER_SCRATCH);
  const hasNgrams = load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS) > 1;
  const bytes = width << 2;
  for (let at: u32 = 0; at < bytes; at += 16) v128.store(row + at, f32x4.splat(0));
  let total: u32 = 0;
  let words: u32 = 0;
  for (let token = tokens; token < tokens + count * TOKEN_BYTES; token += TOKEN_BYTES) {
    const word = wordOf(gatherer, vocabulary, token, bytes);
    if (word == 0) return NO_ROOM;
    const features = load<u32>(word + WORD_FEATURES);
    if (features == WORD_SKIPPED) continue;
    total += features;
    for (let at: u32 = 0; at < bytes; at += 16)
      v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(word + WORD_VECTOR + at)));
    store<u32>(hashes + (words++ << 2), <u32>token);
  }
  if (!hasNgrams) return total;
  if (<u64>words * load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS) > <u64>load<u32>(gatherer + GATHERER_ROOM))
    return NO_ROOM;
  const out = gatherer + GATHERER_OUT;
  store<u32>(out, 0);
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const found = <u32>(fastTextWordNgrams(vocabulary, hashes, words, 0, ids, ids, 0, out) - ids) >> 2;
  const ngrams = load<u32>(gatherer + GATHERER_VECTOR) + WORD_VECTOR;
  gatherRows(gatherer, found, ngrams);
  for (let at: u32 = 0; at < bytes; at += 16)
    v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(ngrams + at)));
  return total + load<u32>(out);
}

// The slot that holds the sum of a word's rows: one of the cache, or one that the next word may overwrite; 0 where there is too little room.
function wordOf(gatherer: usize, vocabulary: usize, token: usize, rowBytes: u32): usize {
  const begin = load<u32>(token);
  const length = load<u32>(token, 4) - begin;
  const hash = load<u32>(token, 8);
  if (length > LONGEST_KEPT) {
    const once = load<u32>(gatherer + GATHERER_VECTOR);
    if (!sumWord(gatherer, vocabulary, token, length, once)) return 0;
    return once;
  }
  const slotBytes = load<u32>(gatherer + GATHERER_SLOT_BYTES);
  const index = spread(hash) & load<u32>(gatherer + GATHERER_CACHE_MASK);
  const cache = load<u32>(gatherer + GATHERER_CACHE);
  const home = cache + index * slotBytes;
  if (isWord(home, hash, begin, length)) return home;
  const other = cache + (index ^ 1) * slotBytes;
  if (isWord(other, hash, begin, length)) return other;
  const vector = load<u32>(gatherer + GATHERER_VECTOR);
  if (!sumWord(gatherer, vocabulary, token, length, vector)) return 0;
  // The word that was here moves next door, so that of two that are met in turn both stay.
  memory.copy(other, home, WORD_VECTOR + rowBytes);
  memory.copy(home + WORD_TEXT, begin, length);
  store<u32>(home, hash, WORD_HASH);
  store<u32>(home, length, WORD_LENGTH);
  store<u32>(home, load<u32>(vector + WORD_FEATURES), WORD_FEATURES);
  memory.copy(home + WORD_VECTOR, vector + WORD_VECTOR, rowBytes);
  return home;
}

function isWord(slot: usize, hash: u32, begin: usize, length: u32): bool {
  return (
    load<u32>(slot, WORD_HASH) == hash &&
    load<u32>(slot, WORD_LENGTH) == length &&
    sameBytes(slot + WORD_TEXT, begin, length)
  );
}

// Looks a token up and sums its rows into a slot; false where there is too little room for their ids.
function sumWord(gatherer: usize, vocabulary: usize, token: usize, length: u32, slot: usize): bool {
  // Every character begins one n-gram of each length.
  if (<u64>(length + 2) * load<u32>(vocabulary + VOCABULARY_LONGEST) + 1 > <u64>load<u32>(gatherer + GATHERER_ROOM))
    return false;
  fastTextFind(vocabulary, token, 1);
  const entry = load<u32>(token, 12);
  const isLabel = entry < ENTRY_SKIPPED && entry >= load<u32>(vocabulary + VOCABULARY_WORDS);
  if (entry == ENTRY_SKIPPED || isLabel) {
    store<u32>(slot, WORD_SKIPPED, WORD_FEATURES);
    return true;
  }
  const out = gatherer + GATHERER_OUT;
  // One token has no word n-grams.
  const found = fastTextFeatures(vocabulary, token, 1, 0, load<u32>(gatherer + GATHERER_IDS), 0, 0, out + 8, out);
  gatherRows(gatherer, found, slot + WORD_VECTOR);
  store<u32>(slot, load<u32>(out), WORD_FEATURES);
  return true;
}

// The sum of the rows of the first `count` ids, whatever form A has.
function gatherRows(gatherer: usize, count: u32, out: usize): void {
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const ones = load<u32>(gatherer + GATHERER_ONES);
  const rows = load<u32>(gatherer + GATHERER_ROWS);
  const kind = load<u32>(rows + ROWS_KIND);
  const at = load<u32>(rows + ROWS_AT);
  const width = load<u32>(rows + ROWS_WIDTH);
  store<u32>(gatherer + GATHERER_LOOKED_UP, load<u32>(gatherer + GATHERER_LOOKED_UP) + count);
  if (kind == ROWS_DENSE) gather(ids, ones, count, at, width, out);
  else if (kind == ROWS_HALVES) gatherHalves(ids, ones, count, at, width, out);
  else if (kind == ROWS_INT8) gatherBytes(ids, ones, count, at, load<u32>(rows + ROWS_SCALES), width, out);
  else
    gatherProduct(
      ids,
      ones,
      count,
      at,
      load<u32>(rows + ROWS_CODE_COUNT),
      load<u32>(rows + ROWS_DIMENSION),
      load<u32>(rows + ROWS_SUB_DIMENSION),
      load<u32>(rows + ROWS_CENTROIDS),
      load<u32>(rows + ROWS_NORM_CODES),
      load<u32>(rows + ROWS_NORMS),
      out,
    );
}
