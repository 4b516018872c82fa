import { BaxError } from "../errors.ts";

/** Refuses a file, naming the byte. */
export function damagedAt(offset: number, reason: string, advice: string): never {
  throw new BaxError("model", `byte ${offset}: ${reason}`, advice);
}

/** Reads little-endian numbers one after another; whatever is not there is refused with its offset. */
export class ByteReader {
  offset = 0;
  readonly length: number;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly advice: string;

  /** `advice`: what to do about a file that is refused. */
  constructor(bytes: Uint8Array, advice: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.length;
    this.advice = advice;
  }

  get left(): number {
    return this.length - this.offset;
  }

  /** Refuses the file at byte `offset`. */
  fail(offset: number, reason: string): never {
    damagedAt(offset, reason, this.advice);
  }

  /** Moves over `count` things of `size` bytes; returns where they begin. */
  skip(count: number, size: number, what: string): number {
    const at = this.offset;
    if (count * size > this.left) {
      this.fail(at, `the file ends before ${what}: ${count * size} bytes expected, ${this.left} left`);
    }
    this.offset += count * size;
    return at;
  }

  int32(what: string): number {
    return this.view.getInt32(this.skip(1, 4, what), true);
  }

  float64(what: string): number {
    return this.view.getFloat64(this.skip(1, 8, what), true);
  }

  /** A 64-bit integer that a double holds exactly. */
  int64(what: string): number {
    const at = this.skip(1, 8, what);
    const value = this.view.getInt32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
    if (!Number.isSafeInteger(value)) this.fail(at, `${what} is ${value}, beyond all reason`);
    return value;
  }

  byte(what: string): number {
    return this.bytes[this.skip(1, 1, what)];
  }

  boolean(what: string): boolean {
    const value = this.byte(what);
    if (value > 1) this.fail(this.offset - 1, `${what} is ${value}, expected 0 or 1`);
    return value === 1;
  }

  /** Moves over bytes up to and with the next zero; returns where they begin. */
  untilZero(what: string): number {
    const at = this.offset;
    const end = this.bytes.indexOf(0, at);
    if (end < 0) this.fail(at, `the file ends before ${what} does`);
    this.offset = end + 1;
    return at;
  }
}
