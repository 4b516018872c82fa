import { BaxError } from "../errors.ts";
import { type CompressedRows, copyRows, groupWidth, type ModelParts, type Parameters } from "../model/index.ts";
import { FASTTEXT_MAGIC, FASTTEXT_VERSION, LOSSES, MODELS } from "./fastTextFile.ts";
import type { ModelFile } from "./modelFile.ts";

/** Bytes of a dense matrix that are laid out at a time. */
const CHUNK_BYTES = 1 << 20;
const CENTROIDS = 256;

/** Numbers, one after another, as the file has them. */
class ByteWriter {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  // Each method makes room first: that may replace the buffer.
  int32(...values: number[]): this {
    for (const value of values) {
      const at = this.reserve(4);
      this.view.setInt32(at, value, true);
    }
    return this;
  }

  int64(value: number): this {
    const at = this.reserve(8);
    this.view.setBigInt64(at, BigInt(value), true);
    return this;
  }

  float64(value: number): this {
    const at = this.reserve(8);
    this.view.setFloat64(at, value, true);
    return this;
  }

  byte(value: number): this {
    const at = this.reserve(1);
    this.bytes[at] = value;
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  /** What was written so far; begins anew. */
  take(): Uint8Array {
    const written = this.bytes.slice(0, this.length);
    this.length = 0;
    return written;
  }

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const more = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      more.set(this.bytes);
      this.bytes = more;
      this.view = new DataView(more.buffer);
    }
    return at;
  }
}

/** Why a model cannot be a fastText file, as a list of what fastText does not have; empty where it can. */
export function whyNotFastText(parts: ModelParts): string[] {
  const { options, fastText, parameters } = parts;
  if (fastText) {
    // Everything of such a model has its place, but a table of floats with holes has not.
    const holes = fastText.vocabulary.rows?.missing === "drop" && parameters.compressed?.kind !== "product";
    return holes ? ["pruned rows that are not product-quantised (compress it with --rows product first)"] : [];
  }
  const reasons = [`the tokenizer "${options.tokenizer}"`, "features by hash, without the words themselves"];
  if (options.weighting !== "none") reasons.push(`${options.weighting} weights of features`);
  if (options.norm !== "l1") reasons.push("vectors of text brought to Euclidean length 1");
  return reasons;
}

function header({ fastText, labels }: ModelParts): Uint8Array {
  const { vocabulary, arguments: args } = fastText!;
  const { entries, wordCount, rows } = vocabulary;
  const writer = new ByteWriter();
  writer.int32(
    FASTTEXT_MAGIC,
    FASTTEXT_VERSION,
    args.dim,
    args.ws,
    args.epoch,
    args.minCount,
    args.neg,
    args.wordNgrams,
  );
  writer.int32(LOSSES.indexOf(args.loss) + 1, MODELS.indexOf(args.model) + 1, args.bucket, args.minn, args.maxn);
  writer.int32(args.lrUpdateRate).float64(args.t);
  writer.int32(entries.starts.length, wordCount, labels.length).int64(entries.tokenCount);
  const pruned = rows?.missing === "drop";
  writer.int64(pruned ? rows.buckets.length : -1);
  for (let entry = 0; entry < entries.starts.length; entry++) {
    writer
      .raw(vocabulary.bytesOf(entry))
      .byte(0)
      .int64(entries.counts[entry])
      .byte(entry < wordCount ? 0 : 1);
  }
  if (pruned) for (const [row, bucket] of rows.buckets.entries()) writer.int32(bucket, row);
  return writer.take();
}

/** Rows of A in fastText's order: words, then every bucket; −1 for a bucket that has no row. */
function rowOrder({ fastText, parameters }: ModelParts): Int32Array | null {
  const { rows, wordCount, ngrams } = fastText!.vocabulary;
  if (rows?.missing !== "count" || parameters.compressed) return null;
  const order = new Int32Array(wordCount + ngrams.buckets).fill(-1);
  for (let word = 0; word < wordCount; word++) order[word] = word;
  for (const [row, bucket] of rows.buckets.entries()) order[wordCount + bucket] = wordCount + row;
  return order;
}

