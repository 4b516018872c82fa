import { isSeparator } from "./lines.ts";

const NEWLINE = 10;
const FIRST_SLOTS = 1 << 16;

/**
 * Counts the words and labels of text as fastText does, for what is said while reading: tokens, and how many distinct words and labels
 * occur often enough. Words are told apart by 64 bits of hash.
 */
export class WordCounter {
  /** Tokens so far: words, labels and ends of lines. */
  tokens = 0;
  #distinct = 0;
  #slots = FIRST_SLOTS;
  #first: Uint32Array = new Uint32Array(FIRST_SLOTS);
  #second: Uint32Array = new Uint32Array(FIRST_SLOTS);
  #counts: Uint32Array = new Uint32Array(FIRST_SLOTS);
  #isLabel: Uint8Array = new Uint8Array(FIRST_SLOTS);
  #lineEnds = 0;
  readonly #prefix: Uint8Array;

  constructor(labelPrefix: string) {
    this.#prefix = new TextEncoder().encode(labelPrefix);
  }

  /** Counts whole lines. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === NEWLINE) {
        this.tokens++;
        this.#lineEnds++;
        continue;
      }
      if (isSeparator(byte)) continue;
      const begin = at;
      let first = 0x811c9dc5;
      let second = 0x9e3779b9;
      for (; at < bytes.length && !isSeparator(bytes[at]); at++) {
        first = Math.imul(first ^ bytes[at], 0x01000193);
        second = Math.imul(second ^ bytes[at], 0x85ebca6b) + 1;
      }
      this.#count(first >>> 0, second >>> 0, this.#startsLabel(bytes, begin, at));
      at--;
    }
  }

  /** Distinct words that occur `minCount` times, the end of a line among them. */
  words(minCount: number): number {
    return this.#often(0, minCount) + (this.#lineEnds >= Math.max(1, minCount) ? 1 : 0);
  }

  /** Distinct labels that occur `minCount` times. */
  labels(minCount: number): number {
    return this.#often(1, minCount);
  }

  #often(kind: number, minCount: number): number {
    const least = Math.max(1, minCount);
    let found = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#counts[slot] >= least && this.#isLabel[slot] === kind) found++;
    }
    return found;
  }

  #startsLabel(bytes: Uint8Array, begin: number, end: number): boolean {
    if (end - begin < this.#prefix.length) return false;
    for (let i = 0; i < this.#prefix.length; i++) if (bytes[begin + i] !== this.#prefix[i]) return false;
    return true;
  }

  #count(first: number, second: number, isLabel: boolean): void {
    this.tokens++;
    const slot = this.#find(first, second);
    if (this.#counts[slot]++ > 0) return;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#isLabel[slot] = isLabel ? 1 : 0;
    if (++this.#distinct * 2 > this.#slots) this.#grow();
  }

  #find(first: number, second: number): number {
    const mask = this.#slots - 1;
    let slot = first & mask;
    while (this.#counts[slot] > 0 && (this.#first[slot] !== first || this.#second[slot] !== second)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const old = {
      slots: this.#slots,
      first: this.#first,
      second: this.#second,
      counts: this.#counts,
      kinds: this.#isLabel,
    };
    this.#slots *= 2;
    this.#first = new Uint32Array(this.#slots);
    this.#second = new Uint32Array(this.#slots);
    this.#counts = new Uint32Array(this.#slots);
    this.#isLabel = new Uint8Array(this.#slots);
    for (let from = 0; from < old.slots; from++) {
      if (old.counts[from] === 0) continue;
      const slot = this.#find(old.first[from], old.second[from]);
      this.#first[slot] = old.first[from];
      this.#second[slot] = old.second[from];
      this.#counts[slot] = old.counts[from];
      this.#isLabel[slot] = old.kinds[from];
    }
  }
}
