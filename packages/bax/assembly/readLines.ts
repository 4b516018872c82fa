// Labelled lines to records of examples, without leaving the kernels: a line costs no call, no string and no object.

import {
  EXAMPLE_IDS,
  EXAMPLE_SIZE,
  EXAMPLE_TARGETS,
  EXAMPLE_WEIGHT,
  EXAMPLE_WORD_COUNT,
  EXTRACTOR_COUNTS,
  EXTRACTOR_HASHES,
  EXTRACTOR_WORD_COUNT,
  FEATURE_BYTES,
  NO_ROOM,
  READ_ALL,
  READ_LIMIT,
  READ_ODD,
  READ_UNLABELLED,
  READER_AT,
  READER_COUNT,
  READER_DOCUMENTS,
  READER_END,
  READER_EXTRACTOR,
  READER_FEATURES,
  READER_FINGERPRINT,
  READER_KEEPS_KEYS,
  READER_KEYS,
  READER_LABEL_COUNTS,
  READER_LABEL_MASK,
  READER_LABEL_POOL,
  READER_LABEL_STARTS,
  READER_LABEL_TABLE,
  READER_LABELS,
  READER_LABELS_ROOM,
  READER_LARGEST,
  READER_LINE,
  READER_MOST_BYTES,
  READER_MOST_LABELS,
  READER_MOST_SIZE,
  READER_OUT,
  READER_OUT_END,
  READER_PREFIX,
  READER_PREFIX_BYTES,
  READER_ROOM,
  READER_SHARES,
  READER_SIZE,
  READER_SLOTS,
  READER_TABLE,
} from "../src/kernels/layout";
import { addAll } from "./dictionary";
import { targetsOf } from "./example";
import { extract } from "./extract";
import { isSeparator, sameBytes } from "./fastText";
import { fingerprint } from "./fingerprint";
import { lineEnd } from "./lines";

const CARRIAGE_RETURN: u8 = 13;
const WORD_BLOCK: u32 = 0;
const CHARACTER_BLOCK: u32 = 1;
/** Not a number of labels: the line has one that is new. */
const UNKNOWN: u32 = 0xffffffff;

/** Reads lines from READER_AT on until something asks for the caller; says what (`READ_…` in layout.ts). */
export function readLines(reader: usize): u32 {
  const end: usize = load<u32>(reader + READER_END);
  const start = load<u32>(reader + READER_OUT);
  while (true) {
    const line: usize = load<u32>(reader + READER_AT);
    if (line >= end) return READ_ALL;
    const newline = lineEnd(line, end);
    let to = newline;
    if (to > line && load<u8>(to - 1) == CARRIAGE_RETURN) to--;
    let answer = READ_ALL;
    if (to > line) answer = readLine(reader, line, to);
    if (answer == READ_ODD) return READ_ODD;
    store<u32>(reader + READER_AT, <u32>(newline + 1));
    store<u32>(reader + READER_LINE, load<u32>(reader + READER_LINE) + 1);
    if (answer == READ_UNLABELLED) return READ_UNLABELLED;
    const size = <f64>load<u32>(reader + READER_SIZE);
    const written = <f64>(load<u32>(reader + READER_OUT) - start);
    if (written + 16 * size > load<f64>(reader + READER_MOST_BYTES) || size >= load<f64>(reader + READER_MOST_SIZE))
      return READ_LIMIT;
  }
}

function readLine(reader: usize, line: usize, to: usize): u32 {
  const labels = load<u32>(reader + READER_LABELS);
  const prefix = load<u32>(reader + READER_PREFIX);
  const prefixBytes = load<u32>(reader + READER_PREFIX_BYTES);
  let at = line;
  let count: u32 = 0;
  let labelled = false;
  while (true) {
    while (at < to && isSeparator(load<u8>(at))) at++;
    if (at == to || !hasPrefix(at, to, prefix, prefixBytes)) break;
    labelled = true;
    at += prefixBytes;
    const begin = at;
    let hash: u32 = 0;
    for (; at < to && !isSeparator(load<u8>(at)); at++) hash = hash * 31 + load<u8>(at);
    const label = labelOf(reader, hash, begin, <u32>(at - begin));
    if (label == UNKNOWN || count == load<u32>(reader + READER_LABELS_ROOM)) return READ_ODD;
    if (!includes(labels, count, label)) store<u32>(labels + (count++ << 2), label);
  }
  if (!labelled) return hasLabelInside(at, to, prefix, prefixBytes) ? READ_ODD : READ_UNLABELLED;
  if (hasLabelInside(at, to, prefix, prefixBytes)) return READ_ODD;
  return writeExample(reader, at, to, labels, count) ? READ_ALL : READ_ODD;
}

function hasPrefix(at: usize, to: usize, prefix: usize, bytes: u32): bool {
  return at + bytes <= to && sameBytes(at, prefix, bytes);
}

