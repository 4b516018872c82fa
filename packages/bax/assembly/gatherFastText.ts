// fastText's features to a hidden row. Where words have character n-grams, the rows of a word are summed first, and then the words: so the
// sum of a word that was met before can be kept, and changes no bit. Few words make most of a text. Not in very long texts, where the order
// of the sum shows, and not where fastText's table of σ would make a step of a last bit.

import {
  DOOR_PLACES,
  ENTRY_NONE,
  ENTRY_SKIPPED,
  GATHERER_BY_WORDS,
  GATHERER_DOOR,
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
  GATHERER_SUBWORDS,
  GATHERER_TAGS,
  GATHERER_TOKEN,
  GATHERER_TOKEN_ROOM,
  GATHERER_TOKENS,
  GATHERER_TURN,
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
  SET_SLOTS,
  SPOT_BEGIN,
  SPOT_BYTES,
  SPOT_DOOR,
  SPOT_END,
  SPOT_SET,
  SPOT_SLOT,
  SPOT_TAG,
  SPOT_TEXT,
  TOKEN_BYTES,
  VOCABULARY_BUCKETS,
  VOCABULARY_LINE_END,
  VOCABULARY_LIVE,
  VOCABULARY_LONGEST,
  VOCABULARY_MAP_COUNTS_MISSING,
  VOCABULARY_WORD_NGRAMS,
  VOCABULARY_WORDS,
  WORD_FEATURES,
  WORD_HASH,
  WORD_LENGTH,
  WORD_SKIPPED,
  WORD_VECTOR,
} from "../src/kernels/layout";
import { gatherBytes, gatherHalves, gatherProduct } from "./compressed";
import { fastTextFeatures, fastTextFind, fastTextTokens, fastTextWordNgrams, hashBytes } from "./fastText";
import { gather, multiply } from "./gather";
import { subwordRows } from "./subwordRows";
import { isWord, slotAt, spotWords } from "./wordSpots";

/** As `gatherText`: the mean of the rows of all features, times GATHERER_FACTOR. Returns how many features there are. */
export function gatherFastText(gatherer: usize, source: usize, end: usize, isLine: u32, lane: u32): u32 {
  const vocabulary = load<u32>(gatherer + GATHERER_FEATURES);
  const length = <u32>(end - source);
  if ((length + 3) >> 1 > load<u32>(gatherer + GATHERER_TOKEN_ROOM)) return NO_ROOM;
  const width = load<u32>(load<u32>(gatherer + GATHERER_ROWS) + ROWS_WIDTH);
  const row = load<u32>(load<u32>(gatherer + GATHERER_GROUPS) + 8) + lane * (width << 2);
  const hasSubwords = load<u32>(vocabulary + VOCABULARY_LONGEST) > 0 && load<u32>(vocabulary + VOCABULARY_BUCKETS) > 0;
  const isByWords = hasSubwords && length <= load<u32>(gatherer + GATHERER_BY_WORDS);
  const total = isByWords
    ? sumWords(gatherer, vocabulary, source, end, isLine, row, width << 2)
    : sumFeatures(gatherer, vocabulary, source, end, isLine, row);
  if (total == NO_ROOM) return NO_ROOM;
  store<u8>(load<u32>(gatherer + GATHERER_UNANSWERED) + lane, total == 0 ? 1 : 0);
  // fastText's own way: the sum is multiplied by 1 / n, in float32.
  const mean: f32 = total > 0 ? <f32>1 / <f32>total : 0;
  multiply(row, width, <f64>mean * load<f64>(gatherer + GATHERER_FACTOR));
  return total;
}

// All rows in one sum, in fastText's order.
function sumFeatures(gatherer: usize, vocabulary: usize, source: usize, end: usize, isLine: u32, row: usize): u32 {
  const tokens = load<u32>(gatherer + GATHERER_TOKENS);
  const count = fastTextTokens(vocabulary, source, end, isLine, tokens);
  const ngrams = max<u32>(1, load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS));
  const subwords = <u64>(end - source + 2 * count) * load<u32>(vocabulary + VOCABULARY_LONGEST);
  if (<u64>count * ngrams + subwords > <u64>load<u32>(gatherer + GATHERER_ROOM)) return NO_ROOM;
  fastTextFind(vocabulary, tokens, count);
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const out = gatherer + GATHERER_OUT;
  const found = fastTextFeatures(vocabulary, tokens, count, 0, ids, 0, 0, load<u32>(gatherer + GATHERER_SCRATCH), out);
  gatherRows(gatherer, found, row);
  return load<u32>(out);
}

