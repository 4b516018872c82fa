// UTF-8 bytes to normalised code points: NFKC, lower case, default-ignorable code points left out.
//
// Output: `codePoints`, one u32 a code point with its class in the top byte (layout.ts), and `offsets`, the byte of the source where it
// began. A source byte can become several code points, so a caller that finds the output full gives more room and starts again.

import {
  CLASS_EMOJI,
  CLASS_EMOJI_MODIFIER,
  CLASS_IGNORABLE,
  CLASS_JOINER,
  CLASS_LETTER,
  CLASS_SPACE,
  PROPERTY_COMBINES,
  PROPERTY_STABLE,
  PROPERTY_UPPER,
  TABLE_DECOMPOSITION_POOL,
} from "../src/kernels/layout";
import { combiningClassOf, composite, decomposeHangul, decompositionOf, lowerOf, propertyOf } from "./unicode";

const REPLACEMENT: u32 = 0xfffd;
/** Longest run of code points that are reordered and composed together: as Unicode's stream-safe format, so that memory is bounded. */
const SEGMENT: u32 = 32;
/** Longest decomposition of one code point (U+FDFA). */
const LONGEST_DECOMPOSITION: u32 = 18;

/**
 * Decodes one code point of [at, end) as the WHATWG decoder does: an ill-formed sequence becomes U+FFFD and takes its maximal subpart.
 * Returns the code point in the low 24 bits and the bytes taken in the top 8.
 */
function decode(at: usize, end: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0x80) return lead | (1 << 24);
  if (lead < 0xc2 || lead > 0xf4) return REPLACEMENT | (1 << 24);
  let need: u32 = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  let cp = lead & (0x3f >> need);
  // The second byte's range is narrower after E0 (overlong), ED (surrogates), F0 (overlong) and F4 (past U+10FFFF).
  let low: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  let high: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  let taken: u32 = 1;
  while (need > 0) {
    if (at + taken >= end) return REPLACEMENT | (taken << 24);
    const next = <u32>load<u8>(at + taken);
    if (next < low || next > high) return REPLACEMENT | (taken << 24);
    cp = (cp << 6) | (next & 0x3f);
    low = 0x80;
    high = 0xbf;
    taken++;
    need--;
  }
  return cp | (taken << 24);
}

/** Lower case of a code point where there is one and it is wanted. */
function lowered(tables: usize, cp: u32, lowercase: u32): u32 {
  if (lowercase == 0 || (propertyOf(tables, cp) & PROPERTY_UPPER) == 0) return cp;
  return lowerOf(tables, cp);
}

// Appends the lowered full decomposition of `cp` to the segment; returns the new length.
function decompose(tables: usize, cp: u32, lowercase: u32, segment: usize, length: u32): u32 {
  const hangul = decomposeHangul(cp, segment + (length << 2));
  if (hangul) return length + hangul;
  const found = decompositionOf(tables, cp);
  if (found == 0) {
    store<u32>(segment + (length << 2), lowered(tables, cp, lowercase));
    return length + 1;
  }
  const count = found & 31;
  let part = tables + load<u32>(tables + TABLE_DECOMPOSITION_POOL) + ((found >> 5) << 2);
  for (let i: u32 = 0; i < count; i++, part += 4) {
    store<u32>(segment + ((length + i) << 2), lowered(tables, load<u32>(part), lowercase));
  }
  return length + count;
}

// Canonical ordering: an insertion sort, stable, that never moves a mark across a starter.
function reorder(tables: usize, segment: usize, length: u32): void {
  for (let i: u32 = 1; i < length; i++) {
    const cp = load<u32>(segment + (i << 2));
    const order = combiningClassOf(tables, cp);
    if (order == 0) continue;
    let j = i;
    while (j > 0 && combiningClassOf(tables, load<u32>(segment + ((j - 1) << 2))) > order) {
      store<u32>(segment + (j << 2), load<u32>(segment + ((j - 1) << 2)));
      j--;
    }
    store<u32>(segment + (j << 2), cp);
  }
}

// Canonical composition in place (Unicode Standard, 3.11); returns the new length.
function compose(tables: usize, segment: usize, length: u32): u32 {
  let starter: i32 = -1;
  let lastOrder: u32 = 0;
  let out: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const cp = load<u32>(segment + (i << 2));
    const order = combiningClassOf(tables, cp);
    // Blocked when something of the same or a higher class (or a starter) stands between.
    const adjacent = starter >= 0 && <u32>starter + 1 == out;
    if (starter >= 0 && (adjacent || (order != 0 && lastOrder < order))) {
      const joined = composite(tables, load<u32>(segment + ((<u32>starter) << 2)), cp);
      if (joined) {
        store<u32>(segment + ((<u32>starter) << 2), joined);
        continue;
      }
    }
    if (order == 0) starter = <i32>out;
    lastOrder = order;
    store<u32>(segment + (out << 2), cp);
    out++;
  }
  return out;
}

