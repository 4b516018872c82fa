import type { Heap } from "../kernels/index.ts";
import { mix, NormalForm } from "./normalForm.ts";
import { BANDS, jaccard, Sketcher } from "./shingles.ts";
import { PAUSE_ROWS, type Pause, type TextStore } from "./textStore.ts";

const NONE = -1;
/** Sets of shingles that are kept: those of a row are asked for again and again. */
const KEPT_SETS = 4096;

/** A power of two that `count` entries fill to half at most. */
export function tableSize(count: number): number {
  let size = 1024;
  while (size < 2 * count) size *= 2;
  return size;
}

/**
 * The texts of a store by their normal form, and sketches for finding similar ones. Texts of the same form are one: the first of them is
 * their leader. Row after row, so that the result depends on nothing but the data.
 */
export class TextIndex {
  readonly store: TextStore;
  /** (rows) the first row with the same form; −1 for a text of white space alone. */
  readonly leader: Int32Array;
  /** (bands, rows) keys of leaders. */
  readonly keys: Uint32Array;
  /** (rows) whether a row has keys. */
  readonly isSketched: Uint8Array;
  private readonly first: Uint32Array;
  private readonly second: Uint32Array;
  private readonly table: Int32Array;
  private readonly form: NormalForm;
  private readonly other: NormalForm;
  private readonly sketcher = new Sketcher();
  private readonly sets = new Map<number, Uint32Array>();

  private constructor(store: TextStore, heap: Heap, sketches: boolean) {
    const { count } = store;
    this.store = store;
    this.leader = new Int32Array(count).fill(NONE);
    this.keys = new Uint32Array(sketches ? BANDS * count : 0);
    this.isSketched = new Uint8Array(count);
    this.first = new Uint32Array(count);
    this.second = new Uint32Array(count);
    this.table = new Int32Array(tableSize(count)).fill(NONE);
    this.form = new NormalForm(heap);
    this.other = new NormalForm(heap);
  }

  /** Reads all rows of a store. `sketches`: also what finding similar texts needs, 84 bytes a row. */
  static async of(
    store: TextStore,
    heap: Heap,
    sketches: boolean,
    pause: (rows: number) => Promise<void>,
  ): Promise<TextIndex> {
    const index = new TextIndex(store, heap, sketches);
    for (let row = 0; row < store.count; row++) {
      index.add(row, sketches);
      if (row % PAUSE_ROWS === PAUSE_ROWS - 1) await pause(row + 1);
    }
    return index;
  }

  private add(row: number, sketches: boolean): void {
    if (this.form.read(this.store.bytes(row)) === 0) return;
    this.hash(row);
    const found = this.find(this, row);
    this.leader[row] = found === NONE ? row : found;
    if (found !== NONE) return;
    const mask = this.table.length - 1;
    let slot = this.first[row] & mask;
    while (this.table[slot] !== NONE) slot = (slot + 1) & mask;
    this.table[slot] = row;
    if (sketches && this.sketcher.sketch(this.form, this.keys, row, this.store.count)) this.isSketched[row] = 1;
  }

  /** 64 bits of the form that was read last. */
  private hash(row: number): void {
    const { codes, length } = this.form;
    let [first, second] = [length, ~length];
    for (let n = 0; n < length; n++) {
      first = Math.imul(first ^ codes[n], 0x9e3779b1) + 0x7f4a7c15;
      second = Math.imul(second, 0x01000193) ^ codes[n];
    }
    this.first[row] = mix(first);
    this.second[row] = mix(second);
  }

  /** The leader here of the text of a row of `from`, or −1. Verified: hashes only tell where to look. */
  find(from: TextIndex, row: number): number {
    const mask = this.table.length - 1;
    for (let slot = from.first[row] & mask; this.table[slot] !== NONE; slot = (slot + 1) & mask) {
      const there = this.table[slot];
      if (this.first[there] !== from.first[row] || this.second[there] !== from.second[row]) continue;
      if (this.isSame(there, from, row)) return there;
    }
    return NONE;
  }

  private isSame(row: number, from: TextIndex, other: number): boolean {
    const [a, b] = [this.store.bytes(row), from.store.bytes(other)];
    if (sameBytes(a, b)) return true;
    this.other.read(a);
    from.form.read(b);
    return this.other.equals(from.form);
  }

  /** The similarity of two texts, from 0 to 1: what their sets of shingles have in common. */
  similarity(row: number, of: TextIndex, other: number): number {
    return jaccard(this.shingles(row), of.shingles(other));
  }

  private shingles(row: number): Uint32Array {
    const known = this.sets.get(row);
    if (known) return known;
    this.other.read(this.store.bytes(row));
    const set = this.sketcher.set(this.other);
    if (this.sets.size >= KEPT_SETS) this.sets.clear();
    this.sets.set(row, set);
    return set;
  }

  /** Whether two texts are the same to the last byte. */
  isIdentical(row: number, of: TextIndex, other: number): boolean {
    return sameBytes(this.store.bytes(row), of.store.bytes(other));
  }

  release(): void {
    this.form.release();
    this.other.release();
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}

/** Rows with the same key of a band, in the order in which they were put in. */
export class BandTable {
  private readonly heads: Int32Array;
  private readonly keys: Uint32Array;
  private readonly next: Int32Array;
  private readonly offset: number;
  private readonly ends: Int32Array;

  /** `index`: whose rows are put in. `leaders`: how many they are at most. */
  constructor(index: TextIndex, band: number, leaders: number) {
    const size = tableSize(leaders);
    this.heads = new Int32Array(size).fill(NONE);
    this.ends = new Int32Array(size);
    this.next = new Int32Array(index.store.count).fill(NONE);
    this.keys = index.keys;
    this.offset = band * index.store.count;
  }

  private slot(key: number): number {
    const mask = this.heads.length - 1;
    let slot = key & mask;
    while (this.heads[slot] !== NONE && this.keys[this.offset + this.heads[slot]] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  /** The first row with a key, or −1. */
  head(key: number): number {
    return this.heads[this.slot(key)];
  }

  /** The row after another of the same key, or −1. */
  after(row: number): number {
    return this.next[row];
  }

  put(row: number): void {
    const slot = this.slot(this.keys[this.offset + row]);
    if (this.heads[slot] === NONE) this.heads[slot] = row;
    else this.next[this.ends[slot]] = row;
    this.ends[slot] = row;
  }
}

/** Calls `each` for every band with the sketched rows of an index. */
export async function eachBand(pause: Pause, each: (band: number) => void): Promise<void> {
  for (let band = 0; band < BANDS; band++) {
    each(band);
    await pause();
  }
}
