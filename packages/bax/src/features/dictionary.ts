import type { Heap } from "../kernels/index.ts";

/** Marks a feature that got no row of A. */
export const NO_ROW = 0xffffffff;
const SLOT_BYTES = 8;
/** Bytes of a feature besides its slots, and how full the table may be. */
const ENTRY_BYTES = 8;
const FULL = 3 / 4;
const NEARLY_FULL = 0.7;
const FINALLY_FULL = 0.8;
/** After rare features were forgotten, what is left takes at most this share. */
const ROOMY = 0.9;
/** 8 MB of table to begin with: it is only touched as it fills, and small data never need another. */
const FIRST_SLOTS = 1 << 20;
/** Highest bit of an entry of `documents`: which block of a text the feature is of. The rest is the number of texts. */
const WORD_BLOCK = 0;
const CHARACTER_BLOCK = 1;
const DOCUMENTS = 0x7fffffff;

/** Whether an entry of `documents` tells of enough texts for its block. */
export function occursIn(entry: number, minCount: number, minCountCharacters: number): boolean {
  return (entry & DOCUMENTS) >= (entry >>> 31 === CHARACTER_BLOCK ? minCountCharacters : minCount);
}

/** How many texts an entry of `documents` tells of. */
export function textCount(entry: number): number {
  return entry & DOCUMENTS;
}

/** An entry of `documents` that tells of the texts of another besides, as many as there is room for, and keeps its own block. */
export function addTexts(entry: number, other: number): number {
  const count = Math.min(DOCUMENTS, textCount(entry) + textCount(other));
  return ((entry & ~DOCUMENTS) | count) >>> 0;
}

/** Slots of a table that is to grow with its keys, `count` of them now: a power of two, at most three quarters full. */
function tableSlots(count: number): number {
  let slots = 1024;
  while (3 * slots < 4 * count) slots *= 2;
  return slots;
}

/** Slots of a table of `count` keys that stays as it is. */
function finalSlots(count: number): number {
  return Math.ceil(count / FINALLY_FULL) + 1;
}

/** Whether keys ascend, each different from the last: then a model's rows are in the order of their keys, not of their frequency. */
export function isAscending(keys: Uint32Array): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i] <= keys[i - 1]) return false;
  return true;
}

/** What training keeps of the features it has seen, by rows of A; frequent features come first. Whoever asked for it owns the memory. */
export interface ChosenFeatures {
  count: number;
  /** Address of (count) u32: the hash of each feature. */
  keys: number;
  /** Address of (count) u32: in how many training texts each occurs. */
  documents: number;
}

/** Counts features while text is read: every hash gets an index in order of first occurrence. */
export class Dictionary {
  size = 0;
  /** By how much the number of texts of a feature may be too small: more than 0 where rare ones had to be forgotten. */
  undercount = 0;
  private readonly heap: Heap;
  private slots = FIRST_SLOTS;
  private table: number;
  private keys: number;
  private documents: number;

  constructor(heap: Heap) {
    this.heap = heap;
    this.table = heap.allocateZeroed(this.slots * SLOT_BYTES);
    this.keys = heap.allocate(65536);
    this.documents = heap.allocate(65536);
  }

  /**
   * Counts one text's distinct hashes (u32, `count` of them, the first `wordCount` of the word block) and writes their indices to `ids`.
   */
  add(hashes: number, wordCount: number, count: number, ids: number): void {
    const { heap } = this;
    const bound = this.size + count;
    if (4 * bound > 3 * this.slots) {
      heap.release(this.table);
      this.slots = tableSlots(bound);
      this.table = heap.allocateZeroed(this.slots * SLOT_BYTES);
      heap.kernels.fill(this.keys, this.size, this.table, this.slots);
    }
    this.keys = heap.ensure(this.keys, bound * 4);
    // One more: the row of what was forgotten.
    this.documents = heap.ensure(this.documents, (bound + 1) * 4);
    const { table, slots, keys, documents } = this;
    const add = (from: number, to: number, block: number) => {
      const at = from * 4;
      this.size = heap.kernels.addAll(
        hashes + at,
        to - from,
        table,
        slots,
        keys,
        documents,
        this.size,
        ids + at,
        block,
      );
    };
    add(0, wordCount, WORD_BLOCK);
    if (count > wordCount) add(wordCount, count, CHARACTER_BLOCK);
  }

  /** Address of (size) u32: the key of each feature in order of first occurrence. */
  get keysAt(): number {
    return this.keys;
  }

