import {
  checkExample,
  type Example,
  type Examples,
  eachLine,
  encodePrefix,
  isLineBlock,
  type Line,
  type LineBlock,
  likeliest,
  readLine,
} from "../data/index.ts";

const CHUNK_BYTES = 1 << 24;
/** Rows between two looks at the event loop. */
export const PAUSE_ROWS = 8192;

/** Lets the event loop turn; throws to stop. */
export type Pause = () => Promise<void>;

/** Numbers below 2^32 in a row that grows. */
class Numbers {
  private values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index];
  }
}

/**
 * All texts of a data set as UTF-8 in large chunks, outside of JavaScript's own heap, with their labels as numbers: a million rows of 150
 * bytes are 150 MB and 24 MB of tables. Rows count from 0; each line of a block is a row, blank ones too.
 */
export class TextStore {
  /** Names of labels, in the order of their first appearance. */
  readonly labels: string[];
  private readonly labelNumbers: Map<string, number>;
  private readonly chunks: Uint8Array[] = [];
  private used = CHUNK_BYTES;
  private readonly chunkOf = new Numbers();
  private readonly begins = new Numbers();
  private readonly lengths = new Numbers();
  private readonly firstLabels = new Numbers();
  private readonly labelList = new Numbers();
  private readonly shares = new Map<number, Readonly<Record<string, number>>>();
  private readonly weights = new Map<number, number>();
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private readonly encoder = new TextEncoder();

  /** `like`: a store whose labels have the same numbers here. */
  constructor(like?: TextStore) {
    this.labels = like ? like.labels : [];
    this.labelNumbers = like ? like.labelNumbers : new Map();
    this.firstLabels.push(0);
  }

  get count(): number {
    return this.lengths.length;
  }

  /** UTF-8; valid until the store is gone. */
  bytes(row: number): Uint8Array {
    const begin = this.begins.at(row);
    return this.chunks[this.chunkOf.at(row)].subarray(begin, begin + this.lengths.at(row));
  }

  /** Bytes that are not UTF-8 become U+FFFD. */
  text(row: number): string {
    return this.decoder.decode(this.bytes(row));
  }

  /** In bytes. */
  byteLength(row: number): number {
    return this.lengths.at(row);
  }

  labelCount(row: number): number {
    return this.firstLabels.at(row + 1) - this.firstLabels.at(row);
  }

  /** The number of a row's `n`-th label. */
  label(row: number, n = 0): number {
    return this.labelList.at(this.firstLabels.at(row) + n);
  }

  labelNames(row: number): string[] {
    return Array.from({ length: this.labelCount(row) }, (_, n) => this.labels[this.label(row, n)]);
  }

  /** Whether two rows have the same labels, in whatever order. */
  sameLabels(row: number, other: number, of: TextStore = this): boolean {
    const count = this.labelCount(row);
    if (count !== of.labelCount(other)) return false;
    if (count === 1) return this.label(row) === of.label(other);
    const own = new Set(Array.from({ length: count }, (_, n) => this.label(row, n)));
    for (let n = 0; n < count; n++) if (!own.has(of.label(other, n))) return false;
    return true;
  }

  /** How much the row counts in training; 1 unless it was given. */
  weight(row: number): number {
    return this.weights.get(row) ?? 1;
  }

  /** The row as training takes it, with `factor` times its weight. */
  example(row: number, factor: number): Example {
    const weight = this.weight(row) * factor;
    return { text: this.text(row), labels: this.shares.get(row) ?? this.labelNames(row), weight };
  }

  addExample(example: Example, number: number): void {
    const { text, labels, shares, weight } = checkExample(example, number);
    const row = this.count;
    if (shares) this.shares.set(row, Object.fromEntries(labels.map((label, n) => [label, shares[n]])));
    if (weight !== 1) this.weights.set(row, weight);
    this.add(this.encoder.encode(text), likeliest(labels, shares));
  }

  addBlock({ lines, firstLine, labelPrefix }: LineBlock): void {
    const line: Line = { labels: [], textBegin: 0, textEnd: 0, cleaned: null };
    const prefix = labelPrefix === undefined ? undefined : encodePrefix(labelPrefix);
    eachLine(lines, firstLine, (begin, end) => {
      readLine(lines, begin, end, line, prefix);
      this.add(line.cleaned ?? lines.subarray(line.textBegin, line.textEnd), line.labels);
    });
  }

  private add(bytes: Uint8Array, labels: readonly string[]): void {
    if (this.used + bytes.length > CHUNK_BYTES) {
      this.chunks.push(new Uint8Array(Math.max(CHUNK_BYTES, bytes.length)));
      this.used = 0;
    }
    this.chunks[this.chunks.length - 1].set(bytes, this.used);
    this.chunkOf.push(this.chunks.length - 1);
    this.begins.push(this.used);
    this.lengths.push(bytes.length);
    this.used += bytes.length;
    for (const label of labels) {
      let number = this.labelNumbers.get(label);
      if (number === undefined) {
        number = this.labels.length;
        this.labels.push(label);
        this.labelNumbers.set(label, number);
      }
      this.labelList.push(number);
    }
    this.firstLabels.push(this.labelList.length);
  }
}

/** Reads all examples into a store. `pause` is called now and then with the number of rows so far. */
export async function readStore(
  examples: Examples,
  store: TextStore,
  pause: (rows: number) => Promise<void>,
): Promise<TextStore> {
  let seen = 0;
  for await (const example of examples) {
    if (isLineBlock(example)) store.addBlock(example);
    else store.addExample(example, store.count + 1);
    if (store.count - seen < PAUSE_ROWS) continue;
    seen = store.count;
    await pause(seen);
  }
  await pause(store.count);
  return store;
}
