/** Cells in one block at most, and bytes after which a new one is begun. */
const BLOCK_CELLS = 1 << 14;
const BLOCK_BYTES = 1 << 22;

interface Block {
  readonly firstRow: number;
  bytes: Uint8Array;
  /** (cells) where each of them ends in `bytes`. */
  ends: Uint32Array;
  cells: number;
  /** (cells) 1 for a cell that is null; absent where none is. */
  nulls: Uint8Array | null;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts by number, as UTF-8 in blocks: about as large as the file that they came from. */
export class ColumnOfTexts {
  private readonly blocks: Block[] = [];
  private last: Block | null = null;
  length = 0;

  add(text: string | null): void {
    const block = this.roomy();
    if (block.cells === block.ends.length) block.ends = grown(block.ends, new Uint32Array(block.cells * 2));
    const begin = block.cells === 0 ? 0 : block.ends[block.cells - 1];
    let end = begin;
    if (text === null) {
      block.nulls ??= new Uint8Array(BLOCK_CELLS);
      block.nulls[block.cells] = 1;
    } else if (text !== "") {
      // A UTF-16 unit becomes three bytes at most.
      const wanted = begin + text.length * 3;
      if (wanted > block.bytes.length)
        block.bytes = grown(block.bytes, new Uint8Array(Math.max(wanted, block.bytes.length * 2)));
      end = begin + encoder.encodeInto(text, block.bytes.subarray(begin)).written;
    }
    block.ends[block.cells++] = end;
    this.length++;
  }

  /** Null for a cell that is missing, and for a number that there is not. */
  get(row: number): string | null {
    const block = this.find(row);
    if (block === null) return null;
    const cell = row - block.firstRow;
    if (block.nulls?.[cell] === 1) return null;
    const begin = cell === 0 ? 0 : block.ends[cell - 1];
    return decoder.decode(block.bytes.subarray(begin, block.ends[cell]));
  }

  /** The block that the next cell goes to. */
  private roomy(): Block {
    const { last } = this;
    if (last !== null && last.cells < BLOCK_CELLS && (last.ends[last.cells - 1] ?? 0) < BLOCK_BYTES) return last;
    if (last !== null) {
      last.bytes = last.bytes.slice(0, last.ends[last.cells - 1]);
      last.ends = last.ends.slice(0, last.cells);
    }
    const begun: Block = {
      firstRow: this.length,
      bytes: new Uint8Array(256),
      ends: new Uint32Array(16),
      cells: 0,
      nulls: null,
    };
    this.last = begun;
    this.blocks.push(begun);
    return begun;
  }

  private find(row: number): Block | null {
    if (!(row >= 0 && row < this.length)) return null;
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.blocks[middle].firstRow <= row) low = middle;
      else high = middle - 1;
    }
    return this.blocks[low];
  }
}

function grown<T extends Uint8Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

/** Whole numbers by number, 4 bytes each. */
export class ColumnOfNumbers {
  private numbers = new Uint32Array(1024);
  length = 0;

  add(number: number): void {
    if (this.length === this.numbers.length) this.numbers = grown(this.numbers, new Uint32Array(this.length * 2));
    this.numbers[this.length++] = number;
  }

  get(row: number): number {
    return this.numbers[row];
  }

  /** (length) a view of what there is so far. */
  all(): Uint32Array {
    return this.numbers.subarray(0, this.length);
  }
}
