// Which buckets have a row: a bit each, and apart from these, since most buckets have none, a count for 64 of them (layout.ts,
// VOCABULARY_LIVE).

import {
  VOCABULARY_BUCKETS,
  VOCABULARY_LIVE,
  VOCABULARY_LIVE_COUNTS,
  VOCABULARY_LIVE_ROWS,
} from "../src/kernels/layout";
import { setBit } from "./bits";

// How many buckets before this one have a row.
function rankOf(bits: usize, counts: usize, bucket: u32): u32 {
  const group = bucket >> 6;
  const before = load<u64>(bits + (group << 3)) & (((<u64>1) << (bucket & 63)) - 1);
  return load<u32>(counts + (group << 2)) + <u32>popcnt(before);
}

/** The row behind the words of a bucket that has one. */
export function liveRow(bits: usize, counts: usize, rows: usize, bucket: u32): u32 {
  return load<u32>(rows + (rankOf(bits, counts, bucket) << 2));
}

/**
 * Fills the index of a vocabulary: `buckets` (count u32) is the bucket of each row behind the words; of equal buckets the first counts. The
 * bits are zero before.
 */
export function indexLiveBuckets(vocabulary: usize, buckets: usize, count: u32): void {
  const bits: usize = load<u32>(vocabulary + VOCABULARY_LIVE);
  const counts: usize = load<u32>(vocabulary + VOCABULARY_LIVE_COUNTS);
  const rows: usize = load<u32>(vocabulary + VOCABULARY_LIVE_ROWS);
  for (let i: u32 = 0; i < count; i++) {
    setBit(bits, load<u32>(buckets + (i << 2)));
  }
  let before: u32 = 0;
  const groups = (load<u32>(vocabulary + VOCABULARY_BUCKETS) + 63) >> 6;
  for (let group: u32 = 0; group < groups; group++) {
    store<u32>(counts + (group << 2), before);
    before += <u32>popcnt(load<u64>(bits + (group << 3)));
  }
  for (let i = count; i > 0; i--) {
    const bucket = load<u32>(buckets + ((i - 1) << 2));
    store<u32>(rows + (rankOf(bits, counts, bucket) << 2), i - 1);
  }
}
