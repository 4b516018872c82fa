import type { Heap } from "../kernels/index.ts";
import { bytesOf, readExample } from "./exampleRecord.ts";
import { type Change, type ExampleStore, StoreCounts, type StoredCounts } from "./exampleStore.ts";
import { type BlockLoader, type FileBlock, FilePart, type Part } from "./part.ts";

/** A file that only this process knows, and that is gone when it ends. Its calls throw a BaxError ("file") where the disk is full. */
export interface ScratchFile {
  write(bytes: Uint8Array, position: number): void;
  /** Fills `into`. */
  read(into: Uint8Array, position: number): void;
  close(): void;
}

/** Small, so that a window is made of many of them: data that is sorted by label is mixed well. */
const BLOCK_BYTES = 256 << 10;

/** Examples in blocks of a file: memory does not grow with them. */
export class SpilledStore implements ExampleStore, BlockLoader {
  readonly heap: Heap;
  readonly windowBytes: number;
  private readonly file: ScratchFile;
  counts: StoreCounts = new StoreCounts();
  private blocks: FileBlock[] = [];
  /** The block that is being filled. */
  private buffer = 0;
  private filled: FileBlock = { position: 0, bytes: 0, count: 0 };
  /** What is read again. */
  private window = 0;
  private end = 0;

  /** `windowBytes`: most bytes of examples in memory at once. */
  constructor(heap: Heap, file: ScratchFile, windowBytes: number) {
    this.heap = heap;
    this.file = file;
    this.windowBytes = windowBytes;
  }

  reserve(bytes: number): number {
    // A huge example has a block of its own: the room that it took is no reason to make the next blocks as large.
    if (this.filled.bytes + bytes > BLOCK_BYTES) this.flush();
    this.buffer = this.heap.ensure(this.buffer, Math.max(BLOCK_BYTES, bytes));
    return this.buffer + this.filled.bytes;
  }

  commit(features: number, targets: number): void {
    const bytes = bytesOf(this.heap, this.buffer + this.filled.bytes);
    this.filled.bytes += bytes;
    this.filled.count++;
    this.counts.add(bytes, features, targets);
  }

  room(): { at: number; end: number } {
    return { at: this.reserve(0), end: this.buffer + BLOCK_BYTES };
  }

  commitAll(written: StoredCounts): void {
    this.filled.bytes += written.bytes;
    this.filled.count += written.count;
    this.counts.addAll(written);
  }

  /** Takes in the examples of another store, with keys for ids: `keys`: address of the key (u32) of each id. */
  takeOver(old: ExampleStore, keys: number): void {
    const { heap } = this;
    old.each((from) => {
      const { ids, count, labels } = readExample(heap, from);
      const bytes = bytesOf(heap, from);
      const to = this.reserve(bytes);
      const words = heap.u32;
      for (let i = ids >>> 2; i < (ids >>> 2) + count; i++) words[i] = words[(keys >>> 2) + words[i]];
      heap.u8.copyWithin(to, from, from + bytes);
      this.commit(count, labels.length);
    });
  }

  each(look: (at: number, example: number) => void): void {
    this.flush();
    let example = 0;
    for (const block of this.blocks) for (const at of this.load([block])) look(at, example++);
  }

  rewrite(change: Change): void {
    this.flush();
    this.rewriteBlocks(change, () => 0);
  }

  settle(change: Change, partCount: number, partOf: (example: number) => number): () => Part[] {
    this.flush();
    const parts = this.rewriteBlocks(change, partOf, partCount);
    const before = this.blocks.length;
    return () => {
      this.flush();
      this.heap.release(this.buffer);
      this.buffer = 0;
      // What was added since.
      parts[0].push(...this.blocks.slice(before));
      return parts.map((blocks) => new FilePart(this, blocks));
    };
  }

  load(blocks: readonly FileBlock[]): Uint32Array {
    const { heap, file } = this;
    const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
    const addresses = new Uint32Array(blocks.reduce((sum, block) => sum + block.count, 0));
    this.window = heap.scratch(this.window, bytes);
    let at = this.window;
    for (const block of blocks) {
      file.read(heap.u8At(at, block.bytes), block.position);
      at += block.bytes;
    }
    let from = this.window;
    for (let example = 0; example < addresses.length; example++) {
      addresses[example] = from;
      from += bytesOf(heap, from);
    }
    return addresses;
  }

  release(): void {
    this.heap.release(this.window);
    this.heap.release(this.buffer);
    this.window = this.buffer = 0;
    this.file.close();
  }

  private flush(): void {
    const { filled } = this;
    if (filled.count === 0) return;
    this.append(this.heap.u8At(this.buffer, filled.bytes), filled.count);
    this.filled = { position: 0, bytes: 0, count: 0 };
  }

  private append(bytes: Uint8Array, count: number): FileBlock {
    const block = { position: this.end, bytes: bytes.length, count };
    this.file.write(bytes, this.end);
    this.end += bytes.length;
    this.blocks.push(block);
    return block;
  }

  // Part 0 stays in the blocks where it was, which only shrink; the others are gathered in new blocks behind them.
  private rewriteBlocks(change: Change, partOf: (example: number) => number, partCount = 1): FileBlock[][] {
    const { heap, file } = this;
    const counts = new StoreCounts();
    const others = Array.from({ length: partCount }, () => ({ bytes: 0, count: 0, at: 0, blocks: [] as FileBlock[] }));
    const empty = (part: (typeof others)[number]) => {
      if (part.count > 0) part.blocks.push(this.append(heap.u8At(part.at, part.bytes), part.count));
      part.bytes = part.count = 0;
    };
    const old = this.blocks;
    this.blocks = [];
    let example = 0;
    for (const block of old) {
      const addresses = this.load([block]);
      let write = this.window;
      let kept = 0;
      for (const from of addresses) {
        const part = partOf(example++);
        if (!change(from, write)) continue;
        const bytes = bytesOf(heap, write);
        const words = heap.u32;
        counts.add(bytes, words[write >>> 2], words[(write >>> 2) + 2]);
        if (part === 0) {
          write += bytes;
          kept++;
          continue;
        }
        const other = others[part];
        if (other.bytes + bytes > BLOCK_BYTES) empty(other);
        other.at = heap.ensure(other.at, Math.max(BLOCK_BYTES, bytes));
        heap.u8.copyWithin(other.at + other.bytes, write, write + bytes);
        other.bytes += bytes;
        other.count++;
      }
      if (kept === 0) continue;
      file.write(heap.u8At(this.window, write - this.window), block.position);
      const rest = { position: block.position, bytes: write - this.window, count: kept };
      this.blocks.push(rest);
      others[0].blocks.push(rest);
    }
    for (const part of others) {
      empty(part);
      heap.release(part.at);
    }
    this.counts = counts;
    return others.map((part) => part.blocks);
  }
}
