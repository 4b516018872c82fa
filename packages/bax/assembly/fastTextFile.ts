// What a fastText file has very many of: entries of its dictionary, and kept buckets. Errors are told by TypeScript, which looks again.

/**
 * Reads entries that lie one after another: bytes up to a zero, a count (i64), and a type (u8), 0 for the first `words` and 1 for the others.
 * Writes where each begins, counted from `base` (u32), and its count (f64). Returns how many are as they should be, from the first on, and
 * to `next` (u32) where the first begins that is not.
 */
export function fastTextEntries(
  base: usize,
  at: usize,
  end: usize,
  count: u32,
  words: u32,
  starts: usize,
  counts: usize,
  next: usize,
): u32 {
  let entry: u32 = 0;
  while (entry < count) {
    let zero = at;
    while (zero < end && load<u8>(zero)) zero++;
    if (end - zero < 10 || load<u8>(zero + 9) != <u8>(entry >= words)) break;
    const times = load<i64>(zero + 1);
    if (times < 0 || times > 0x1fffffffffffff) break;
    store<u32>(starts + (entry << 2), <u32>(at - base));
    store<f64>(counts + ((<usize>entry) << 3), <f64>times);
    at = zero + 10;
    entry++;
  }
  store<u32>(next, <u32>at);
  return entry;
}

/**
 * Reads `count` pairs of a bucket below `bucketCount` and its row (u32 each) into `buckets` (count u32, 0xffffffff at first). Returns how
 * many are as they should be, from the first on.
 */
export function fastTextBuckets(pairs: usize, count: u32, bucketCount: u32, buckets: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const bucket = load<u32>(pairs + ((<usize>i) << 3));
    const row = load<u32>(pairs + ((<usize>i) << 3) + 4);
    if (bucket >= bucketCount || row >= count) return i;
    const place = buckets + ((<usize>row) << 2);
    if (load<u32>(place) != 0xffffffff) return i;
    store<u32>(place, bucket);
  }
  return count;
}