function sumWords(
  gatherer: usize,
  vocabulary: usize,
  source: usize,
  end: usize,
  isLine: u32,
  row: usize,
  rowBytes: u32,
): u32 {
  const spots = load<u32>(gatherer + GATHERER_TOKENS);
  const spotsEnd = spotWords(gatherer, load<u32>(vocabulary + VOCABULARY_LINE_END), source, end, isLine, spots);
  const ngrams = load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS);
  const tokens = load<u32>(gatherer + GATHERER_SCRATCH);
  let token: usize = tokens;
  let total: u32 = 0;
  for (let at: u32 = 0; at < rowBytes; at += 16) v128.store(row + at, f32x4.splat(0));
  for (let spot: usize = spots; spot < spotsEnd; spot += SPOT_BYTES) {
    const word = wordAt(gatherer, vocabulary, spot, rowBytes);
    if (word == 0) return NO_ROOM;
    const features = load<u32>(word, WORD_FEATURES);
    if (features == WORD_SKIPPED) continue;
    total += features;
    for (let at: u32 = 0; at < rowBytes; at += 16)
      v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(word + WORD_VECTOR + at)));
    if (ngrams < 2) continue;
    store<u32>(token, load<u32>(spot, SPOT_BEGIN));
    store<u32>(token, load<u32>(spot, SPOT_END), 4);
    store<u32>(token, load<u32>(word, WORD_HASH), 8);
    token += TOKEN_BYTES;
  }
  if (ngrams < 2) return total;
  const found = sumNgrams(gatherer, vocabulary, tokens, <u32>(token - tokens) / TOKEN_BYTES, row, rowBytes);
  return found == NO_ROOM ? NO_ROOM : total + found;
}

// Adds the rows of word n-grams, summed by themselves; returns how many there are.
function sumNgrams(gatherer: usize, vocabulary: usize, tokens: usize, count: u32, row: usize, rowBytes: u32): u32 {
  const longest = load<u32>(vocabulary + VOCABULARY_WORD_NGRAMS);
  // The list of tokens and the n-grams share the room for features.
  if (<u64>count * (longest + 1) > <u64>load<u32>(gatherer + GATHERER_ROOM)) return NO_ROOM;
  const out = gatherer + GATHERER_OUT;
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const list = ids + ((load<u32>(gatherer + GATHERER_ROOM) - count) << 2);
  for (let i: u32 = 0; i < count; i++) store<u32>(list + (i << 2), <u32>(tokens + i * TOKEN_BYTES));
  store<u32>(out, 0);
  const found = <u32>(fastTextWordNgrams(vocabulary, list, count, 0, ids, ids, 0, out) - ids) >> 2;
  const sum = load<u32>(gatherer + GATHERER_VECTOR) + WORD_VECTOR;
  gatherRows(gatherer, found, sum);
  for (let at: u32 = 0; at < rowBytes; at += 16)
    v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(sum + at)));
  return load<u32>(out);
}

