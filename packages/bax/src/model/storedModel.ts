import { BaxError } from "../errors.ts";
import type { Heap } from "../kernels/index.ts";

/** A model's file that stays open, to be read where it is needed. */
export interface StoredFile {
  /** As messages name it. */
  readonly name: string;
  /** Fills `into` with the bytes from `position` on. Throws a BaxError ("file") where they are not there, or no longer the same. */
  read(into: Uint8Array, position: number): void;
  close(): void;
}

/** A tensor that is left in the file: rows of numbers, each with its room in the heap. */
export interface StoredTensor {
  /** Address of its room; the file's byte for an address is `address` − `base` of the model. */
  at: number;
  rows: number;
  rowBytes: number;
  /** Refuses what was read to `at`, `bytes` long, if it is damaged. */
  check(at: number, bytes: number): void;
}

/** Bytes of a page: what is read at once at first, and what the system gives memory in. */
const PAGE_SHIFT = 12;
/** As the share of a tensor that is in memory grows, so does what is read at once: one part in so many. */
const READS = 1024;
/** From this share in memory on the rest is read in one go: then there are many texts, and reading is quicker than looking what is there. */
const ENOUGH = 1 / 8;
/** Bytes of one read of the rest, and of keys that are looked through. */
const PIECE_BYTES = 1 << 22;

// A model that was opened long ago: which it was must be told too.
function checked(file: StoredFile, tensor: StoredTensor, at: number, bytes: number): void {
  try {
    tensor.check(at, bytes);
  } catch (error) {
    if (!(error instanceof BaxError)) throw error;
    throw new BaxError(error.code, `${file.name}, ${error.message}`, error.advice, { cause: error });
  }
}

/** One tensor, of which those pages are in memory that were needed. */
class Pages {
  complete = false;
  private readonly heap: Heap;
  private readonly file: StoredFile;
  private readonly base: number;
  private readonly tensor: StoredTensor;
  private readonly end: number;
  private readonly first: number;
  private readonly loaded: Uint8Array;
  private count = 0;

  constructor(heap: Heap, file: StoredFile, base: number, tensor: StoredTensor) {
    this.heap = heap;
    this.file = file;
    this.base = base;
    this.tensor = tensor;
    this.end = tensor.at + tensor.rows * tensor.rowBytes;
    this.first = this.pageOf(tensor.at);
    this.loaded = new Uint8Array(this.pageOf(this.end - 1) - this.first + 1);
  }

  /** Rows by their numbers. */
  need(ids: Uint32Array): void {
    const { at, rowBytes } = this.tensor;
    const { loaded, first } = this;
    for (const id of ids) {
      const begin = at + id * rowBytes;
      const last = this.pageOf(begin + rowBytes - 1) - first;
      for (let page = this.pageOf(begin) - first; page <= last; page++) if (loaded[page] === 0) this.load(page);
    }
  }

  needAll(): void {
    if (this.complete) return;
    for (let at = this.tensor.at; at < this.end; at += PIECE_BYTES) {
      const [begin, end] = [this.pageOf(at), this.pageOf(Math.min(this.end, at + PIECE_BYTES) - 1) + 1];
      if (this.loaded.subarray(begin - this.first, end - this.first).includes(0)) this.read(begin, end);
    }
    this.complete = true;
  }

  private load(page: number): void {
    let together = 1;
    while (together * 2 * READS <= this.count) together *= 2;
    const begin = page - (page % together);
    this.read(begin + this.first, Math.min(this.loaded.length, begin + together) + this.first);
    if (this.count > this.loaded.length * ENOUGH) this.needAll();
  }

  // Pages [begin, end) of the memory, as far as they are the tensor's.
  private read(begin: number, end: number): void {
    const at = Math.max(this.tensor.at, begin * 2 ** PAGE_SHIFT);
    const bytes = Math.min(this.end, end * 2 ** PAGE_SHIFT) - at;
    this.file.read(this.heap.u8At(at, bytes), at - this.base);
    checked(this.file, this.tensor, at, bytes);
    for (let page = begin - this.first; page < end - this.first; page++) {
      this.count += 1 - this.loaded[page];
      this.loaded[page] = 1;
    }
  }

  private pageOf(address: number): number {
    return Math.floor(address / 2 ** PAGE_SHIFT);
  }
}

