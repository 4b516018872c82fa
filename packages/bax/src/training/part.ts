import type { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";

/** Examples that are in memory together. */
export interface Window {
  readonly count: number;
  /** Brings them into memory, where they stay until another window is loaded; returns their addresses: (count). */
  load(): Uint32Array;
}

/** Passes over the same examples, each in another order. */
export interface Course {
  /** The next pass. */
  pass(): Iterable<Window>;
}

/** Some of the examples of a corpus. */
export interface Part {
  readonly count: number;
  /** All of them, in a fixed order. */
  windows(): Iterable<Window>;
  /** Shuffled passes: the same for the same numbers. */
  course(random: Random): Course;
}

/** Examples in memory: one window. */
export class MemoryPart implements Part {
  /** (count) indices of examples, ascending. */
  readonly examples: Uint32Array;
  /** (all examples) their addresses. */
  private readonly addresses: Uint32Array;

  constructor(addresses: Uint32Array, examples: Uint32Array) {
    this.addresses = addresses;
    this.examples = examples;
  }

  get count(): number {
    return this.examples.length;
  }

  *windows(): Iterable<Window> {
    yield this.window(this.examples);
  }

  course(random: Random): Course {
    const order = this.examples.slice();
    return {
      pass: () => {
        random.shuffle(order);
        return [this.window(order)];
      },
    };
  }

  /** Several parts as one. */
  static union(parts: readonly MemoryPart[]): MemoryPart {
    if (parts.length === 1) return parts[0];
    const examples = new Uint32Array(parts.reduce((sum, { count }) => sum + count, 0));
    let at = 0;
    for (const part of parts) {
      examples.set(part.examples, at);
      at += part.count;
    }
    return new MemoryPart(parts[0].addresses, examples.sort());
  }

  private window(order: Uint32Array): Window {
    return { count: order.length, load: () => order.map((example) => this.addresses[example]) };
  }
}

/** Consecutive examples in a file. */
export interface FileBlock {
  position: number;
  bytes: number;
  count: number;
}

/** Brings blocks of a file into memory, one after another. */
export interface BlockLoader {
  readonly heap: Heap;
  /** Most bytes of blocks that are in memory at once. */
  readonly windowBytes: number;
  /** Returns the addresses of their examples. */
  load(blocks: readonly FileBlock[]): Uint32Array;
}

/**
 * Examples in a file. A pass takes the blocks in a shuffled order, as many at a time as there is room for, and shuffles the examples of
 * these among each other.
 */
export class FilePart implements Part {
  readonly count: number;
  readonly blocks: readonly FileBlock[];
  private readonly loader: BlockLoader;

  constructor(loader: BlockLoader, blocks: readonly FileBlock[]) {
    this.loader = loader;
    this.blocks = blocks;
    this.count = blocks.reduce((sum, { count }) => sum + count, 0);
  }

  windows(): Iterable<Window> {
    return this.gather(this.blocks);
  }

  course(random: Random): Course {
    const order = Uint32Array.from(this.blocks.keys());
    return {
      pass: () => {
        random.shuffle(order);
        const seed = random.uint32();
        return this.gather(
          Array.from(order, (block) => this.blocks[block]),
          seed,
        );
      },
    };
  }

  /** Several parts as one. */
  static union(parts: readonly FilePart[]): FilePart {
    if (parts.length === 1) return parts[0];
    const blocks = parts.flatMap((part) => part.blocks).sort((a, b) => a.position - b.position);
    return new FilePart(parts[0].loader, blocks);
  }

  // `seed`: of the order within each window; none: as they lie in the file.
  private *gather(blocks: readonly FileBlock[], seed?: number): Iterable<Window> {
    const { loader } = this;
    for (let first = 0, number = 0; first < blocks.length; number++) {
      let end = first;
      let bytes = 0;
      while (end < blocks.length && (end === first || bytes + blocks[end].bytes <= loader.windowBytes))
        bytes += blocks[end++].bytes;
      const together = blocks.slice(first, end);
      const count = together.reduce((sum, block) => sum + block.count, 0);
      const shuffle = seed === undefined ? undefined : new Random(seed + number);
      yield {
        count,
        load: () => {
          const addresses = loader.load(together);
          return shuffle ? shuffle.shuffle(addresses) : addresses;
        },
      };
      first = end;
    }
  }
}