// Looks a word's token up and sums its rows into a slot; false where there is too little room for their ids.
function sumWord(gatherer: usize, vocabulary: usize, spot: usize, slot: usize): bool {
  const begin = load<u32>(spot, SPOT_BEGIN);
  const end = load<u32>(spot, SPOT_END);
  // Every character begins one n-gram of each length.
  const room = load<u32>(gatherer + GATHERER_ROOM);
  const most = <u64>(end - begin + 2) * (load<u32>(vocabulary + VOCABULARY_LONGEST) + 1) + 1;
  if (most > <u64>room) return false;
  const token = gatherer + GATHERER_TOKEN;
  const hash = hashBytes(begin, end);
  store<u32>(token, begin);
  store<u32>(token, end, 4);
  store<u32>(token, hash, 8);
  fastTextFind(vocabulary, token, 1);
  const entry = load<u32>(token, 12);
  store<u32>(slot, hash, WORD_HASH);
  const isLabel = entry < ENTRY_SKIPPED && entry >= load<u32>(vocabulary + VOCABULARY_WORDS);
  if (entry == ENTRY_SKIPPED || isLabel) {
    store<u32>(slot, WORD_SKIPPED, WORD_FEATURES);
    return true;
  }
  const out = gatherer + GATHERER_OUT;
  const ids = load<u32>(gatherer + GATHERER_IDS);
  if (load<u32>(vocabulary + VOCABULARY_LIVE) == 0 || begin == load<u32>(vocabulary + VOCABULARY_LINE_END)) {
    // One token has no word n-grams.
    const found = fastTextFeatures(vocabulary, token, 1, 0, ids, 0, 0, out + 8, out);
    gatherRows(gatherer, found, slot + WORD_VECTOR);
    store<u32>(slot, load<u32>(out), WORD_FEATURES);
    return true;
  }
  const own: u32 = entry == ENTRY_NONE ? 0 : 1;
  if (own) store<u32>(ids, entry);
  const scratch = load<u32>(gatherer + GATHERER_SUBWORDS);
  const found = own + subwordRows(vocabulary, begin, end, scratch, ids + (own << 2), room - own, out);
  gatherRows(gatherer, found, slot + WORD_VECTOR);
  const countsMissing = load<u32>(vocabulary + VOCABULARY_MAP_COUNTS_MISSING);
  store<u32>(slot, countsMissing ? own + load<u32>(out) : found, WORD_FEATURES);
  return true;
}

// The slot that holds the sum of the rows of the word of a spot: one of the kept, or one that the next word may overwrite; 0 where there is
// too little room.
function wordAt(gatherer: usize, vocabulary: usize, spot: usize, rowBytes: u32): usize {
  const home: usize = load<u32>(spot, SPOT_SLOT);
  if (home != 0 && isWord(home, spot)) return home;
  const vector: usize = load<u32>(gatherer + GATHERER_VECTOR);
  if (!sumWord(gatherer, vocabulary, spot, vector)) return 0;
  if (load<u32>(spot, SPOT_TAG) != 0) keep(gatherer, spot, vector, rowBytes);
  return vector;
}

// Puts a word and its sum into a slot of its set: one that is free, or that it has got since its spot was made; otherwise, of a word that was
// met before, into one of them in turn. Most words that have no slot are met once and would only push out others.
function keep(gatherer: usize, spot: usize, vector: usize, rowBytes: u32): void {
  const set = load<u32>(spot, SPOT_SET);
  const tag = load<u32>(spot, SPOT_TAG);
  const tags: usize = load<u32>(gatherer + GATHERER_TAGS) + (set << 4);
  const all = v128.load(tags);
  const fits = i32x4.bitmask(v128.or(i32x4.eq(all, i32x4.splat(tag)), i32x4.eq(all, i32x4.splat(0))));
  let index: u32 = ctz(fits);
  if (fits == 0) {
    if (!isKnownAtDoor(gatherer, spot)) return;
    const turn = load<u32>(gatherer + GATHERER_TURN);
    store<u32>(gatherer + GATHERER_TURN, turn + 1);
    index = turn & (SET_SLOTS - 1);
  }
  store<u32>(tags + (index << 2), tag);
  const slot = slotAt(gatherer, set, index);
  copy(slot + WORD_LENGTH, vector + WORD_LENGTH, WORD_VECTOR - WORD_LENGTH + rowBytes);
  v128.store(slot, v128.load(spot, SPOT_TEXT));
  store<u64>(slot, load<u64>(spot, SPOT_TEXT + 16), 16);
  store<u32>(slot, load<u32>(spot, SPOT_END) - load<u32>(spot, SPOT_BEGIN), WORD_LENGTH);
}

// Whether a word was met before, as far as the door remembers; from now on it was.
function isKnownAtDoor(gatherer: usize, spot: usize): bool {
  const hash = load<u32>(spot, SPOT_DOOR);
  const place: usize = load<u32>(gatherer + GATHERER_DOOR) + ((hash & (DOOR_PLACES - 1)) << 1);
  const mark = <u16>(hash >> 16);
  const isKnown = load<u16>(place) == mark;
  store<u16>(place, mark);
  return isKnown;
}

// Multiples of 8 bytes.
function copy(to: usize, from: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 8) store<u64>(to + i, load<u64>(from + i));
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
