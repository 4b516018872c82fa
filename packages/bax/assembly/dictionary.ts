// The dictionary: an open-addressed table of (hash, index + 1) pairs, 8 bytes a slot. Any number of slots will do, so that a table is no larger
// than it must be.

import { EXAMPLE_IDS, EXAMPLE_SIZE, EXAMPLE_TARGETS, EXAMPLE_WEIGHT, EXAMPLE_WORD_COUNT } from "../src/kernels/layout";
import { targetsOf } from "./example";
import { TOUCHED_TOGETHER, useWords } from "./touch";

// Where a hash would be: its share of 2^32, in slots (Lemire 2019).
function slotOf(hash: u32, slots: u32): u32 {
  return <u32>((<u64>hash * <u64>slots) >> 32);
}

// Reads the first slot of every hash.
function touch(hashes: usize, count: u32, table: usize, slots: u32): void {
  let touched: u32 = 0;
  for (const end = hashes + (count << 2); hashes < end; hashes += 4)
    touched ^= load<u32>(table + (slotOf(load<u32>(hashes), slots) << 3));
  useWords(touched);
}

/**
 * Looks up `count` hashes, adding those that are new: `keys[index]` is the hash, `documents[index]` in how many texts it occurred (each
 * call is one block of a text, its hashes distinct) in the low 31 bits and `block` (0 or 1) in the highest. Writes the indices to `ids`.
 * Returns the new size.
 */
export function addAll(
  hashes: usize,
  count: u32,
  table: usize,
  slots: u32,
  keys: usize,
  documents: usize,
  size: u32,
  ids: usize,
  block: u32,
): u32 {
  touch(hashes, count, table, slots);
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (i << 2));
    let slot = slotOf(hash, slots);
    let index: u32;
    while (true) {
      const entry = table + (slot << 3);
      index = load<u32>(entry + 4);
      if (index == 0) {
        store<u32>(entry, hash);
        index = ++size;
        store<u32>(entry + 4, index);
        store<u32>(keys + ((index - 1) << 2), hash);
        store<u32>(documents + ((index - 1) << 2), block << 31);
        break;
      }
      if (load<u32>(entry) == hash) break;
      if (++slot == slots) slot = 0;
    }
    store<u32>(ids + (i << 2), index - 1);
  }
  for (let i: u32 = 0; i < count; i++) {
    const document = documents + (load<u32>(ids + (i << 2)) << 2);
    store<u32>(document, load<u32>(document) + 1);
  }
  return size;
}

/** Puts keys[0 … size - 1], all distinct, into a zeroed table. */
export function fill(keys: usize, size: u32, table: usize, slots: u32): void {
  for (let index: u32 = 0; index < size; index++) {
    if (index % TOUCHED_TOGETHER == 0) touch(keys + (index << 2), min(size - index, TOUCHED_TOGETHER), table, slots);
    const hash = load<u32>(keys + (index << 2));
    let slot = slotOf(hash, slots);
    while (load<u32>(table + (slot << 3) + 4) != 0) {
      if (++slot == slots) slot = 0;
    }
    store<u32>(table + (slot << 3), hash);
    store<u32>(table + (slot << 3) + 4, index + 1);
  }
}

/**
 * Looks up `count` hashes; those that are known are written to `ids` and their counts (u8) to `kept`, in order. Returns how many are known.
 */
export function findAll(
  hashes: usize,
  counts: usize,
  count: u32,
  table: usize,
  slots: u32,
  ids: usize,
  kept: usize,
): u32 {
  touch(hashes, count, table, slots);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (i << 2));
    let slot = slotOf(hash, slots);
    while (true) {
      const entry = table + (slot << 3);
      const index = load<u32>(entry + 4);
      if (index == 0) break;
      if (load<u32>(entry) == hash) {
        store<u32>(ids + (found << 2), index - 1);
        store<u8>(kept + found, load<u8>(counts + i));
        found++;
        break;
      }
      if (++slot == slots) slot = 0;
    }
  }
  return found;
}

/** Replaces keys by their indices, in place; `none` for one that is not in the table. */
export function indexAll(ids: usize, count: u32, table: usize, slots: u32, none: u32): void {
  for (let at = ids; at < ids + (count << 2); at += 4) {
    const hash = load<u32>(at);
    let slot = slotOf(hash, slots);
    let found = none;
    while (true) {
      const entry = table + (slot << 3);
      const index = load<u32>(entry + 4);
      if (index == 0) break;
      if (load<u32>(entry) == hash) {
        found = index - 1;
        break;
      }
      if (++slot == slots) slot = 0;
    }
    store<u32>(at, found);
  }
}

// Replaces indices by rows (`rows[index]`, 0xffffffff for none), leaving out those without a row. Returns how many remain.
function keepRows(ids: usize, counts: usize, count: u32, rows: usize): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (load<u32>(ids + (i << 2)) << 2));
    if (row == 0xffffffff) continue;
    store<u32>(ids + (kept << 2), row);
    store<u8>(counts + kept, load<u8>(counts + i));
    kept++;
  }
  return kept;
}

/**
 * Writes the example at `from` to `to`, which is at or before it, with rows for ids: rows[id], and without the features whose row is
 * 0xffffffff.
 */
export function settleExample(from: usize, to: usize, rows: usize): void {
  const size = load<u32>(from + EXAMPLE_SIZE);
  const words = load<u32>(from + EXAMPLE_WORD_COUNT);
  const targets = load<u32>(from + EXAMPLE_TARGETS);
  const weight = load<f32>(from + EXAMPLE_WEIGHT);
  const labels = targetsOf(from);
  const ids = from + EXAMPLE_IDS;
  const counts = ids + (size << 2);
  const kept = keepRows(ids, counts, words, rows);
  const keptRest = keepRows(ids + (words << 2), counts + words, size - words, rows);
  const total = kept + keptRest;
  // In the order in which they lie, everything moves down: nothing that is still to be read is overwritten.
  store<u32>(to + EXAMPLE_SIZE, total);
  store<u32>(to + EXAMPLE_WORD_COUNT, kept);
  store<u32>(to + EXAMPLE_TARGETS, targets);
  store<f32>(to + EXAMPLE_WEIGHT, weight);
  const newIds = to + EXAMPLE_IDS;
  const newCounts = newIds + (total << 2);
  memory.copy(newIds, ids, kept << 2);
  memory.copy(newIds + (kept << 2), ids + (words << 2), keptRest << 2);
  memory.copy(newCounts, counts, kept);
  memory.copy(newCounts + kept, counts + words, keptRest);
  memory.copy(targetsOf(to), labels, targets << 3);
}
