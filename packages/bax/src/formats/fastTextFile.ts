// The file of a fastText model (.bin, .ftz), versions 11 and 12: little-endian, no padding, no checksums, no lengths of sections.
//
//   magic, version: i32 · arguments: 12 × i32, f64 · entries, words, labels: i32; tokens, pruned buckets: i64
//   entries: bytes, 0, count i64, type u8 · pruned buckets: pairs of i32 (bucket, its row behind the words)
//   quantised: u8, A · output quantised: u8, B
//   a dense matrix: rows, columns i64; f32 each · a quantised one: with lengths u8; rows, columns i64; bytes of codes i32; codes;
//   quantiser; and with lengths: a code a row, quantiser of one column · a quantiser: columns, groups, columns of a group and of the
//   last i32; 256 centroids a group f32

import type { Heap } from "../kernels/index.ts";
import { CENTROIDS, type FastTextArguments } from "../model/index.ts";
import { HeapReader } from "./byteReader.ts";

export const FASTTEXT_MAGIC = 793712314;
/** What fastText writes. Version 11 differs in one thing: its supervised models have no character n-grams. */
export const FASTTEXT_VERSION = 12;
const VERSION_WITHOUT_SUBWORDS = 11;

export const LOSS_NAMES = ["hs", "ns", "softmax", "ova"] as const;
export const MODELS = ["cbow", "sg", "sup"] as const;
/** Longest n-gram that is believed: with a longer one a single text could take hours. */
const LONGEST_NGRAM = 64;
const LARGEST_DIMENSION = 65536;
/** Fewest bytes of an entry: its zero, count and type. */
const ENTRY_BYTES = 10;

const ADVICE = "The file is damaged or is no fastText model; copy it again.";

/** Where the parts of a quantiser lie in the file. */
export interface QuantizerRange {
  dimension: number;
  subDimension: number;
  codeCount: number;
  /** Byte offset of its centroids. */
  centroids: number;
}

/** Where a matrix lies in the file: byte offsets. */
export type MatrixRange =
  | { kind: "dense"; rows: number; columns: number; values: number }
  | {
      kind: "product";
      rows: number;
      columns: number;
      codes: number;
      quantizer: QuantizerRange;
      norms: { codes: number; quantizer: QuantizerRange } | null;
    };

/** What a fastText file says, with matrices as ranges of bytes. */
export interface FastTextFile {
  version: number;
  arguments: FastTextArguments;
  wordCount: number;
  /** (entries) byte offset of each entry's bytes, which end in a zero. */
  starts: Uint32Array;
  counts: Float64Array;
  tokenCount: number;
  /** (rows behind the words) their buckets; null where no bucket was pruned. */
  buckets: Uint32Array | null;
  input: MatrixRange;
  output: MatrixRange;
}

function within(reader: HeapReader, value: number, least: number, most: number, what: string): number {
  if (value < least || value > most) {
    reader.fail(reader.offset - 4, `${what} is ${value}, expected a number from ${least} to ${most}`);
  }
  return value;
}

function readArguments(reader: HeapReader, version: number): FastTextArguments {
  const most = 0x7fffffff;
  const number = (what: string, least = 0, limit = most) => within(reader, reader.int32(what), least, limit, what);
  const dim = number("dim", 1, LARGEST_DIMENSION);
  const ws = number("ws", -most - 1);
  const epoch = number("epoch", -most - 1);
  const minCount = number("minCount", -most - 1);
  const neg = number("neg", -most - 1);
  const wordNgrams = number("wordNgrams", -most - 1, LONGEST_NGRAM);
  const loss = LOSS_NAMES[number("loss", 1, LOSS_NAMES.length) - 1];
  const model = MODELS[number("model", 1, MODELS.length) - 1];
  const bucket = number("bucket");
  const minn = number("minn", -most - 1);
  const maxn = number("maxn", -most - 1, LONGEST_NGRAM);
  const lrUpdateRate = number("lrUpdateRate", -most - 1);
  const t = reader.float64("t");
  const plain = version === VERSION_WITHOUT_SUBWORDS && model === "sup";
  return {
    dim,
    ws,
    epoch,
    minCount,
    neg,
    wordNgrams,
    loss,
    model,
    bucket,
    minn,
    maxn: plain ? 0 : maxn,
    lrUpdateRate,
    t,
  };
}

