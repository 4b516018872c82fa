import { BaxError } from "../errors.ts";
import { canShareMemory, instantiate, type KernelExports, kernelModule, MAX_PAGES, PAGE_BYTES } from "./module.ts";

/** Every block begins at a multiple of this: a cache line, so that two threads' blocks never share one. */
const ALIGNMENT = 64;
/** Kernels may read so many bytes past the end of a block, never write them. */
const READ_AHEAD = 512;
/** What a heap on the memory of another gets at a time: a few megabytes, so that it seldom asks. */
const SEGMENT_BYTES = 4 << 20;

/** Bytes of the memory that belong together. */
export interface Block {
  at: number;
  bytes: number;
}

/**
 * The memory that the kernels work in, and the one place that computes addresses in it. Blocks are handed out first fit and given back
 * by hand; a block keeps what was there before (`allocateZeroed` clears it). Address 0 is never handed out: kernels take it for "none".
 *
 * Several threads may have a heap each on one shared memory (`on`). A heap hands out only what it got by growing the memory, and growing
 * gives no two threads the same: so no heap writes into the blocks of another, and nothing needs a lock.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly kernels: KernelExports;
  readonly shared: boolean;
  private readonly sizes = new Map<number, number>();
  private gaps: Block[] = [];
  /** What is its own, in the order of addresses; blocks are cut from the last one. */
  private readonly segments: Block[] = [];
  /** What was another's before. */
  private readonly adopted: Block[] = [];
  private end: number;
  /** End of what is its own in the last segment. */
  private limit: number;
  /** End of what was ever handed out: what lies behind it is zero. */
  private touched: number;
  /** Bytes before `touched` that are not its own. */
  private foreign: number;
  private readonly leastGrowth: number;
  private bytes: Uint8Array = new Uint8Array(0);
  private words: Uint32Array = new Uint32Array(0);
  private floats: Float32Array = new Float32Array(0);
  private doubles: Float64Array = new Float64Array(0);

  constructor(shared: boolean = canShareMemory(), other?: { memory: WebAssembly.Memory; module: WebAssembly.Module }) {
    this.shared = shared;
    this.memory = other?.memory ?? new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.kernels = instantiate(this.memory, other?.module ?? kernelModule(shared));
    this.leastGrowth = other ? SEGMENT_BYTES : 0;
    this.end = other ? 0 : ALIGNMENT;
    this.limit = other ? 0 : PAGE_BYTES;
    if (!other) this.segments.push({ at: this.end, bytes: this.limit - this.end });
    this.touched = this.end;
    this.foreign = this.end;
    this.refresh();
  }

  /** A heap of one's own on the shared memory of another thread: it owns nothing of it at first. */
  static on(memory: WebAssembly.Memory, module: WebAssembly.Module): Heap {
    return new Heap(true, { memory, module });
  }

  /** Bytes that were ever handed out. */
  get handedOut(): number {
    return this.touched - this.foreign;
  }

  /** All of the memory as bytes; a view taken before an allocation may be stale after it. */
  get u8(): Uint8Array {
    return this.bytes;
  }
  /** All of the memory as u32, indexed by address / 4. */
  get u32(): Uint32Array {
    return this.words;
  }
  /** All of the memory as f32, indexed by address / 4. */
  get f32(): Float32Array {
    return this.floats;
  }
  /** All of the memory as f64, indexed by address / 8. */
  get f64(): Float64Array {
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

  /** All that is its own, handed out or not. */
  get owned(): readonly Block[] {
    return [...this.adopted, ...this.segments];
  }

  /** Takes over what was another heap's on this memory, which nobody uses any more. */
  adopt(owned: readonly Block[]): void {
    for (const { at, bytes } of owned) {
      this.reach(at + bytes);
      this.adopted.push({ at, bytes });
      this.addGap(at, bytes);
    }
  }

  /** Makes the views reach to an address that another thread got by growing the memory. */
  reach(end: number): void {
    if (this.bytes.length >= end) return;
    // Growing by nothing fetches how far the memory reaches by now.
    this.memory.grow(0);
    this.refresh();
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
      if (this.end + size + READ_AHEAD > this.limit) this.grow(size);
      at = this.end;
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
    const isCut = at + this.sizeOf(at) === this.end;
    if (at < fresh || !isCut) this.u8.fill(0, at, isCut ? Math.min(at + bytes, fresh) : at + bytes);
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
      const before = this.gaps.findIndex((gap) => gap.at + gap.bytes === at);
      // One that was adopted may end where the segment begins.
      if (before >= 0 && this.gaps[before].at >= (this.segments.at(-1)?.at ?? 0)) {
        this.end = this.gaps[before].at;
        this.gaps.splice(before, 1);
      }
      return;
    }
    this.addGap(at, bytes);
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

  /** Moves a block to where there is room before it, if there is; returns its address. 0 is ignored. */
  lower(at: number): number {
    const bytes = this.sizeOf(at);
    if (bytes === 0) return at;
    const to = this.allocate(bytes);
    if (to > at) {
      this.release(to);
      return at;
    }
    this.u8.copyWithin(to, at, at + bytes);
    this.release(at);
    return to;
  }

  /** Takes all blocks back at once: every address that was handed out is void. The memory stays as large as it is. */
  clear(): void {
    this.sizes.clear();
    this.gaps = [];
    for (const { at, bytes } of this.owned.slice(0, this.segments.length > 0 ? -1 : undefined)) this.addGap(at, bytes);
    this.end = this.segments.at(-1)?.at ?? 0;
  }

  /** Length of a block in bytes. */
  sizeOf(at: number): number {
    return this.sizes.get(at) ?? 0;
  }

  private addGap(at: number, bytes: number): void {
    let index = this.gaps.findIndex((gap) => gap.at > at);
    if (index < 0) index = this.gaps.length;
    this.gaps.splice(index, 0, { at, bytes });
    this.join(index);
    if (index > 0) this.join(index - 1);
  }

  private join(index: number): void {
    const gap = this.gaps[index];
    const next = this.gaps[index + 1];
    if (next && gap.at + gap.bytes === next.at) {
      gap.bytes += next.bytes;
      this.gaps.splice(index + 1, 1);
    }
  }

  // Makes room for a block behind the last one; or, where another thread's memory begins there, in a new segment.
  private grow(size: number): void {
    while (this.end + size + READ_AHEAD > this.limit) {
      const missing = this.end + size + READ_AHEAD - this.limit;
      const bytes = Math.ceil(Math.max(missing, this.leastGrowth) / PAGE_BYTES) * PAGE_BYTES;
      let from: number;
      try {
        from = this.memory.grow(bytes / PAGE_BYTES) * PAGE_BYTES;
      } catch (cause) {
        const needed = this.memory.buffer.byteLength + bytes;
        throw new BaxError(
          "limit",
          `memory: ${(needed / 2 ** 30).toFixed(2)} GiB needed, but there is no more to be had (a WebAssembly memory ends at 4 GiB)`,
          "Use fewer features (--min-count, --buckets, shorter n-grams), a smaller --dim, or less data.",
          { cause },
        );
      }
      const last = this.segments.at(-1);
      if (last && from === this.limit) last.bytes += bytes;
      else this.beginSegment(from, bytes);
      this.limit = from + bytes;
      this.refresh();
    }
  }

  // What is left of the segment before becomes a gap.
  private beginSegment(at: number, bytes: number): void {
    if (this.end < this.limit) this.addGap(this.end, this.limit - this.end);
    this.segments.push({ at, bytes });
    this.foreign += at - this.touched;
    this.touched = at;
    this.end = at;
  }

  private refresh(): void {
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }
}
