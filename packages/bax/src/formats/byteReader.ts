import { BaxError } from "../errors.ts";
import type { Heap } from "../kernels/index.ts";

/** Refuses a file, naming the byte. */
export function damagedAt(offset: number, reason: string, advice: string): never {
  throw new BaxError("model", `byte ${offset}: ${reason}`, advice);
}

/** Reads little-endian numbers of a heap one after another; whatever is not there is refused with its offset. */
export class HeapReader {
  offset = 0;
  readonly heap: Heap;
  readonly at: number;
  readonly length: number;
  private readonly advice: string;

  /** `length` bytes at `at`; `advice`: what to do about a file that is refused. */
  constructor(heap: Heap, at: number, length: number, advice: string) {
    this.heap = heap;
    this.at = at;
    this.length = length;
    this.advice = advice;
  }

  // Made anew each time: memory may have moved.
  private get view(): DataView {
    return new DataView(this.heap.memory.buffer, this.at, this.length);
  }

  private get bytes(): Uint8Array {
    return this.heap.u8At(this.at, this.length);
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