/** The tensors of a large model that are left in its file until their rows are needed. */
export interface StoredTensors {
  embeddings: StoredTensor;
  featureWeights?: StoredTensor | undefined;
  keys?: StoredTensor | undefined;
  /** What predicting never needs. */
  others: readonly StoredTensor[];
}

/**
 * A model of which only those rows are in memory that texts have asked for. Every row has its place in the heap, so that the kernels find
 * it there once it is read; memory that was never written to costs nothing.
 */
export class StoredModel {
  private readonly heap: Heap;
  private readonly file: StoredFile;
  private readonly base: number;
  private readonly embeddings: StoredTensor;
  private readonly rows: Pages[];
  private readonly others: Pages[];
  private readonly keyTensor: StoredTensor | undefined;
  private readonly keys: Pages | undefined;
  private piece: Uint32Array<ArrayBuffer> | undefined;

  constructor(heap: Heap, file: StoredFile, base: number, tensors: StoredTensors) {
    const pages = (tensor: StoredTensor) => new Pages(heap, file, base, tensor);
    this.heap = heap;
    this.file = file;
    this.base = base;
    this.embeddings = tensors.embeddings;
    this.rows = [tensors.embeddings, ...(tensors.featureWeights ? [tensors.featureWeights] : [])].map(pages);
    this.others = tensors.others.map(pages);
    this.keyTensor = tensors.keys;
    this.keys = tensors.keys && pages(tensors.keys);
  }

  /** Whether all of the file is in memory. */
  get complete(): boolean {
    return [...this.rows, ...this.others, ...(this.keys ? [this.keys] : [])].every((pages) => pages.complete);
  }

  /** Brings rows of A, and their weights, into memory: `count` numbers of rows (u32) at an address. Throws a BaxError ("file", "model"). */
  need(ids: number, count: number): void {
    for (const pages of this.rows) if (!pages.complete) pages.need(this.heap.u32At(ids, count));
  }

  /** The same for rows [first, first + count). */
  needRange(first: number, count: number): void {
    const ids = Uint32Array.from({ length: count }, (_, i) => first + i);
    for (const pages of this.rows) if (!pages.complete) pages.need(ids);
  }

  /** Reads the weights of all features to where they belong. */
  needWeights(): void {
    for (const pages of this.rows.slice(1)) pages.needAll();
  }

  /** All rows of A, a piece at a time, without keeping them: `look` gets the number of the first row of each and the rows' address. */
  eachRows(look: (first: number, count: number, at: number) => void): void {
    const { heap, file, base, embeddings: tensor } = this;
    const pieceRows = Math.max(1, Math.floor(PIECE_BYTES / tensor.rowBytes));
    const piece = heap.allocate(pieceRows * tensor.rowBytes);
    for (let first = 0; first < tensor.rows; first += pieceRows) {
      const count = Math.min(pieceRows, tensor.rows - first);
      file.read(heap.u8At(piece, count * tensor.rowBytes), tensor.at - base + first * tensor.rowBytes);
      checked(file, tensor, piece, count * tensor.rowBytes);
      look(first, count, piece);
    }
    heap.release(piece);
  }

  /** Reads the keys of all features to where they belong. */
  needKeys(): void {
    this.piece = undefined;
    this.keys?.needAll();
  }

  /** Reads all that is missing and closes the file. */
  needAll(): void {
    if (this.complete) return;
    for (const pages of [...this.rows, ...this.others]) pages.needAll();
    this.needKeys();
    this.file.close();
  }

  /** The features of all keys, a piece at a time, without keeping them: `look` gets the number of the first key of each. */
  eachKeys(look: (first: number, keys: Uint32Array) => void): void {
    const { keyTensor: tensor } = this;
    if (!tensor) return;
    this.piece ??= new Uint32Array(Math.min(tensor.rows, PIECE_BYTES / 16));
    const { piece } = this;
    for (let first = 0; first < tensor.rows; first += piece.length) {
      const keys = piece.subarray(0, Math.min(piece.length, tensor.rows - first));
      this.file.read(new Uint8Array(keys.buffer, 0, keys.byteLength), tensor.at - this.base + first * 4);
      look(first, keys);
    }
  }
}
