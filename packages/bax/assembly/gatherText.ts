// Texts to hidden rows without leaving the kernels: features, their rows of A, and the sum of these, in one lane of sixteen after another.

import {
  EXTRACTOR_COUNTS,
  EXTRACTOR_HASHES,
  EXTRACTOR_WORD_COUNT,
  GATHERER_AT,
  GATHERER_CHARACTER_SCALE,
  GATHERER_COUNTS,
  GATHERER_END,
  GATHERER_FACTOR,
  GATHERER_FEATURE_WEIGHTS,
  GATHERER_FEATURES,
  GATHERER_GROUP_COUNT,
  GATHERER_GROUPS,
  GATHERER_IDS,
  GATHERER_IS_FASTTEXT,
  GATHERER_LANE,
  GATHERER_NORM,
  GATHERER_PROJECTION,
  GATHERER_ROOM,
  GATHERER_TABLE,
  GATHERER_TERM_FREQUENCIES,
  GATHERER_TOTAL,
  GATHERER_UNANSWERED,
  GATHERER_WEIGHTS,
  GATHERER_WORD_SCALE,
  GROUP_BYTES,
  LANES,
  NO_ROOM,
} from "../src/kernels/layout";
import { weigh } from "./bag";
import { extract } from "./extract";
import { findFeatures } from "./featureTable";
import { gather, multiply } from "./gather";
import { gatherFastText } from "./gatherFastText";
import { lineEnd } from "./lines";
import { project } from "./project";

const CARRIAGE_RETURN: u8 = 13;

/**
 * Puts lines from GATHERER_AT on into lanes from GATHERER_LANE on until all are full or the lines end; the newline, and a carriage return
 * before it, do not count. Returns 0, or `NO_ROOM` where the line at GATHERER_AT needs more room than there is.
 */
export function gatherLines(gatherer: usize): u32 {
  const end: usize = load<u32>(gatherer + GATHERER_END);
  while (true) {
    const lane = load<u32>(gatherer + GATHERER_LANE);
    const line: usize = load<u32>(gatherer + GATHERER_AT);
    if (line >= end || lane == <u32>LANES) return 0;
    const newline = lineEnd(line, end);
    const to = newline > line && load<u8>(newline - 1) == CARRIAGE_RETURN ? newline - 1 : newline;
    if (gatherText(gatherer, line, to, 1, lane) == NO_ROOM) return NO_ROOM;
    store<u32>(gatherer + GATHERER_AT, <u32>(newline + 1));
    store<u32>(gatherer + GATHERER_LANE, lane + 1);
  }
}

/**
 * Puts the text [source, end) into a lane. `isLine`: whether fastText's token for the end of a line follows. Returns how many features
 * the model knows of it, or `NO_ROOM`, and then nothing is changed but scratch.
 */
export function gatherText(gatherer: usize, source: usize, end: usize, isLine: u32, lane: u32): u32 {
  const count = load<u32>(gatherer + GATHERER_IS_FASTTEXT)
    ? gatherFastText(gatherer, source, end, isLine, lane)
    : gatherHashed(gatherer, source, end, lane);
  if (count != NO_ROOM) store<u32>(gatherer + GATHERER_TOTAL, count);
  return count;
}

function gatherHashed(gatherer: usize, source: usize, end: usize, lane: u32): u32 {
  const extractor = load<u32>(gatherer + GATHERER_FEATURES);
  const distinct = extract(extractor, source, end);
  if (distinct == NO_ROOM || distinct > load<u32>(gatherer + GATHERER_ROOM)) return NO_ROOM;
  const words = load<u32>(extractor + EXTRACTOR_WORD_COUNT);
  const hashes = load<u32>(extractor + EXTRACTOR_HASHES);
  const occurrences = load<u32>(extractor + EXTRACTOR_COUNTS);
  const table = load<u32>(gatherer + GATHERER_TABLE);
  const ids = load<u32>(gatherer + GATHERER_IDS);
  const counts = load<u32>(gatherer + GATHERER_COUNTS);
  const known = findFeatures(hashes, occurrences, words, table, ids, counts, 0);
  const count =
    known +
    findFeatures(
      hashes + (words << 2),
      occurrences + words,
      distinct - words,
      table,
      ids + (known << 2),
      counts + known,
      0,
    );
  const weights = load<u32>(gatherer + GATHERER_WEIGHTS);
  weigh(
    ids,
    counts,
    known,
    count,
    load<u32>(gatherer + GATHERER_FEATURE_WEIGHTS),
    load<u32>(gatherer + GATHERER_TERM_FREQUENCIES),
    load<u32>(gatherer + GATHERER_NORM),
    load<f32>(gatherer + GATHERER_WORD_SCALE),
    load<f32>(gatherer + GATHERER_CHARACTER_SCALE),
    weights,
  );
  gatherBag(gatherer, ids, weights, count, lane);
  return count;
}

/** Puts a bag into a lane: the weighted sum of rows of A, or of their projections, times GATHERER_FACTOR. */
export function gatherBag(gatherer: usize, ids: usize, weights: usize, count: u32, lane: u32): void {
  const projection = load<u32>(gatherer + GATHERER_PROJECTION);
  if (projection) project(projection, ids, count);
  const factor = load<f64>(gatherer + GATHERER_FACTOR);
  const groups = load<u32>(gatherer + GATHERER_GROUPS);
  const end = groups + load<u32>(gatherer + GATHERER_GROUP_COUNT) * GROUP_BYTES;
  for (let group = groups; group < end; group += GROUP_BYTES) {
    const width = load<u32>(group, 4);
    const row = load<u32>(group, 8) + lane * (width << 2);
    gather(ids, weights, count, load<u32>(group), width, row);
    multiply(row, width, factor);
  }
  store<u8>(load<u32>(gatherer + GATHERER_UNANSWERED) + lane, 0);
}