function* denseRows(
  parts: ModelParts,
  matrix: "embeddings" | "output",
  rows: number,
  order: Int32Array | null,
): Generator<Uint8Array> {
  const { heap, parameters, fastText } = parts;
  const { dim } = fastText!.arguments;
  const { dimension } = parameters;
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (dimension * 4)));
  const padded = new Float32Array(step * dimension);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    if (order) {
      padded.fill(0);
      for (let i = 0; i < count; i++) {
        const row = padded.subarray(i * dimension, (i + 1) * dimension);
        if (order[first + i] >= 0) copyRows(heap, parameters, matrix, order[first + i], 1, row);
      }
    } else copyRows(heap, parameters, matrix, first, count, padded);
    const chunk = new Float32Array(count * dim);
    for (let i = 0; i < count; i++) chunk.set(padded.subarray(i * dimension, i * dimension + dim), i * dim);
    yield new Uint8Array(chunk.buffer);
  }
}

function* productRows(
  parts: ModelParts,
  compressed: CompressedRows & { kind: "product" },
  rows: number,
): Generator<Uint8Array> {
  const { heap } = parts;
  const { quantizer, codes, norms } = compressed;
  const { dimension, subDimension, codeCount } = quantizer;
  const writer = new ByteWriter();
  writer
    .byte(norms ? 1 : 0)
    .int64(rows)
    .int64(dimension)
    .int32(rows * codeCount);
  yield writer.take();
  yield heap.u8At(codes, rows * codeCount);
  yield writer.int32(dimension, codeCount, subDimension, groupWidth(quantizer, codeCount - 1)).take();
  yield heap.u8At(quantizer.centroids, dimension * CENTROIDS * 4);
  if (!norms) return;
  yield heap.u8At(norms.codes, rows);
  yield writer.int32(1, 1, 1, 1).take();
  yield heap.u8At(norms.centroids, CENTROIDS * 4);
}

function productBytes({ quantizer, norms }: CompressedRows & { kind: "product" }, rows: number): number {
  const quantizers = 16 + quantizer.dimension * CENTROIDS * 4 + (norms ? rows + 16 + CENTROIDS * 4 : 0);
  return 1 + 16 + 4 + rows * quantizer.codeCount + quantizers;
}

function product(rows: CompressedRows | undefined): (CompressedRows & { kind: "product" }) | undefined {
  return rows?.kind === "product" ? rows : undefined;
}

/** Rows of A in the file. */
function inputRows({ fastText, parameters }: ModelParts): number {
  const { vocabulary } = fastText!;
  const whole = vocabulary.rows?.missing === "count" && !product(parameters.compressed);
  return whole ? vocabulary.wordCount + vocabulary.ngrams.buckets : parameters.featureCount;
}

/**
 * Lays a model with fastText's features out as fastText's file: dense (.bin), or with product-quantised rows (.ftz), whichever the model
 * has. Buckets that training never saw get rows of zeros. Throws a BaxError ("model") for a model that fastText cannot express.
 */
export function writeFastTextModel(parts: ModelParts): ModelFile {
  const reasons = whyNotFastText(parts);
  if (reasons.length > 0) {
    throw new BaxError(
      "model",
      `this model cannot be a fastText file, which has no place for ${reasons.join("; ")}`,
      "Train with `bax fasttext supervised`, or with --tokenizer fasttext, to get a model that can.",
    );
  }
  const { parameters, fastText } = parts;
  const { dim } = fastText!.arguments;
  const start = header(parts);
  const a = product(parameters.compressed);
  const b = a && product(parameters.compressedOutput);
  const rows = inputRows(parts);
  const matrixBytes = (compressed: (CompressedRows & { kind: "product" }) | undefined, count: number) =>
    compressed ? productBytes(compressed, count) : 16 + count * dim * 4;
  function* matrix(
    name: "embeddings" | "output",
    compressed: (CompressedRows & { kind: "product" }) | undefined,
    count: number,
  ): Generator<Uint8Array> {
    yield Uint8Array.of(compressed ? 1 : 0);
    if (compressed) {
      yield* productRows(parts, compressed, count);
      return;
    }
    yield new ByteWriter().int64(count).int64(dim).take();
    yield* denseRows(parts, name, count, name === "embeddings" ? rowOrder(parts) : null);
  }
  function* chunks(): Generator<Uint8Array> {
    yield start;
    yield* matrix("embeddings", a, rows);
    yield* matrix("output", b, parameters.labelCount);
  }
  return {
    byteLength: start.length + 2 + matrixBytes(a, rows) + matrixBytes(b, parameters.labelCount),
    chunks,
  };
}

/** Whether a model has product-quantised rows, so that its fastText file is an .ftz. */
export function isQuantized({ compressed }: Parameters): boolean {
  return compressed?.kind === "product";
}
