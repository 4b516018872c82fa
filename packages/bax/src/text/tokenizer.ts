import { CLASS_DIGIT, CLASS_LETTER, CLASS_SPACE, CLASS_SYMBOL, type Heap } from "../kernels/index.ts";
import { unicodeTables } from "./unicodeTables.ts";

/** How text is cut into tokens; recorded in the model. */
export interface TokenizerOptions {
  /**
   * `unicode`: NFKC, words, numbers, marks and emoji; `whitespace`: fastText's separators, nothing else; `fasttext`: fastText's features, bit
   * for bit (features/fastTextVocabulary.ts, which needs no tokeniser of its own).
   */
  tokenizer: "unicode" | "whitespace" | "fasttext";
  lowercase: boolean;
}

/**
 * What the kernel that hashes ASCII text without tokenising it first must know of each byte: how it is spelt inside a word (0: it stands
 * in none), 256 bytes, and its class, 256 bytes. Bytes above 127 have class 255, which is no class.
 */
export function asciiTable({ tokenizer, lowercase }: TokenizerOptions): Uint8Array {
  const table = new Uint8Array(512).fill(255, 256 + 128);
  for (let byte = 0; byte < 128; byte++) {
    const kind = tokenizer === "whitespace" ? plainClass(byte) : asciiClass(byte);
    const upper = lowercase && byte >= 65 && byte <= 90;
    if (kind === CLASS_LETTER || kind === CLASS_DIGIT) table[byte] = upper ? byte + 32 : byte;
    table[256 + byte] = kind;
  }
  return table;
}

function plainClass(byte: number): number {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 0 ? CLASS_SPACE : CLASS_LETTER;
}

function asciiClass(byte: number): number {
  const letter = (byte | 32) >= 97 && (byte | 32) <= 122;
  if (letter || byte === 95) return CLASS_LETTER;
  if (byte >= 48 && byte <= 57) return CLASS_DIGIT;
  return byte <= 32 || byte === 127 ? CLASS_SPACE : CLASS_SYMBOL;
}

/** Scratch of the slow way of normalising: 128 u32 (see assembly/normalize.ts). */
const SEGMENT_BYTES = 512;
/** `normalize` stops this many code points before its buffer is full. */
const MARGIN = 128;

/**
 * Cuts UTF-8 bytes that lie in the heap into tokens. What the last call found stays in `codePoints` (u32, class in the top byte),
 * `offsets` (u32, byte of the source at which each code point begins; one more entry for the end) and `tokens` (pairs of u32: first code
 * point and the one after the last) until the next call.
 */
export class Tokenizer {
  codePoints = 0;
  offsets = 0;
  tokens = 0;
  codePointCount = 0;
  /** Code points that there is room for. */
  capacity = 0;
  /** Address of Unicode's tables; 0 until they are needed. */
  tables: number;
  /** Address of scratch for normalising, and behind it of where that says how far it came. */
  readonly scratch: number;
  private readonly heap: Heap;
  private readonly lowercase: number;
  private readonly plain: boolean;

  /** `tables`: their address, where they are there already. */
  constructor(heap: Heap, options: TokenizerOptions, tables = 0) {
    this.heap = heap;
    this.tables = tables;
    this.scratch = heap.allocate(SEGMENT_BYTES + 64);
    this.lowercase = options.lowercase ? 1 : 0;
    this.plain = options.tokenizer === "whitespace";
    this.reserve(1024);
  }

  /** Tokenises `length` bytes at `source`; returns the number of tokens. Ill-formed UTF-8 counts as U+FFFD, so any bytes are text. */
  run(source: number, length: number): number {
    const { heap, scratch, state } = this;
    // Only now: ASCII text without character n-grams never comes here, and the tables take 20 ms.
    this.prepare();
    if (this.capacity < length + MARGIN) this.reserve(length + MARGIN);
    for (;;) {
      const end = source + length;
      this.codePointCount = this.plain
        ? heap.kernels.decodePlain(
            source,
            end,
            this.tables,
            this.lowercase,
            this.codePoints,
            this.offsets,
            this.capacity,
            state,
          )
        : heap.kernels.normalize(
            source,
            end,
            this.tables,
            this.lowercase,
            this.codePoints,
            this.offsets,
            this.capacity,
            scratch,
            state,
          );
      // One byte of source seldom gives more than one code point; where it does, start again with more room.
      if (heap.u32[state >>> 2] >= length) break;
      this.reserve(this.capacity * 2);
    }
    heap.u32[(this.offsets >>> 2) + this.codePointCount] = length;
    return heap.kernels.tokenize(this.codePoints, this.codePointCount, this.tokens);
  }

  /** More room for code points, at least for a text of so many bytes, and the tables where text is not taken as it is. */
  grow(length: number): void {
    if (!this.plain || this.lowercase) this.tables ||= this.heap.allocateCopy(unicodeTables());
    this.reserve(this.capacity < length + MARGIN ? length + MARGIN : this.capacity * 2);
  }

  /** Makes Unicode's tables, unless they are there; returns their address. */
  prepare(): number {
    this.tables ||= this.heap.allocateCopy(unicodeTables());
    return this.tables;
  }

  /** Address of a u32: the bytes of the last text that were read. */
  get state(): number {
    return this.scratch + SEGMENT_BYTES;
  }

  /** Gives all memory back. */
  release(): void {
    for (const at of [this.tables, this.scratch, this.codePoints, this.offsets, this.tokens]) this.heap.release(at);
  }

  private reserve(codePoints: number): void {
    const { heap } = this;
    heap.release(this.codePoints);
    heap.release(this.offsets);
    heap.release(this.tokens);
    this.capacity = Math.ceil(codePoints * 1.25);
    this.codePoints = heap.allocate(this.capacity * 4);
    this.offsets = heap.allocate(this.capacity * 4 + 4);
    this.tokens = heap.allocate(this.capacity * 8);
  }
}
