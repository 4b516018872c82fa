import { BaxError } from "../errors.ts";
import { canShareMemory, instantiate, type KernelExports, kernelModule, MAX_PAGES, PAGE_BYTES } from "./module.ts";

/** Every block begins at a multiple of this: a cache line, so that two threads' blocks never share one. */
const ALIGNMENT = 64;
/** Kernels may read so many bytes past the end of a block, never write them. */
const READ_AHEAD = 512;

interface Block {
  at: number;
  bytes: number;
}

/**
 * The memory that the kernels work in, and the one place that computes addresses in it. Blocks are handed out first fit and given back
 * by hand; a block keeps what was there before (`allocateZeroed` clears it). Address 0 is never handed out: kernels take it for "none".
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly kernels: KernelExports;
  readonly shared: boolean;
  private readonly sizes = new Map<number, number>();
  private gaps: Block[] = [];
  private end = ALIGNMENT;
  /** End of what was ever handed out. */
  private touched = ALIGNMENT;
  private bytes: Uint8Array = new Uint8Array(0);
  private words: Uint32Array = new Uint32Array(0);
  private floats: Float32Array = new Float32Array(0);
  private doubles: Float64Array = new Float64Array(0);

  constructor(shared: boolean = canShareMemory()) {
    this.shared = shared;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.kernels = instantiate(this.memory, kernelModule(shared));
  }

  /** Bytes that were ever handed out. */
  get handedOut(): number {
    return this.touched - ALIGNMENT;
  }

  /** All of the memory as bytes; a view taken before an allocation may be stale after it. */
  get u8(): Uint8Array {
    this.refresh();
    return this.bytes;
  }
  /** All of the memory as u32, indexed by address / 4. */
  get u32(): Uint32Array {
    this.refresh();
    return this.words;
  }
  /** All of the memory as f32, indexed by address / 4. */
  get f32(): Float32Array {
    this.refresh();
    return this.floats;
  }
  /** All of the memory as f64, indexed by address / 8. */
  get f64(): Float64Array {
    this.refresh();
    return this.doubles;
  }

  /** `count` u32 at an address. */
  u32At(at: number, count: number): Uint32Array {
    return this.u32.subarray(at >>> 2, (at >>> 2) + count);
  }
  /** `count` i32 at an address. */
  i32At(at: number, count: number): Int32Array {
    const { buffer } = this.u32;
    return new Int32Array(buffer, at, count);
  }
  /** `count` f32 at an address. */
  f32At(at: number, count: number): Float32Array {
    return this.f32.subarray(at >>> 2, (at >>> 2) + count);
  }
  /** `count` bytes at an address. */
  u8At(at: number, count: number): Uint8Array {
    return this.u8.subarray(at, at + count);
  }

  /** A block of `bytes` bytes. Throws a BaxError ("limit") past 4 GiB. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const index = this.gaps.findIndex((gap) => gap.bytes >= size);
    let at: number;
    if (index >= 0) {
      const gap = this.gaps[index];
      at = gap.at;
      if (gap.bytes === size) this.gaps.splice(index, 1);
      else this.gaps[index] = { at: gap.at + size, bytes: gap.bytes - size };
    } else {
      at = this.end;
      this.grow(at + size);
      this.end = at + size;
      this.touched = Math.max(this.touched, this.end);
    }
    this.sizes.set(at, size);
    return at;
  }

  /** A block of zeros. */
  allocateZeroed(bytes: number): number {
    // Memory that was never handed out is zero already.
    const fresh = this.touched;
    const at = this.allocate(bytes);
    if (at < fresh) this.u8.fill(0, at, Math.min(at + bytes, fresh));
    return at;
  }

  /** Puts a typed array's bytes into a new block. */
  allocateCopy(values: Uint8Array | Uint32Array | Float32Array): number {
    const at = this.allocate(values.byteLength);
    this.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  }

  /** Gives a block back. 0 is ignored. */
  release(at: number): void {
    const bytes = this.sizes.get(at);
    if (bytes === undefined) return;
    this.sizes.delete(at);
    if (at + bytes === this.end) {
      this.end = at;
      const last = this.gaps.at(-1);
      if (last && last.at + last.bytes === this.end) {
        this.end = last.at;
        this.gaps.pop();
      }
      return;
    }
    let index = this.gaps.findIndex((gap) => gap.at > at);
    if (index < 0) index = this.gaps.length;
    this.gaps.splice(index, 0, { at, bytes });
    this.join(index);
    if (index > 0) this.join(index - 1);
  }

  /** A block that is at least `bytes` long: `at` itself if it is, otherwise a new one with the old one's content, growing by half. */
  ensure(at: number, bytes: number): number {
    const size = this.sizes.get(at) ?? 0;
    if (size >= bytes) return at;
    const next = this.allocate(Math.max(bytes, Math.floor(size * 1.5)));
    if (size > 0) this.u8.copyWithin(next, at, at + size);
    this.release(at);
    return next;
  }

  /** A block that is at least `bytes` long, for scratch: `at` itself if it is, otherwise a new one with some room to grow. The content is not kept. */
  scratch(at: number, bytes: number): number {
    if (at !== 0 && this.sizeOf(at) >= bytes) return at;
    this.release(at);
    return this.allocate(Math.ceil(bytes * 1.25) + 256);
  }

  /** Takes all blocks back at once: every address that was handed out is void. The memory stays as large as it is. */
  clear(): void {
    this.sizes.clear();
    this.gaps = [];
    this.end = ALIGNMENT;
  }

  /** Length of a block in bytes. */
  sizeOf(at: number): number {
    return this.sizes.get(at) ?? 0;
  }

  private join(index: number): void {
    const gap = this.gaps[index];
    const next = this.gaps[index + 1];
    if (next && gap.at + gap.bytes === next.at) {
      gap.bytes += next.bytes;
      this.gaps.splice(index + 1, 1);
    }
  }

  private grow(end: number): void {
    const pages = Math.ceil((end + READ_AHEAD) / PAGE_BYTES);
    const have = this.memory.buffer.byteLength / PAGE_BYTES;
    if (pages <= have) return;
    try {
      if (pages > MAX_PAGES) throw new RangeError("past the largest WebAssembly memory");
      this.memory.grow(pages - have);
    } catch (cause) {
      throw new BaxError(
        "limit",
        `memory: ${(end / 2 ** 30).toFixed(2)} GiB needed, but there is no more to be had (a WebAssembly memory ends at 4 GiB)`,
        "Use fewer features (--min-count, --buckets, shorter n-grams), a smaller --dim, or less data.",
        { cause },
      );
    }
  }

  private refresh(): void {
    const buffer = this.memory.buffer;
    if (this.bytes.buffer === buffer) return;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }
}