/**
 * Normalises [source, end) into at most `capacity` code points. `segment` is scratch of 128 u32. `state` receives where it stopped (u32,
 * bytes from `source`): less than the length when the output was full; then the caller goes on from there. Returns the count written.
 */
export function normalize(
  source: usize,
  end: usize,
  tables: usize,
  lowercase: u32,
  codePoints: usize,
  offsets: usize,
  capacity: u32,
  segment: usize,
  state: usize,
): u32 {
  let at = source;
  let count: u32 = 0;
  const room = capacity - SEGMENT - 2 * LONGEST_DECOMPOSITION;
  while (at < end && count < room) {
    const lead = <u32>load<u8>(at);
    if (lead < 0x80) {
      // ASCII never combines and is its own NFKC.
      const property = propertyOf(tables, lead);
      const cp = lowercase && property & PROPERTY_UPPER ? lead + 32 : lead;
      store<u32>(codePoints + (count << 2), cp | ((property & 15) << 24));
      store<u32>(offsets + (count << 2), <u32>(at - source));
      count++;
      at++;
      continue;
    }
    const decoded = decode(at, end);
    const cp = decoded & 0xffffff;
    const property = propertyOf(tables, cp);
    const kind = property & 15;
    if ((property & (PROPERTY_STABLE | PROPERTY_COMBINES)) == PROPERTY_STABLE) {
      const begin = <u32>(at - source);
      at += decoded >> 24;
      if (kind == CLASS_IGNORABLE) continue;
      if (kind == CLASS_JOINER || kind == CLASS_EMOJI_MODIFIER) {
        // Joiners and variation selectors mean something after an emoji only.
        const before = count ? load<u32>(codePoints + ((count - 1) << 2)) >> 24 : CLASS_SPACE;
        if (before != CLASS_EMOJI && before != CLASS_EMOJI_MODIFIER && (kind == CLASS_JOINER || cp == 0xfe0f)) continue;
      }
      store<u32>(codePoints + (count << 2), lowered(tables, cp, lowercase) | (kind << 24));
      store<u32>(offsets + (count << 2), begin);
      count++;
      continue;
    }
    // The slow way: a segment from the last starter on. What was written is normalised already, so it can be taken back and decomposed.
    let length: u32 = 0;
    let begin = <u32>(at - source);
    if (property & PROPERTY_COMBINES && count > 0) {
      let back: u32 = count;
      let found = false;
      while (back > 0 && count - back < SEGMENT) {
        back--;
        if (combiningClassOf(tables, load<u32>(codePoints + (back << 2)) & 0xffffff) == 0) {
          found = true;
          break;
        }
      }
      if (found && count - back < 8) {
        // A starter that itself joins backwards (a vowel jamo) was tried already: it did not join, and stays where it is.
        begin = load<u32>(offsets + (back << 2));
        for (let i = back; i < count; i++)
          length = decompose(tables, load<u32>(codePoints + (i << 2)) & 0xffffff, lowercase, segment, length);
        count = back;
      }
    }
    let next = decoded;
    while (true) {
      length = decompose(tables, next & 0xffffff, lowercase, segment, length);
      at += next >> 24;
      if (length >= SEGMENT || at >= end) break;
      next = decode(at, end);
      if ((propertyOf(tables, next & 0xffffff) & PROPERTY_COMBINES) == 0) break;
    }
    reorder(tables, segment, length);
    length = compose(tables, segment, length);
    for (let i: u32 = 0; i < length; i++) {
      const part = load<u32>(segment + (i << 2));
      const partKind = propertyOf(tables, part) & 15;
      if (partKind == CLASS_IGNORABLE || partKind == CLASS_JOINER) continue;
      store<u32>(codePoints + (count << 2), part | (partKind << 24));
      store<u32>(offsets + (count << 2), begin);
      count++;
    }
  }
  store<u32>(state, <u32>(at - source));
  return count;
}

/** As `normalize`, but text is taken as it is: only fastText's seven separator bytes are space and everything else is a letter. */
export function decodePlain(
  source: usize,
  end: usize,
  tables: usize,
  lowercase: u32,
  codePoints: usize,
  offsets: usize,
  capacity: u32,
  state: usize,
): u32 {
  let at = source;
  let count: u32 = 0;
  while (at < end && count < capacity) {
    const lead = <u32>load<u8>(at);
    let cp = lead;
    let taken: u32 = 1;
    if (lead >= 0x80) {
      const decoded = decode(at, end);
      cp = lowered(tables, decoded & 0xffffff, lowercase);
      taken = decoded >> 24;
    } else if (lowercase && lead - 65 < 26) cp = lead + 32;
    const separator = cp <= 32 && (cp == 32 || cp - 9 < 5 || cp == 0);
    store<u32>(codePoints + (count << 2), cp | (separator ? CLASS_SPACE << 24 : CLASS_LETTER << 24));
    store<u32>(offsets + (count << 2), <u32>(at - source));
    count++;
    at += taken;
  }
  store<u32>(state, <u32>(at - source));
  return count;
}
