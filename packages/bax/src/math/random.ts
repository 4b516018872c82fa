/**
 * Random numbers that a seed decides, the same on every platform: 32-bit integer arithmetic only.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand 2010): 128 bits of state, a counter inside, hence no period below 2^32;
 * it passes PractRand and BigCrush. Its state is filled by splitmix32, so that close seeds give unrelated sequences.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** `seed`: any finite number; its whole part below 2^53 is used, both halves of it. Throws nothing. */
  constructor(seed: number) {
    const whole = Math.abs(Math.trunc(seed));
    let state = (whole >>> 0) ^ Math.imul(Math.floor(whole / 4294967296), 0x85ebca6b) ^ (seed < 0 ? 0x5bd1e995 : 0);
    // splitmix32: a Weyl sequence (golden ratio) through the finaliser of MurmurHash3.
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return z ^ (z >>> 16);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#counter = 1;
    // The author's own seeding runs the state through before its first use.
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A multiple of 2^-53 in [0, 1). */
  uniform(): number {
    const high = this.uint32() >>> 5; // 27 bits
    const low = this.uint32() >>> 6; // 26 bits
    return (high * 67108864 + low) / 9007199254740992;
  }

  /**
   * A whole number in [0, n), each equally likely; 1 ≤ n ≤ 2^32.
   * The first 2^32 mod n values are drawn again, since they would make the small results likelier.
   */
  below(n: number): number {
    if (!(Number.isInteger(n) && 1 <= n && n <= 4294967296)) {
      throw new RangeError(`Random.below: n must be a whole number from 1 to 2^32 (got ${n})`);
    }
    const bound = n >>> 0;
    if (bound === 0) return this.uint32();
    let x = this.uint32();
    // 2^32 mod n is below n. In whole numbers: remainders of doubles take several times as long.
    if (x < bound) for (const reject = ((0 - bound) >>> 0) % bound; x < reject; ) x = this.uint32();
    return x % bound;
  }

  /** Shuffles in place and returns the same array; every order equally likely (Fisher–Yates, Knuth vol. 2, algorithm P). */
  shuffle(items: Uint32Array): Uint32Array {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
}
