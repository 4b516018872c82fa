// Text to its distinct features in one call, with the scratch that features/featureExtractor.ts provides.

import {
  EXTRACTOR_ASCII_TABLE,
  EXTRACTOR_CAPACITY,
  EXTRACTOR_CODE_POINTS,
  EXTRACTOR_COUNTS,
  EXTRACTOR_HASHES,
  EXTRACTOR_LONGEST,
  EXTRACTOR_LOWERCASE,
  EXTRACTOR_NEEDED,
  EXTRACTOR_OFFSETS,
  EXTRACTOR_PLAIN,
  EXTRACTOR_ROOM,
  EXTRACTOR_SEGMENT,
  EXTRACTOR_SHORTEST,
  EXTRACTOR_SLOT_COUNT,
  EXTRACTOR_SLOTS,
  EXTRACTOR_STATE,
  EXTRACTOR_TABLES,
  EXTRACTOR_TOKEN_COUNT,
  EXTRACTOR_TOKENS,
  EXTRACTOR_WORD_COUNT,
  EXTRACTOR_WORD_NGRAMS,
  NO_ROOM,
} from "../src/kernels/layout";
import {
  asciiWordHashes,
  characterFeatureBound,
  characterFeatures,
  distinct,
  NOT_ASCII,
  wordHashes,
  wordNgrams,
} from "./features";
import { decodePlain, normalize } from "./normalize";
import { PLAIN_MARGIN, plainWordHashes } from "./plainWords";
import { tokenize } from "./tokens";

/** Room for code points beyond the bytes of a text that `normalize` wants. */
const MARGIN: u32 = 128;

/**
 * The distinct features of bytes [source, end) to the extractor's hashes and counts, those of the word block first. Returns how many, or
 * `NO_ROOM`: then nothing is changed but scratch.
 */
export function extract(extractor: usize, source: usize, end: usize): u32 {
  const length = <u32>(end - source);
  const longest = load<u32>(extractor + EXTRACTOR_LONGEST);
  const ngrams = load<u32>(extractor + EXTRACTOR_WORD_NGRAMS);
  const hashes = load<u32>(extractor + EXTRACTOR_HASHES);
  const room = load<u32>(extractor + EXTRACTOR_ROOM);
  if (!isDefined(COMPACT_KERNELS) && longest == 0) {
    // Every byte may be a word.
    if (<u64>length * ngrams > <u64>room) return lack(extractor, length * ngrams);
    const isPlain = load<u32>(extractor + EXTRACTOR_PLAIN) && length + PLAIN_MARGIN <= room;
    const words = isPlain
      ? plainWordHashes(source, end, load<u32>(extractor + EXTRACTOR_LOWERCASE), hashes)
      : asciiWordHashes(source, end, load<u32>(extractor + EXTRACTOR_ASCII_TABLE), hashes);
    if (words != NOT_ASCII) return foldWords(extractor, words, wordNgrams(0, words, ngrams, hashes, 0));
  }
  const tokenCount = cut(extractor, source, end);
  if (tokenCount == NO_ROOM) return NO_ROOM;
  const codePoints = load<u32>(extractor + EXTRACTOR_CODE_POINTS);
  const tokens = load<u32>(extractor + EXTRACTOR_TOKENS);
  const shortest = load<u32>(extractor + EXTRACTOR_SHORTEST);
  let bound = <u64>tokenCount * ngrams;
  if (longest) bound += characterFeatureBound(tokens, tokenCount, shortest, longest);
  if (bound > <u64>room) return lack(extractor, <u32>bound);
  wordHashes(codePoints, tokens, tokenCount, hashes, 0);
  const words = foldWords(extractor, tokenCount, wordNgrams(tokens, tokenCount, ngrams, hashes, 0));
  if (longest == 0 || words == NO_ROOM) return words;
  const rest = hashes + (words << 2);
  const found = characterFeatures(codePoints, tokens, tokenCount, shortest, longest, rest, 0);
  const folded = fold(extractor, rest, found, load<u32>(extractor + EXTRACTOR_COUNTS) + words);
  return folded == NO_ROOM ? NO_ROOM : words + folded;
}

// Bytes to code points to tokens; returns how many tokens.
function cut(extractor: usize, source: usize, end: usize): u32 {
  const length = <u32>(end - source);
  const capacity = load<u32>(extractor + EXTRACTOR_CAPACITY);
  const isPlain = load<u32>(extractor + EXTRACTOR_PLAIN);
  const lowercase = load<u32>(extractor + EXTRACTOR_LOWERCASE);
  const tables = load<u32>(extractor + EXTRACTOR_TABLES);
  // Text that is taken as it is needs no table.
  if (length + MARGIN > capacity || (tables == 0 && (!isPlain || lowercase))) return lack(extractor, 0);
  const codePoints = load<u32>(extractor + EXTRACTOR_CODE_POINTS);
  const offsets = load<u32>(extractor + EXTRACTOR_OFFSETS);
  const state = load<u32>(extractor + EXTRACTOR_STATE);
  const segment = load<u32>(extractor + EXTRACTOR_SEGMENT);
  const count = isPlain
    ? decodePlain(source, end, tables, lowercase, codePoints, offsets, capacity, state)
    : normalize(source, end, tables, lowercase, codePoints, offsets, capacity, segment, state);
  if (load<u32>(state) < length) return lack(extractor, 0);
  return tokenize(codePoints, count, load<u32>(extractor + EXTRACTOR_TOKENS));
}

// Says what there is too little room for.
function lack(extractor: usize, features: u32): u32 {
  store<u32>(extractor + EXTRACTOR_NEEDED, features);
  return NO_ROOM;
}

function foldWords(extractor: usize, tokenCount: u32, count: u32): u32 {
  store<u32>(extractor + EXTRACTOR_TOKEN_COUNT, tokenCount);
  const words = fold(
    extractor,
    load<u32>(extractor + EXTRACTOR_HASHES),
    count,
    load<u32>(extractor + EXTRACTOR_COUNTS),
  );
  store<u32>(extractor + EXTRACTOR_WORD_COUNT, words);
  return words;
}

// `distinct`, in a table of the least power of two that is more than twice the count.
function fold(extractor: usize, hashes: usize, count: u32, counts: usize): u32 {
  const slots = max<u32>(16, 1 << (32 - clz(2 * count + 1)));
  if (slots > load<u32>(extractor + EXTRACTOR_SLOT_COUNT)) return lack(extractor, count);
  return distinct(hashes, count, counts, load<u32>(extractor + EXTRACTOR_SLOTS), slots - 1, 0);
}
