import type { Heap } from "../kernels/index.ts";

/** A number of everything that went through it, in its order. */
export class Fingerprint {
  private readonly heap: Heap;
  /** Address of a u64. */
  readonly at: number;

  constructor(heap: Heap) {
    this.heap = heap;
    this.at = heap.allocateZeroed(8);
  }

  /** Bytes that lie in the heap. */
  stir(at: number, length: number): void {
    this.heap.kernels.fingerprint(at, length, this.at);
  }

  stirName(name: string): void {
    this.stirBytes(new TextEncoder().encode(name));
  }

  stirNumber(value: number): void {
    this.stirBytes(new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A small number, which makes a difference only together with what comes next. */
  stirIndex(index: number): void {
    this.heap.u32[this.at >>> 2] ^= index + 1;
  }

  /** 16 hexadecimal digits. */
  get digits(): string {
    const [low, high] = this.heap.u32At(this.at, 2);
    return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
  }

  /** Bytes outside the heap. */
  stirBytes(bytes: Uint8Array): void {
    const at = this.heap.allocateCopy(bytes);
    this.stir(at, bytes.length);
    this.heap.release(at);
  }
}