function readEntries(reader: HeapReader): Pick<FastTextFile, "wordCount" | "starts" | "counts" | "tokenCount"> & {
  pruned: number;
} {
  const size = within(reader, reader.int32("the number of entries"), 0, 0x7fffffff, "the number of entries");
  const wordCount = within(reader, reader.int32("the number of words"), 0, size, "the number of words");
  within(reader, reader.int32("the number of labels"), size - wordCount, size - wordCount, "the number of labels");
  const tokenCount = reader.int64("the number of tokens");
  const pruned = reader.int64("the number of kept buckets");
  if (pruned < -1) reader.fail(reader.offset - 8, `the number of kept buckets is ${pruned}, expected −1 or more`);
  if (size * ENTRY_BYTES > reader.left) {
    reader.fail(reader.offset, `the file ends before its ${size} entries: ${reader.left} bytes left`);
  }
  const { heap, at } = reader;
  const places = [heap.allocate(size * 4), heap.allocate(size * 8), heap.allocate(4)] as const;
  const [startsAt, countsAt, nextAt] = places;
  const good =
    heap.kernels.fastTextEntries(at, at + reader.offset, at + reader.length, size, wordCount, ...places) >>> 0;
  reader.offset = heap.u32[nextAt >>> 2] - at;
  if (good < size) refuseEntry(reader, good, wordCount);
  const starts = heap.u32At(startsAt, size).slice();
  const counts = heap.f64.slice(countsAt >>> 3, (countsAt >>> 3) + size);
  for (const place of places) heap.release(place);
  return { wordCount, starts, counts, tokenCount, pruned };
}

// Says what is wrong with an entry.
function refuseEntry(reader: HeapReader, entry: number, wordCount: number): never {
  reader.untilZero(`entry ${entry}`);
  const count = reader.int64(`the count of entry ${entry}`);
  if (count < 0) reader.fail(reader.offset - 8, `the count of entry ${entry} is ${count}`);
  const type = reader.byte(`the type of entry ${entry}`);
  return reader.fail(
    reader.offset - 1,
    `the type of entry ${entry} is ${type}, expected ${entry < wordCount ? 0 : 1}: words come before labels`,
  );
}

// A bucket for each row behind the words, from pairs in any order.
function readBuckets(reader: HeapReader, count: number, bucketCount: number): Uint32Array {
  const begin = reader.skip(count, 8, "its kept buckets");
  const { heap, at } = reader;
  const place = heap.allocate(count * 4);
  heap.u8At(place, count * 4).fill(0xff);
  const good = heap.kernels.fastTextBuckets(at + begin, count, bucketCount, place) >>> 0;
  if (good < count) {
    reader.offset = begin + good * 8;
    within(reader, reader.int32("a kept bucket"), 0, bucketCount - 1, "a kept bucket");
    const row = within(reader, reader.int32("the row of a bucket"), 0, count - 1, "the row of a bucket");
    reader.fail(reader.offset - 4, `two kept buckets have row ${row}`);
  }
  const buckets = heap.u32At(place, count).slice();
  heap.release(place);
  return buckets;
}

