import type { Dictionary, FeatureExtractor } from "../features/index.ts";
import {
  type Heap,
  READ_ALL,
  READ_ODD,
  READ_UNLABELLED,
  READER_AT,
  READER_BYTES,
  READER_COUNT,
  READER_DOCUMENTS,
  READER_END,
  READER_EXTRACTOR,
  READER_FEATURES,
  READER_FINGERPRINT,
  READER_KEEPS_KEYS,
  READER_KEYS,
  READER_LABEL_COUNTS,
  READER_LABEL_MASK,
  READER_LABEL_POOL,
  READER_LABEL_STARTS,
  READER_LABEL_TABLE,
  READER_LABELS,
  READER_LABELS_ROOM,
  READER_LARGEST,
  READER_LINE,
  READER_MOST_BYTES,
  READER_MOST_LABELS,
  READER_MOST_SIZE,
  READER_OUT,
  READER_OUT_END,
  READER_PREFIX,
  READER_PREFIX_BYTES,
  READER_ROOM,
  READER_SHARES,
  READER_SIZE,
  READER_SLOTS,
  READER_TABLE,
  SourceRoom,
} from "../kernels/index.ts";
import type { ExampleStore } from "./exampleStore.ts";
import { LabelTable } from "./labelTable.ts";

/** Labels of one line that the kernel lists; a line with more is read the ordinary way. */
const MOST_LABELS = 256;

/** Where the lines go, as the kernel needs it. */
export interface LineTarget {
  readonly extractor: FeatureExtractor;
  readonly dictionary: Dictionary;
  readonly store: ExampleStore;
  readonly labels: readonly string[];
  /** How many examples have each label; grows as lines are read. */
  readonly counts: number[];
  /** Address of the fingerprint. */
  readonly fingerprint: number;
  readonly areShares: boolean;
  /** Whether records keep the keys of features. */
  readonly keepsKeys: boolean;
  /** When reading must pause: bytes of records written from now on + 16 · features, and features. */
  readonly limit: { bytes: number; size: number };
}

/** What is to be done about a line, and its number and bounds (addresses). */
export interface OddLine {
  readonly kind: "odd" | "unlabelled" | "limit";
  readonly number: number;
  readonly begin: number;
  readonly end: number;
  /** Examples that were read since the last answer. */
  readonly count: number;
}

const NEWLINE = 10;

/** Reads labelled lines that lie in the heap, by the kernel `readLines`; hands back those that need another way. */
export class LineReader {
  private readonly heap: Heap;
  private readonly context: number;
  private readonly labels: LabelTable;
  private readonly lineLabels: number;
  private counts = 0;
  private readonly prefix: SourceRoom;

  constructor(heap: Heap) {
    this.heap = heap;
    this.context = heap.allocateZeroed(READER_BYTES);
    this.lineLabels = heap.allocate(MOST_LABELS * 4);
    this.labels = new LabelTable(heap);
    this.prefix = new SourceRoom(heap);
  }

  /**
   * Reads the lines [at, end), the first of which has a number. `target` is asked anew after each answer of `handle`, which is called for
   * every line that the kernel left, and where it paused.
   */
  read(
    at: number,
    end: number,
    firstLine: number,
    prefix: Uint8Array,
    target: () => LineTarget,
    handle: (line: OddLine) => void,
  ): void {
    const { heap } = this;
    this.set(READER_PREFIX, this.prefix.place(prefix));
    this.set(READER_PREFIX_BYTES, prefix.length);
    let from = at;
    let number = firstLine;
    while (from < end) {
      const { code, count } = this.run(from, end, number, target());
      from = this.get(READER_AT);
      number = this.get(READER_LINE);
      if (code === READ_ODD) {
        const newline = heap.u8.subarray(from, end).indexOf(NEWLINE);
        const lineEnd = newline < 0 ? end : from + newline;
        handle({ kind: "odd", number, begin: from, end: lineEnd, count });
        from = lineEnd + 1;
        number++;
      } else if (code === READ_UNLABELLED)
        handle({ kind: "unlabelled", number: number - 1, begin: from, end: from, count });
      else handle({ kind: "limit", number, begin: from, end: from, count });
      if (code === READ_ALL) break;
    }
    this.tally(target());
  }

  // One call of the kernel; what it changed goes back to where it belongs.
  private run(
    from: number,
    end: number,
    number: number,
    { extractor, dictionary, store, labels, fingerprint, areShares, keepsKeys, limit }: LineTarget,
  ): { code: number; count: number } {
    const { heap, context } = this;
    this.labels.sync(labels);
    this.makeCounts(labels.length);
    const room = store.room();
    const table = dictionary.growing();
    const fields: [field: number, value: number][] = [
      [READER_AT, from],
      [READER_END, end],
      [READER_LINE, number],
      [READER_EXTRACTOR, extractor.context],
      [READER_LABEL_TABLE, this.labels.table],
      [READER_LABEL_MASK, this.labels.mask],
      [READER_LABEL_POOL, this.labels.pool],
      [READER_LABEL_STARTS, this.labels.starts],
      [READER_LABEL_COUNTS, this.counts],
      [READER_LABELS, this.lineLabels],
      [READER_LABELS_ROOM, MOST_LABELS],
      [READER_TABLE, table.at],
      [READER_SLOTS, table.slots],
      [READER_KEYS, table.keys],
      [READER_DOCUMENTS, table.documents],
      [READER_SIZE, dictionary.size],
      [READER_ROOM, table.room],
      [READER_OUT, room.at],
      [READER_OUT_END, room.end],
      [READER_FINGERPRINT, fingerprint],
      [READER_SHARES, areShares ? 1 : 0],
      [READER_KEEPS_KEYS, keepsKeys ? 1 : 0],
      [READER_COUNT, 0],
      [READER_FEATURES, 0],
      [READER_LARGEST, 0],
      [READER_MOST_LABELS, 0],
    ];
    for (const [field, value] of fields) this.set(field, value);
    heap.f64[(context + READER_MOST_BYTES) >>> 3] = limit.bytes;
    heap.f64[(context + READER_MOST_SIZE) >>> 3] = limit.size;
    const code = heap.kernels.readLines(context);
    dictionary.size = this.get(READER_SIZE);
    const count = this.get(READER_COUNT);
    store.commitAll({
      count,
      bytes: this.get(READER_OUT) - room.at,
      featureTotal: this.get(READER_FEATURES),
      largestBag: this.get(READER_LARGEST),
      mostTargets: this.get(READER_MOST_LABELS),
    });
    return { code, count };
  }

  // Room for the counts of so many labels, from 0.
  private makeCounts(labels: number): void {
    const { heap } = this;
    const had = heap.sizeOf(this.counts);
    this.counts = heap.ensure(this.counts, labels * 4 + 4);
    const has = heap.sizeOf(this.counts);
    if (has > had) heap.u8.fill(0, this.counts + had, this.counts + has);
  }

  // Where there are many labels this takes a while: once a call, not once a line.
  private tally({ counts }: LineTarget): void {
    const added = this.heap.u32At(this.counts, Math.min(counts.length, this.heap.sizeOf(this.counts) / 4));
    for (let label = 0; label < added.length; label++) counts[label] += added[label];
    added.fill(0);
  }

  release(): void {
    this.labels.release();
    this.prefix.release();
    for (const at of [this.context, this.lineLabels, this.counts]) this.heap.release(at);
  }

  private set(field: number, value: number): void {
    this.heap.u32[(this.context + field) >>> 2] = value;
  }

  private get(field: number): number {
    return this.heap.u32[(this.context + field) >>> 2];
  }
}
