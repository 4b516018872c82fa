// fastText's features once more, slow and readable: what the kernels of assembly/fastText.ts are checked against, and what answers
// questions about single words.

import { LINE_END } from "./fastTextVocabulary.ts";

const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const NGRAM_MULTIPLIER = 116049371n;
const MASK_64 = (1n << 64n) - 1n;
const [BEGIN, END] = [60, 62]; // < and >

/** FNV-1a over 32 bits as fastText has it: a byte from 0x80 on counts as negative, so all higher bits are flipped with it. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = BASIS;
  for (const byte of bytes) hash = Math.imul(hash ^ ((byte << 24) >> 24), PRIME);
  return hash >>> 0;
}

function isSeparator(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 0;
}

/** The tokens of one line, up to the first `</s>`; `lineEnd` adds one. */
export function tokensOf(line: Uint8Array, lineEnd: boolean): Uint8Array[] {
  const tokens: Uint8Array[] = [];
  const mark = new TextEncoder().encode(LINE_END);
  for (let at = 0; at < line.length; ) {
    let end = at;
    while (end < line.length && !isSeparator(line[end])) end++;
    if (end > at) {
      const token = line.subarray(at, end);
      tokens.push(token);
      if (token.length === mark.length && token.every((byte, i) => byte === mark[i])) return tokens;
    }
    at = end + 1;
  }
  if (lineEnd) tokens.push(mark);
  return tokens;
}

/** A character n-gram of a word, and the bucket its hash falls in. */
export interface Subword {
  bytes: Uint8Array;
  bucket: number;
}

/** Character n-grams of `<word>` of `shortest` … `longest` code points; a lone `<` or `>` is none. */
export function subwordsOf(word: Uint8Array, shortest: number, longest: number, buckets: number): Subword[] {
  const padded = Uint8Array.of(BEGIN, ...word, END);
  const subwords: Subword[] = [];
  if (buckets === 0) return subwords;
  const continues = (index: number) => index < padded.length && (padded[index] & 0xc0) === 0x80;
  for (let begin = 0; begin < padded.length; begin++) {
    if (continues(begin)) continue;
    let end = begin;
    for (let n = 1; n <= longest && end < padded.length; n++) {
      end++;
      while (continues(end)) end++;
      if (n < shortest || (n === 1 && (begin === 0 || end === padded.length))) continue;
      const bytes = padded.subarray(begin, end);
      subwords.push({ bytes, bucket: hashBytes(bytes) % buckets });
    }
  }
  return subwords;
}

/** Buckets of the runs of 2 … `longest` words, given the words' hashes. */
export function wordNgramsOf(hashes: readonly number[], longest: number, buckets: number): number[] {
  const found: number[] = [];
  if (buckets === 0) return found;
  for (let i = 0; i < hashes.length; i++) {
    let hash = BigInt.asUintN(64, BigInt(hashes[i] | 0));
    for (let j = i + 1; j < hashes.length && j < i + longest; j++) {
      hash = (hash * NGRAM_MULTIPLIER + BigInt.asUintN(64, BigInt(hashes[j] | 0))) & MASK_64;
      found.push(Number(hash % BigInt(buckets)));
    }
  }
  return found;
}
