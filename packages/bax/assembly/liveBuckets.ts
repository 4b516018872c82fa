// Which buckets have a row, by a bit each and a count for 64 of them (layout.ts, VOCABULARY_LIVE).

import { LIVE_BYTES } from "../src/kernels/layout";

/** Where the index tells of a bucket. */
export function groupOf(index: usize, bucket: u32): usize {
  return index + (bucket >> 6) * LIVE_BYTES;
}

/** 1 for a bucket that has a row, 0 for one that has none. */
export function isLive(group: usize, bucket: u32): u32 {
  return <u32>((load<u64>(group) >> (bucket & 63)) & 1);
}

// How many buckets before this one have a row.
function rankOf(group: usize, bucket: u32): u32 {
  return load<u32>(group, 8) + <u32>popcnt(load<u64>(group) & (((<u64>1) << (bucket & 63)) - 1));
}

/** The row behind the words of a bucket that has one; of another one a number that means nothing. */
export function liveRow(group: usize, rows: usize, bucket: u32): u32 {
  return load<u32>(rows + (rankOf(group, bucket) << 2));
}

/**
 * Fills the index: `buckets` (count u32) is the bucket of each row behind the words; of equal buckets the first counts. `index`, zeroed,
 * has 16 bytes for every 64 of `most` buckets; `rows` has room for count + 1 u32.
 */
export function indexLiveBuckets(buckets: usize, count: u32, most: u32, index: usize, rows: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const bucket = load<u32>(buckets + (i << 2));
    const group = groupOf(index, bucket);
    store<u64>(group, load<u64>(group) | ((<u64>1) << (bucket & 63)));
  }
  let before: u32 = 0;
  for (let first: u32 = 0; first < most; first += 64, index += LIVE_BYTES) {
    store<u32>(index, before, 8);
    before += <u32>popcnt(load<u64>(index));
  }
  index -= ((most + 63) >> 6) * LIVE_BYTES;
  for (let i = count; i > 0; i--) {
    const bucket = load<u32>(buckets + ((i - 1) << 2));
    const group = groupOf(index, bucket);
    store<u32>(rows + (rankOf(group, bucket) << 2), i - 1);
  }
}
