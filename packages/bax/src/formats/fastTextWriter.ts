import { BaxError } from "../errors.ts";
import { CENTROIDS, type CompressedRows, copyRows, groupWidth, type ModelParts } from "../model/index.ts";
import { FASTTEXT_MAGIC, FASTTEXT_VERSION, LOSS_NAMES, MODELS } from "./fastTextFile.ts";
import type { ModelFile } from "./modelFile.ts";

/** Bytes of a dense matrix that are laid out at a time. */
const CHUNK_BYTES = 1 << 20;

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

/** Dense floats (.bin) or product-quantised rows (.ftz). */
export type FastTextKind = "bin" | "ftz";

/** What a model has that a fastText file has no place for; empty where it can be written. */
export function whyNotFastText(parts: ModelParts, kind: FastTextKind): string[] {
  const { options, fastText, parameters } = parts;
  if (fastText) {
    const reasons: string[] = [];
    // A dense table has a row for every bucket: those that were pruned would be features again.
    if (kind === "bin" && fastText.vocabulary.rows?.missing === "drop")
      reasons.push("pruned features (only an .ftz has)");
    if (kind === "ftz" && parameters.compressed?.kind !== "product")
      reasons.push("rows that are not product-quantised");
    if (kind === "ftz" && fastText.vocabulary.rows?.missing === "count")
      reasons.push("n-grams that count without a row");
    if (kind === "ftz" && parameters.compressedOutput && parameters.compressedOutput.kind !== "product") {
      reasons.push(`an output matrix as ${parameters.compressedOutput.kind}`);
    }
    if (parts.calibration) reasons.push("calibrated probabilities");
    if (parts.decision) reasons.push("thresholds of labels");
    return reasons;
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
  writer.int32(LOSS_NAMES.indexOf(args.loss) + 1, MODELS.indexOf(args.model) + 1, args.bucket, args.minn, args.maxn);
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
function rowOrder({ fastText }: ModelParts): Int32Array | null {
  const { rows, wordCount, ngrams } = fastText!.vocabulary;
  if (rows?.missing !== "count") return null;
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

/**
 * Lays a model with fastText's features out as fastText's file. Buckets that training never saw get rows of zeros in a .bin. Throws a
 * BaxError ("model") that names what fastText cannot express.
 */
export function writeFastTextModel(parts: ModelParts, kind: FastTextKind): ModelFile {
  const reasons = whyNotFastText(parts, kind);
  if (reasons.length > 0) {
    throw new BaxError(
      "model",
      `this model cannot be a .${kind}, fastText's file, which has no place for ${reasons.join("; ")}`,
      parts.fastText
        ? "`bax compress -o model.ftz` makes a product-quantised model; .safetensors keeps every kind."
        : "Train with `bax fasttext supervised`, or with --tokenizer fasttext, to get a model that can.",
    );
  }
  const { parameters, fastText } = parts;
  const { dim } = fastText!.arguments;
  const start = header(parts);
  const a = kind === "ftz" ? product(parameters.compressed) : undefined;
  const b = a && product(parameters.compressedOutput);
  const order = a ? null : rowOrder(parts);
  const rows = order ? order.length : parameters.featureCount;
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
    yield* denseRows(parts, name, count, name === "embeddings" ? order : null);
  }
  function* chunks(): Generator<Uint8Array> {
    yield start;
    yield* matrix("embeddings", a, rows);
    yield* matrix("output", b, parameters.labelCount);
  }
  const byteLength = start.length + 2 + matrixBytes(a, rows) + matrixBytes(b, parameters.labelCount);
  return { byteLength, chunks };
}
