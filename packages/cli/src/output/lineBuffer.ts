import { probability } from "./numbers.ts";

const ZERO = 48;
const POINT = 46;
/** From here on a number is written by way of a string. */
const MOST = 1000;
/** 000 to 999. */
const TRIPLES = Uint8Array.from({ length: 3000 }, (_, i) => {
  const number = Math.floor(i / 3);
  return ZERO + (Math.floor(number / 10 ** (2 - (i % 3))) % 10);
});

/** Text as UTF-8, in a buffer that grows. */
export class LineBuffer {
  #bytes: Buffer;
  #end = 0;

  constructor(room: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, room));
  }

  /** One byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** Bytes [begin, end) of others. */
  bytes(from: Uint8Array, begin: number, end: number): void {
    this.#reserve(end - begin);
    // A few bytes are sooner copied than a function is called that copies.
    if (end - begin > 32) this.#bytes.set(from.subarray(begin, end), this.#end);
    else {
      const bytes = this.#bytes;
      const at = this.#end - begin;
      for (let i = begin; i < end; i++) bytes[at + i] = from[i];
    }
    this.#end += end - begin;
  }

  /** A text. */
  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#end += this.#bytes.write(text, this.#end);
  }

  /** What `probability` gives of a float32. */
  probability(p: number): void {
    if (!(p >= 0 && p < MOST)) {
      this.text(probability(p));
      return;
    }
    this.#reserve(10);
    // 24 bits times 20 bits: the product is exact, so it is rounded as `toFixed` rounds, halves up.
    const millionths = Math.round(p * 1e6);
    const thousandths = Math.floor(millionths / 1000);
    const whole = Math.floor(thousandths / 1000);
    const bytes = this.#bytes;
    let at = this.#end;
    if (whole >= 100) bytes[at++] = TRIPLES[3 * whole];
    if (whole >= 10) bytes[at++] = TRIPLES[3 * whole + 1];
    bytes[at++] = TRIPLES[3 * whole + 2];
    bytes[at++] = POINT;
    for (const triple of [thousandths - 1000 * whole, millionths - 1000 * thousandths]) {
      bytes[at++] = TRIPLES[3 * triple];
      bytes[at++] = TRIPLES[3 * triple + 1];
      bytes[at++] = TRIPLES[3 * triple + 2];
    }
    this.#end = at;
  }

  /** All that was written. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#end + more, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