// Whether a label stands behind the first word of the text.
function hasLabelInside(at: usize, to: usize, prefix: usize, bytes: u32): bool {
  const first = load<u8>(prefix);
  const firsts = i8x16.splat(first);
  // The text's own first byte begins no label, or it would have been read as one.
  for (let from = at + 1; from + bytes <= to; ) {
    if (from + 16 <= to && !v128.any_true(i8x16.eq(v128.load(from), firsts))) {
      from += 16;
      continue;
    }
    const stop = min(from + 16, to);
    for (; from < stop; from++)
      if (load<u8>(from) == first && isSeparator(load<u8>(from - 1)) && hasPrefix(from, to, prefix, bytes)) return true;
  }
  return false;
}

function labelOf(reader: usize, hash: u32, begin: usize, length: u32): u32 {
  const table = load<u32>(reader + READER_LABEL_TABLE);
  const mask = load<u32>(reader + READER_LABEL_MASK);
  const starts = load<u32>(reader + READER_LABEL_STARTS);
  let slot = hash & mask;
  while (true) {
    const index = load<u32>(table + (slot << 3), 4);
    if (index == 0) return UNKNOWN;
    if (load<u32>(table + (slot << 3)) == hash) {
      const start = load<u32>(starts + ((index - 1) << 2));
      const isAsLong = load<u32>(starts + (index << 2)) - start == length;
      if (isAsLong && sameBytes(load<u32>(reader + READER_LABEL_POOL) + start, begin, length)) return index - 1;
    }
    slot = (slot + 1) & mask;
  }
}

function includes(labels: usize, count: u32, label: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(labels + (i << 2)) == label) return true;
  return false;
}

// False where there is too little room for something; then nothing is changed but scratch.
function writeExample(reader: usize, at: usize, to: usize, labels: usize, labelCount: u32): bool {
  const extractor = load<u32>(reader + READER_EXTRACTOR);
  const count = extract(extractor, at, to);
  if (count == NO_ROOM) return false;
  const out = load<u32>(reader + READER_OUT);
  const size = load<u32>(reader + READER_SIZE);
  if (<u64>size + count > <u64>load<u32>(reader + READER_ROOM)) return false;
  const most = <u64>out + EXAMPLE_IDS + <u64>count * FEATURE_BYTES + 3 + ((<u64>labelCount) << 3);
  if (most > <u64>load<u32>(reader + READER_OUT_END)) return false;

  const state = load<u32>(reader + READER_FINGERPRINT);
  fingerprint(at, <u32>(to - at), state);
  const counts = load<u32>(reader + READER_LABEL_COUNTS);
  for (let i: u32 = 0; i < labelCount; i++) {
    const label = load<u32>(labels + (i << 2));
    store<u32>(state, load<u32>(state) ^ (label + 1));
    store<u32>(counts + (label << 2), load<u32>(counts + (label << 2)) + 1);
  }
  const ids = out + EXAMPLE_IDS;
  const words = load<u32>(extractor + EXTRACTOR_WORD_COUNT);
  const hashes = load<u32>(extractor + EXTRACTOR_HASHES);
  addFeatures(reader, hashes, words, ids, WORD_BLOCK);
  addFeatures(reader, hashes + (words << 2), count - words, ids + (words << 2), CHARACTER_BLOCK);
  if (load<u32>(reader + READER_KEEPS_KEYS)) memory.copy(ids, hashes, count << 2);
  memory.copy(ids + (count << 2), load<u32>(extractor + EXTRACTOR_COUNTS), count);
  store<u32>(out, count, EXAMPLE_SIZE);
  store<u32>(out, words, EXAMPLE_WORD_COUNT);
  store<u32>(out, labelCount, EXAMPLE_TARGETS);
  store<f32>(out, 1, EXAMPLE_WEIGHT);
  const targets = targetsOf(out);
  memory.copy(targets, labels, labelCount << 2);
  const share: f32 = load<u32>(reader + READER_SHARES) ? <f32>1 / <f32>labelCount : 1;
  for (let i: u32 = 0; i < labelCount; i++) store<f32>(targets + ((labelCount + i) << 2), share);
  store<u32>(reader + READER_OUT, <u32>targets + (labelCount << 3));

  store<u32>(reader + READER_COUNT, load<u32>(reader + READER_COUNT) + 1);
  store<u32>(reader + READER_FEATURES, load<u32>(reader + READER_FEATURES) + count);
  store<u32>(reader + READER_LARGEST, max(load<u32>(reader + READER_LARGEST), count));
  store<u32>(reader + READER_MOST_LABELS, max(load<u32>(reader + READER_MOST_LABELS), labelCount));
  return true;
}

function addFeatures(reader: usize, hashes: usize, count: u32, ids: usize, block: u32): void {
  if (count == 0) return;
  const size = addAll(
    hashes,
    count,
    load<u32>(reader + READER_TABLE),
    load<u32>(reader + READER_SLOTS),
    load<u32>(reader + READER_KEYS),
    load<u32>(reader + READER_DOCUMENTS),
    load<u32>(reader + READER_SIZE),
    ids,
    block,
  );
  store<u32>(reader + READER_SIZE, size);
}
