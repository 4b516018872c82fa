// The rows of a word's character n-grams where only some buckets have one. Nearly every step is the same for every n-gram, so that the
// processor never has to guess: buckets are listed first, those of four n-grams at a time, then those without a row fall out of the list.

import {
  NO_ROOM,
  VOCABULARY_BUCKETS,
  VOCABULARY_LIVE,
  VOCABULARY_LIVE_COUNTS,
  VOCABULARY_LIVE_ROWS,
  VOCABULARY_LONGEST,
  VOCABULARY_SHORTEST,
  VOCABULARY_WORDS,
} from "../src/kernels/layout";
import { bitAt } from "./bits";
import { BASIS, BEGIN_BYTE, END_BYTE, hashByte, PRIME } from "./fastText";
import { liveRow } from "./liveBuckets";

/** Bytes of a character at the most, unless text is broken. */
const CHARACTER_BYTES: u32 = 4;
/** Bytes of the longest word that goes four characters at a time, its marks included, and characters of its longest n-gram. */
const LONGEST_WORD: u32 = 96;
const LONGEST_NGRAM: u32 = 16;
/** A u32 for each character of such a word, and for those that are read behind it. */
const PLANE_BYTES: u32 = 512;

/**
 * Lists the rows of the character n-grams of `<word>` at `ids`, which has room for `room` u32, more than there are bytes and n-grams.
 * `scratch`: SUBWORD_SCRATCH bytes. Returns how many rows there are; how many n-grams goes to `out` (u32).
 */
export function subwordRows(
  vocabulary: usize,
  begin: usize,
  end: usize,
  scratch: usize,
  ids: usize,
  room: u32,
  out: usize,
): u32 {
  const length = <u32>(end - begin) + 2;
  const shortest = load<u32>(vocabulary + VOCABULARY_SHORTEST);
  const longest = load<u32>(vocabulary + VOCABULARY_LONGEST);
  const isShort =
    length <= LONGEST_WORD &&
    // The lone marks, which are no n-grams, would be in the way.
    shortest >= 2 &&
    longest >= shortest &&
    longest <= LONGEST_NGRAM &&
    (length + 3) * (longest - shortest + 1) <= room;
  let count: u32 = NO_ROOM;
  if (isShort) count = listTogether(vocabulary, begin, length, scratch, ids, shortest, longest);
  if (count == NO_ROOM) count = listOneByOne(vocabulary, begin, length, ids, room, shortest, longest);
  store<u32>(out, count);
  return keepLive(vocabulary, ids, count);
}

// The buckets of all n-grams, from four characters on at a time; `NO_ROOM` for a word with characters of more bytes than there are.
function listTogether(
  vocabulary: usize,
  begin: usize,
  length: u32,
  scratch: usize,
  list: usize,
  shortest: u32,
  longest: u32,
): u32 {
  const planes = scratch + PLANE_BYTES;
  const word = scratch;
  store<u8>(word, <u8>BEGIN_BYTE);
  for (let i: u32 = 0; i < length - 2; i += 8) store<u64>(word + 1 + i, load<u64>(begin + i));
  // Nothing behind the word is part of a character, or not ASCII.
  v128.store(word + length - 1, i32x4(END_BYTE, 0, 0, 0));
  const parts: u32 = isAscii(word, length) ? 1 : layPlanes(word, length, planes);
  if (parts > CHARACTER_BYTES) return NO_ROOM;
  const characters = parts == 1 ? length : load<u32>(planes - 4);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  const inverses = i32x4.splat(0xffffffff / buckets);
  const divisors = i32x4.splat(buckets);
  const primes = i32x4.splat(PRIME);
  const step = (longest - shortest + 1) << 2;
  let to = list;
  for (let first: u32 = 0; first < characters; first += 4, to += step << 2) {
    let hashes = i32x4.splat(BASIS);
    let place = to;
    for (let n: u32 = 1; n <= longest; n++) {
      const last = first + n - 1;
      if (parts == 1)
        hashes = i32x4.mul(v128.xor(hashes, i32x4.extend_low_i16x8_s(v128.load_ext<i8>(word + last))), primes);
      else {
        let plane = planes + (last << 2);
        for (let part: u32 = 0; part < parts; part++, plane += 2 * PLANE_BYTES)
          hashes = i32x4.mul(v128.xor(hashes, v128.load(plane)), v128.load(plane, PLANE_BYTES));
      }
      if (n < shortest) continue;
      const four = remainders(hashes, inverses, divisors);
      v128.store32_lane(place, four, 0);
      v128.store32_lane(place + step, four, 1);
      v128.store32_lane(place + 2 * step, four, 2);
      v128.store32_lane(place + 3 * step, four, 3);
      place += 4;
    }
  }
  return withoutOverhang(list, characters, shortest, longest);
}

