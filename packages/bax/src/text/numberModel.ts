import { exp } from "../math/elementary.ts";

/** Weights of contexts, by a hash of them: a power of two. */
const SLOTS_SHIFT = 17;
/** How fast a weight learns: at first, in the long run, and how soon the one becomes the other. */
const FIRST_RATE = 0.9;
const LAST_RATE = 0.03;
const DECAY = 0.35;
/** Bits of a number below its highest that contexts may tell; those below are as good as random. */
const TOLD_BITS = 6;
const CHANCES = 65536;
/** The logistic function in steps of 1 / 128, from −12 to 12. */
const LOGISTIC_STEPS = 128;
const LOGISTIC_END = 12;

/** What a number is read or written by: takes the chance of a 1 among 65536 and, when writing, the bit; gives the bit. */
export type BitCoder = (chance: number, bit: number) => number;

/**
 * Numbers whose bits are foretold by what came before: a logistic regression over contexts, learned as it goes. The same class reads and
 * writes, so that both learn the same; whatever is given as a value counts only when writing.
 */
export class NumberModel {
  private readonly code: BitCoder;
  private readonly weights = new Float32Array(1 << SLOTS_SHIFT);
  private readonly seen = new Uint16Array(1 << SLOTS_SHIFT);
  private readonly logistic = Float64Array.from({ length: 2 * LOGISTIC_END * LOGISTIC_STEPS + 1 }, (_, i) => {
    return 1 / (1 + exp(LOGISTIC_END - i / LOGISTIC_STEPS));
  });
  private readonly slots = new Uint32Array(4);
  private readonly seeds = new Uint32Array(4);

  constructor(code: BitCoder) {
    this.code = code;
  }

  /** A number from 0; `kind`: what it is, 1 and on; three contexts, each narrower than the one before. */
  unsigned(kind: number, value: number, a: number, b: number, c: number): number {
    this.seed(kind, a, b, c);
    const given = value + 1;
    const most = 31 - Math.clz32(given);
    let length = 0;
    while (this.bit(length, length < most ? 1 : 0) === 1) length++;
    let found = 1;
    for (let i = length - 1; i >= 0; i--) {
      const bit = (given >>> i) & 1;
      const isTold = length - i <= TOLD_BITS;
      found = found * 2 + (isTold ? this.bit(length * 128 + found, bit) : this.code(CHANCES / 2, bit));
    }
    return found - 1;
  }

  /** The same for a number of either sign. */
  signed(kind: number, value: number, a: number, b: number, c: number): number {
    const found = this.unsigned(kind, value < 0 ? -2 * value - 1 : 2 * value, a, b, c);
    return found % 2 === 1 ? -(found + 1) / 2 : found / 2;
  }

  /** A byte; three contexts. */
  byte(value: number, a: number, b: number, c: number): number {
    this.seed(0, a, b, c);
    let found = 1;
    for (let i = 7; i >= 0; i--) found = found * 2 + this.bit(found, (value >>> i) & 1);
    return found - 256;
  }

  private seed(kind: number, a: number, b: number, c: number): void {
    const { seeds } = this;
    seeds[0] = kind;
    seeds[1] = Math.imul(a + 1, 0x85ebca6b) ^ (kind + 64);
    seeds[2] = Math.imul(b + 1, 0xc2b2ae35) ^ (kind + 128);
    seeds[3] = Math.imul(c + 1, 0x27d4eb2f) ^ (kind + 192);
  }

  // `node`: which bit of a number it is, after which others.
  private bit(node: number, bit: number): number {
    const { weights, seen, slots, seeds, logistic } = this;
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      const mixed = Math.imul(seeds[i] ^ Math.imul(node + 1, 0x9e3779b1), 0x2c1b3c6d);
      const slot = (mixed ^ (mixed >>> 15)) & ((1 << SLOTS_SHIFT) - 1);
      slots[i] = slot;
      sum += weights[slot];
    }
    const within = Math.min(LOGISTIC_END, Math.max(-LOGISTIC_END, sum));
    const likely = logistic[Math.floor((within + LOGISTIC_END) * LOGISTIC_STEPS)];
    const found = this.code(Math.min(CHANCES - 1, Math.max(1, Math.floor(likely * CHANCES))), bit);
    const error = found - likely;
    for (let i = 0; i < 4; i++) {
      const slot = slots[i];
      weights[slot] += error * (LAST_RATE + FIRST_RATE / (1 + DECAY * seen[slot]++));
    }
    return found;
  }
}

/** Reads bytes into `bytes`, or writes those that are there: each by those before it. */
export function exchangeBytes(model: NumberModel, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) {
    const last = bytes[i - 1] ?? 0;
    const two = last * 256 + (bytes[i - 2] ?? 0);
    bytes[i] = model.byte(bytes[i], last, two, two * 256 + (bytes[i - 3] ?? 0));
  }
}

/** Reads what `bitWriter` wrote: a binary arithmetic coder (Witten, Neal, Cleary 1987) in the form without carries. */
export function bitReader(bytes: Uint8Array): BitCoder {
  let [low, high, at] = [0, 0xffffffff, 4];
  let code = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  return (chance) => {
    const middle = low + Math.floor(((high - low) * chance) / CHANCES);
    const bit = code <= middle ? 1 : 0;
    if (bit === 1) high = middle;
    else low = middle + 1;
    while (((low ^ high) & 0xff000000) === 0) {
      low = (low << 8) >>> 0;
      high = ((high << 8) | 255) >>> 0;
      code = ((code << 8) | (bytes[at++] ?? 0)) >>> 0;
    }
    return bit;
  };
}

/** Writes bits for `bitReader`, each by the chance that it had; `finish` gives the bytes. */
export function bitWriter(): { code: BitCoder; finish(): Uint8Array } {
  const bytes: number[] = [];
  let [low, high] = [0, 0xffffffff];
  const code: BitCoder = (chance, bit) => {
    const middle = low + Math.floor(((high - low) * chance) / CHANCES);
    if (bit === 1) high = middle;
    else low = middle + 1;
    while (((low ^ high) & 0xff000000) === 0) {
      bytes.push(high >>> 24);
      low = (low << 8) >>> 0;
      high = ((high << 8) | 255) >>> 0;
    }
    return bit;
  };
  return { code, finish: () => Uint8Array.of(...bytes, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255) };
}
