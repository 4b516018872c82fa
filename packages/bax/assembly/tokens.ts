// Code points to tokens: words, numbers, punctuation, symbols and emoji, and single characters of scripts without spaces.

import {
  CLASS_DIGIT,
  CLASS_EMOJI,
  CLASS_EMOJI_MODIFIER,
  CLASS_JOINER,
  CLASS_LETTER,
  CLASS_MARK,
  CLASS_REGIONAL,
  CLASS_SPACE,
  CLASS_UNSPACED,
} from "../src/kernels/layout";

const APOSTROPHE: u32 = 39;
const COMMA: u32 = 44;
const FULL_STOP: u32 = 46;

function classAt(codePoints: usize, index: u32): u32 {
  return load<u32>(codePoints + (index << 2)) >> 24;
}

// Whether the code point at `index` holds two halves of a word together: an apostrophe between letters, or `.` or `,` between digits
// (Unicode Standard Annex 29, rules WB6, WB7, WB11 and WB12, for the marks that matter to classification).
function joinsAt(codePoints: usize, index: u32, count: u32): bool {
  if (index + 1 >= count) return false;
  const cp = load<u32>(codePoints + (index << 2)) & 0xffffff;
  const before = classAt(codePoints, index - 1);
  const after = classAt(codePoints, index + 1);
  if (cp == APOSTROPHE) return (before == CLASS_LETTER || before == CLASS_MARK) && after == CLASS_LETTER;
  if (cp == FULL_STOP || cp == COMMA) return before == CLASS_DIGIT && after == CLASS_DIGIT;
  return false;
}

// The end of the token that begins at `begin`, which is not a space.
function tokenEnd(codePoints: usize, begin: u32, count: u32): u32 {
  const kind = classAt(codePoints, begin);
  let end = begin + 1;
  if (kind == CLASS_LETTER || kind == CLASS_DIGIT || kind == CLASS_MARK) {
    while (end < count) {
      const next = classAt(codePoints, end);
      if (next != CLASS_LETTER && next != CLASS_DIGIT && next != CLASS_MARK && !joinsAt(codePoints, end, count)) break;
      end++;
    }
  } else if (kind == CLASS_UNSPACED) {
    while (end < count && classAt(codePoints, end) == CLASS_MARK) end++;
  } else if (kind == CLASS_EMOJI) {
    while (end < count) {
      const next = classAt(codePoints, end);
      if (next == CLASS_JOINER && end + 1 < count && classAt(codePoints, end + 1) == CLASS_EMOJI) end += 2;
      else if (next == CLASS_EMOJI_MODIFIER || next == CLASS_JOINER) end++;
      else break;
    }
  } else if (kind == CLASS_REGIONAL) {
    if (end < count && classAt(codePoints, end) == CLASS_REGIONAL) end++;
  } else {
    while (end < count && (classAt(codePoints, end) == CLASS_MARK || classAt(codePoints, end) == CLASS_EMOJI_MODIFIER))
      end++;
  }
  return end;
}

/** Writes the tokens of `count` code points as pairs (begin, end) of u32 indices; room for `count` pairs is enough. Returns how many. */
export function tokenize(codePoints: usize, count: u32, tokens: usize): u32 {
  let found: u32 = 0;
  let at: u32 = 0;
  while (at < count) {
    if (classAt(codePoints, at) == CLASS_SPACE) {
      at++;
      continue;
    }
    const end = tokenEnd(codePoints, at, count);
    store<u32>(tokens + (found << 3), at);
    store<u32>(tokens + (found << 3) + 4, end);
    found++;
    at = end;
  }
  return found;
}