function readQuantizer(reader: HeapReader, columns: number, codeCount: number): QuantizerRange {
  const at = reader.offset;
  const [dimension, groups, subDimension, last] = [
    "columns",
    "groups",
    "columns of a group",
    "columns of the last group",
  ].map((what) => reader.int32(`a quantiser's ${what}`));
  const fits =
    dimension === columns &&
    subDimension >= 1 &&
    subDimension <= dimension &&
    groups === Math.ceil(dimension / subDimension) &&
    groups === codeCount &&
    last === dimension - (groups - 1) * subDimension;
  if (!fits) {
    reader.fail(
      at,
      `a quantiser of ${dimension} columns in ${groups} groups of ${subDimension} (the last ${last}) for ${columns} columns`,
    );
  }
  return {
    dimension,
    subDimension,
    codeCount,
    centroids: reader.skip(dimension * CENTROIDS, 4, "a quantiser's centroids"),
  };
}

function readShape(reader: HeapReader, name: string, rows: number, columns: number): void {
  const at = reader.offset;
  const [m, n] = [reader.int64(`the rows of ${name}`), reader.int64(`the columns of ${name}`)];
  if (m !== rows || n !== columns) reader.fail(at, `${name} is ${m} × ${n}, expected ${rows} × ${columns}`);
}

function readMatrix(reader: HeapReader, quantized: boolean, name: string, rows: number, columns: number): MatrixRange {
  if (!quantized) {
    readShape(reader, name, rows, columns);
    return { kind: "dense", rows, columns, values: reader.skip(rows * columns, 4, `the values of ${name}`) };
  }
  const withNorms = reader.boolean(`whether ${name} keeps lengths apart`);
  readShape(reader, name, rows, columns);
  const codeBytes = reader.int32(`the bytes of the codes of ${name}`);
  const codeCount = rows > 0 ? codeBytes / rows : 0;
  if (!Number.isInteger(codeCount) || codeCount < 1 || codeCount > columns) {
    reader.fail(reader.offset - 4, `${name} has ${codeBytes} bytes of codes for ${rows} rows of ${columns} columns`);
  }
  const codes = reader.skip(rows, codeCount, `the codes of ${name}`);
  const quantizer = readQuantizer(reader, columns, codeCount);
  if (!withNorms) return { kind: "product", rows, columns, codes, quantizer, norms: null };
  const normCodes = reader.skip(rows, 1, `the lengths of ${name}`);
  const norms = { codes: normCodes, quantizer: readQuantizer(reader, 1, 1) };
  return { kind: "product", rows, columns, codes, quantizer, norms };
}

/** Reads the structure of a fastText file that lies at an address; the numbers in its matrices are not looked at. Throws a BaxError ("model") with the byte offset. */
export function readFastTextFile(heap: Heap, at: number, length: number): FastTextFile {
  const reader = new HeapReader(heap, at, length, ADVICE);
  if (reader.int32("the magic number") !== FASTTEXT_MAGIC) reader.fail(0, "this is no fastText model");
  const version = reader.int32("the version");
  if (version !== FASTTEXT_VERSION && version !== VERSION_WITHOUT_SUBWORDS) {
    reader.fail(
      4,
      `version ${version} of fastText's format, expected ${VERSION_WITHOUT_SUBWORDS} or ${FASTTEXT_VERSION}`,
    );
  }
  const args = readArguments(reader, version);
  const { pruned, ...entries } = readEntries(reader);
  const buckets = pruned >= 0 ? readBuckets(reader, pruned, args.bucket) : null;
  const quantized = reader.boolean("whether the input is quantised");
  if (!quantized && buckets) reader.fail(reader.offset - 1, "a dense model whose buckets are pruned, which cannot be");
  const inputRows = entries.wordCount + (buckets ? buckets.length : args.bucket);
  const input = readMatrix(reader, quantized, "the input matrix", inputRows, args.dim);
  const outputQuantized = reader.boolean("whether the output is quantised") && quantized;
  const outputRows = args.model === "sup" ? entries.starts.length - entries.wordCount : entries.wordCount;
  const output = readMatrix(reader, outputQuantized, "the output matrix", outputRows, args.dim);
  if (reader.left > 0) reader.fail(reader.offset, `the model ends here, but ${reader.left} bytes follow`);
  return { version, arguments: args, ...entries, buckets, input, output };
}