  /** The table and what grows with it as `addAll` takes them, and how many features all of them have room for as they are. */
  growing(): { at: number; slots: number; keys: number; documents: number; room: number } {
    const { heap, table, slots, keys, documents } = this;
    const room = Math.min(FULL * slots, heap.sizeOf(keys) / 4, heap.sizeOf(documents) / 4 - 1);
    return { at: table, slots, keys, documents, room: Math.floor(room) };
  }

  /** The least number of features with which `bytesOfNext` is beyond so many bytes, at the size of the table as it is. */
  sizeBeyond(bytes: number): number {
    const { tableBytes } = this;
    const beyond = (rest: number) => Math.max(0, Math.floor(rest / ENTRY_BYTES) + 1);
    const soonFull = Math.max(Math.floor(NEARLY_FULL * this.slots) + 1, beyond(bytes - 2 * tableBytes));
    return Math.min(beyond(bytes - tableBytes), soonFull);
  }

  /** Bytes of the table. */
  get tableBytes(): number {
    return this.slots * SLOT_BYTES;
  }

  /** Bytes of what counting needs: 8 a feature, besides. */
  get bytes(): number {
    return this.tableBytes + this.size * ENTRY_BYTES;
  }

  /** The same when the table is full and has to grow, as it soon is; otherwise as now. */
  get bytesOfNext(): number {
    return this.size > NEARLY_FULL * this.slots ? this.bytes + this.slots * SLOT_BYTES : this.bytes;
  }

  /**
   * Forgets the features that occur least, as often as it takes to be at half of `bytes`; indices are no longer what they were. A feature
   * may come back, so what is counted from then on is too small by `undercount` at most (lossy counting: Manku and Motwani 2002).
   */
  forgetRare(bytes: number): void {
    const { heap, size } = this;
    const keys = heap.u32At(this.keys, size);
    const documents = heap.u32At(this.documents, size);
    const histogram = new Uint32Array(1024);
    for (let i = 0; i < size; i++) histogram[Math.min(documents[i] & DOCUMENTS, histogram.length - 1)]++;
    let most = Math.floor(bytes / 2 / (SLOT_BYTES / FULL + ENTRY_BYTES));
    // One text with very many features may have made the table larger than all may be: then there would be no end of forgetting.
    let { slots } = this;
    while (slots > 1024 && slots * SLOT_BYTES + most * ENTRY_BYTES > ROOMY * bytes) slots /= 2;
    most = Math.min(most, slots / 2);
    let least = 1;
    for (let rest = size; rest > most && least < histogram.length; least++) rest -= histogram[least];
    let kept = 0;
    for (let i = 0; i < size; i++) {
      if ((documents[i] & DOCUMENTS) < least) continue;
      keys[kept] = keys[i];
      documents[kept++] = documents[i];
    }
    this.size = kept;
    this.undercount += least - 1;
    if (slots < this.slots && 4 * kept <= 3 * slots) {
      heap.release(this.table);
      this.table = heap.allocateZeroed(slots * SLOT_BYTES);
      this.slots = slots;
    } else heap.u8At(this.table, this.slots * SLOT_BYTES).fill(0);
    heap.kernels.fill(this.keys, kept, this.table, this.slots);
  }

  /** Replaces keys by their indices; one that was forgotten becomes an index whose row is none. Only before `close`. */
  indexKeys(ids: number, count: number): void {
    this.heap.kernels.indexAll(ids, count, this.table, this.slots, this.size);
  }

  /** The table is only for counting; this gives its memory back. */
  close(): void {
    this.heap.release(this.table);
    this.table = 0;
  }

  /** What was counted, out of the heap: (features) hash of each, and in how many texts it occurs with the bit of its block. */
  save(): { keys: Uint32Array; documents: Uint32Array } {
    const { heap, size } = this;
    return { keys: heap.u32At(this.keys, size).slice(), documents: heap.u32At(this.documents, size).slice() };
  }

  /** Counting goes no further than what was saved. */
  restore({ keys, documents }: { keys: Uint32Array; documents: Uint32Array }): void {
    this.release();
    this.size = keys.length;
    this.keys = this.heap.allocateCopy(keys);
    // One more: the row of what is not known.
    this.documents = this.heap.allocate(documents.byteLength + 4);
    this.heap.u32At(this.documents, documents.length).set(documents);
    // What is looked up by its key needs the table, which is as full as it may be.
    this.slots = tableSlots(keys.length);
    this.table = this.heap.allocateZeroed(this.slots * SLOT_BYTES);
    this.heap.kernels.fill(this.keys, this.size, this.table, this.slots);
  }