// Each of four hashes modulo the number of buckets. `inverses` are at most 2^32 / buckets and less than 1 below it: so the quotient that comes
// of it is right or one too small, and the remainder right or one time `buckets`, which is below 2^31, too great.
function remainders(hashes: v128, inverses: v128, divisors: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(hashes, inverses);
  const high = i64x2.extmul_high_i32x4_u(hashes, inverses);
  const quotients = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
  const rest = i32x4.sub(hashes, i32x4.mul(quotients, divisors));
  return i32x4.min_u(rest, i32x4.sub(rest, divisors));
}

function isAscii(word: usize, length: u32): bool {
  let high: u32 = 0;
  for (let at: u32 = 0; at < length; at += 16) high |= <u32>i8x16.bitmask(v128.load(word + at));
  return high == 0;
}

// The first bytes of a word's characters, sign-extended, and what follows each is multiplied by, then their second bytes, and so on. A byte
// that a character does not have is 0, and multiplied by 1: so it changes no hash. Before them how many characters there are. Returns how
// many bytes the longest has.
function layPlanes(word: usize, length: u32, planes: usize): u32 {
  const end = word + length;
  let plane = planes;
  let most: u32 = 1;
  for (let at = word; at < end; plane += 4) {
    let part = plane;
    let bytes: u32 = 0;
    do {
      if (bytes == CHARACTER_BYTES) return CHARACTER_BYTES + 1;
      store<i32>(part, <i32>load<i8>(at++));
      store<u32>(part, PRIME, PLANE_BYTES);
      part += 2 * PLANE_BYTES;
      bytes++;
    } while ((load<u8>(at) & 0xc0) == 0x80);
    most = max(most, bytes);
    for (; bytes < CHARACTER_BYTES; bytes++, part += 2 * PLANE_BYTES) {
      store<u32>(part, 0);
      store<u32>(part, 1, PLANE_BYTES);
    }
  }
  store<u32>(planes - 4, <u32>(plane - planes) >> 2);
  return most;
}

// Takes the n-grams out of a list that would reach beyond the word; returns how many are left.
function withoutOverhang(list: usize, characters: u32, shortest: u32, longest: u32): u32 {
  const range = longest - shortest + 1;
  let from: u32 = characters >= longest ? characters - longest + 1 : 0;
  let at = list + ((from * range) << 2);
  for (; from + shortest <= characters; from++) {
    const own = list + ((from * range) << 2);
    for (let n: u32 = 0; n <= characters - from - shortest; n++, at += 4) store<u32>(at, load<u32>(own + (n << 2)));
  }
  return <u32>(at - list) >> 2;
}

// The buckets of all n-grams, by code points, one after another: a byte 10xxxxxx goes with the one before it.
function listOneByOne(
  vocabulary: usize,
  begin: usize,
  length: u32,
  list: usize,
  room: u32,
  shortest: u32,
  longest: u32,
): u32 {
  // The word with its marks is spelt out behind the room that its n-grams may take.
  const word = list + ((room - length) << 2);
  store<u8>(word, <u8>BEGIN_BYTE);
  for (let i: u32 = 0; i < length - 2; i++) store<u8>(word + 1 + i, load<u8>(begin + i));
  store<u8>(word + length - 1, <u8>END_BYTE);
  // No part of a character: the last n-gram ends here.
  store<u8>(word + length, 0);
  const buckets = load<u32>(vocabulary + VOCABULARY_BUCKETS);
  const end = word + length;
  let at = list;
  for (let from = word; from < end; from++) {
    if ((load<u8>(from) & 0xc0) == 0x80) continue;
    let hash = BASIS;
    let to = from;
    for (let n: u32 = 1; to < end && n <= longest; n++) {
      do hash = hashByte(hash, load<u8>(to++));
      while ((load<u8>(to) & 0xc0) == 0x80);
      // A lone < or > is no n-gram.
      if (n < shortest || (n == 1 && (from == word || to == end))) continue;
      store<u32>(at, hash % buckets);
      at += 4;
    }
  }
  return <u32>(at - list) >> 2;
}

// Buckets to rows in their place, without those that have none; returns how many are left.
function keepLive(vocabulary: usize, ids: usize, count: u32): u32 {
  const bits: usize = load<u32>(vocabulary + VOCABULARY_LIVE);
  const counts: usize = load<u32>(vocabulary + VOCABULARY_LIVE_COUNTS);
  const rows: usize = load<u32>(vocabulary + VOCABULARY_LIVE_ROWS);
  const words = load<u32>(vocabulary + VOCABULARY_WORDS);
  let kept = ids;
  const end = ids + (count << 2);
  for (let at = ids; at < end; at += 4) {
    const bucket = load<u32>(at);
    store<u32>(kept, bucket);
    kept += bitAt(bits, bucket) << 2;
  }
  for (let at = ids; at < kept; at += 4) store<u32>(at, words + liveRow(bits, counts, rows, load<u32>(at)));
  return <u32>(kept - ids) >> 2;
}