  /** How many features `choose` would take, without a limit. */
  countChosen(minCount: number, minCountCharacters: number): number {
    let count = 0;
    for (const entry of this.heap.u32At(this.documents, this.size)) {
      if (occursIn(entry, minCount, minCountCharacters)) count++;
    }
    return count;
  }

  /**
   * Chooses the features that get a row: those of the word block that occur in `minCount` texts and character n-grams that occur in
   * `minCountCharacters`, the most frequent first (the earlier seen among equals), at most `limit`. Features that are `known` keep their
   * rows, whose keys and counts are left to the caller, and the others come behind. Ends counting: what was counted makes room for the rows,
   * see `rows`.
   */
  choose(minCount: number, minCountCharacters: number, limit: number, known?: Vocabulary): ChosenFeatures {
    // First, since it may make the memory larger and end what looks at it.
    const knownRows = known?.rowsOf(this.heap.u32At(this.keys, this.size));
    const before = known?.size ?? 0;
    let counted = this.heap.u32At(this.documents, this.size);
    // A counting sort by frequency, descending and stable.
    let most = 0;
    for (let i = 0; i < this.size; i++) most = Math.max(most, counted[i] & DOCUMENTS);
    const isNew = (i: number) =>
      occursIn(counted[i], minCount, minCountCharacters) && (knownRows === undefined || knownRows[i] === NO_ROW);
    const starts = new Uint32Array(most + 2);
    for (let i = 0; i < this.size; i++) if (isNew(i)) starts[most - (counted[i] & DOCUMENTS) + 1]++;
    for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
    const kept = Math.min(limit, starts[most + 1]);
    const count = before + kept;
    const chosen = { count, keys: this.heap.allocate(count * 4), documents: this.heap.allocate(count * 4) };
    const chosenKeys = this.heap.u32At(chosen.keys, count);
    const chosenDocuments = this.heap.u32At(chosen.documents, count);
    const keys = this.heap.u32At(this.keys, this.size);
    counted = this.heap.u32At(this.documents, this.size);
    for (let i = 0; i < this.size; i++) {
      const documents = counted[i] & DOCUMENTS;
      const row = isNew(i) ? starts[most - documents]++ : NO_ROW;
      if (row < kept) {
        chosenKeys[before + row] = keys[i];
        chosenDocuments[before + row] = documents;
      }
      counted[i] = row < kept ? before + row : (knownRows?.[i] ?? NO_ROW);
    }
    this.forgottenRow();
    return chosen;
  }

  /** Gives every feature the row that its key is answered with, or `NO_ROW`, in order of first occurrence. Ends counting. */
  assign(rowOf: (key: number) => number): void {
    const keys = this.heap.u32At(this.keys, this.size);
    const rows = this.heap.u32At(this.documents, this.size);
    for (let i = 0; i < this.size; i++) rows[i] = rowOf(keys[i]);
    this.forgottenRow();
  }

  private forgottenRow(): void {
    this.heap.u32[(this.documents >>> 2) + this.size] = NO_ROW;
  }

  /** After `choose` or `assign`: address of (features seen) u32, the row of each in order of first occurrence, 0xffffffff for none. */
  get rows(): number {
    return this.documents;
  }

  /** Gives all memory back. */
  release(): void {
    this.close();
    this.heap.release(this.keys);
    this.heap.release(this.documents);
  }
}

/** The features of a finished model: from a hash to its row of A. */
export class Vocabulary {
  readonly size: number;
  private readonly heap: Heap;
  /** Address of the table, and its slots. */
  readonly table: number;
  readonly slots: number;

  /** `keys`: address of `size` distinct u32. */
  constructor(heap: Heap, keys: number, size: number) {
    this.heap = heap;
    this.size = size;
    this.slots = finalSlots(size);
    this.table = heap.allocateZeroed(this.slots * SLOT_BYTES);
    heap.kernels.fill(keys, size, this.table, this.slots);
  }

  /** The row of each key, 0xffffffff for one that is not known. */
  rowsOf(keys: Uint32Array): Uint32Array {
    const { heap } = this;
    const at = heap.allocateCopy(keys);
    heap.kernels.indexAll(at, keys.length, this.table, this.slots, NO_ROW);
    const rows = heap.u32At(at, keys.length).slice();
    heap.release(at);
    return rows;
  }

  /** Gives its memory back. */
  release(): void {
    this.heap.release(this.table);
  }

  /** Writes the rows of the known among `count` hashes to `ids` and their counts (u8) to `kept`; returns how many are known. */
  find(hashes: number, counts: number, count: number, ids: number, kept: number): number {
    return this.heap.kernels.findAll(hashes, counts, count, this.table, this.slots, ids, kept);
  }
}
