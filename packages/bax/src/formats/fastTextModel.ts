import { BaxError } from "../errors.ts";
import { FastTextVocabulary, LABEL_PREFIX } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { Head } from "../losses/index.ts";
import {
  CENTROIDS,
  type CompressedRows,
  decodeRows,
  type FastTextParts,
  type ModelParts,
  type Parameters,
  paddedWidth,
  singleSlice,
  wholeGroup,
} from "../model/index.ts";
import { damagedAt } from "./byteReader.ts";
import { type FastTextFile, type MatrixRange, readFastTextFile } from "./fastTextFile.ts";
import { LARGEST } from "./numbers.ts";

/** No label can have been counted so often. */
const MOST_COUNTED = 1e15;

/** A matrix as the kernels take it: dense rows of `width` floats, or compressed. */
interface PlacedMatrix {
  dense: number;
  compressed: CompressedRows | undefined;
}

/** Refuses numbers that are no numbers, or beyond `LARGEST`; `offset`: in the file that begins at `base`. */
function checkNumbers(heap: Heap, base: number, offset: number, count: number): void {
  const bad = heap.kernels.firstBeyond(base + offset, count, LARGEST) >>> 0;
  if (bad >= count) return;
  damagedAt(
    offset + 4 * bad,
    `a number that is NaN or infinite, or beyond ±${LARGEST}`,
    "The file is damaged, or training went astray; train the model anew.",
  );
}

/** Brings dense rows to where the kernels can read them: in place where their width allows it, otherwise padded with zeros. */
function placeDense(heap: Heap, from: number, rows: number, columns: number, width: number): number {
  if (columns === width) {
    // What stands before a matrix (its shape) has been read: the rows may move down to an aligned address.
    const to = from & ~15;
    if (to !== from) heap.u8.copyWithin(to, from, from + rows * columns * 4);
    return to;
  }
  const at = heap.allocateZeroed(rows * width * 4);
  const bytes = heap.u8;
  for (let row = 0; row < rows; row++) {
    const source = from + row * columns * 4;
    bytes.copyWithin(at + row * width * 4, source, source + columns * 4);
  }
  return at;
}

function placeMatrix(heap: Heap, base: number, range: MatrixRange, width: number): PlacedMatrix {
  if (range.kind === "dense") {
    checkNumbers(heap, base, range.values, range.rows * range.columns);
    return { dense: placeDense(heap, base + range.values, range.rows, range.columns, width), compressed: undefined };
  }
  const { quantizer, norms, codes } = range;
  checkNumbers(heap, base, quantizer.centroids, CENTROIDS * quantizer.dimension);
  if (norms) checkNumbers(heap, base, norms.quantizer.centroids, CENTROIDS);
  return {
    dense: 0,
    compressed: {
      kind: "product",
      codes: base + codes,
      quantizer: { ...quantizer, centroids: base + quantizer.centroids },
      norms: norms && { codes: base + norms.codes, centroids: base + norms.quantizer.centroids },
    },
  };
}

/** Label names without the prefix, in the file's order; names that would then be the same, or nothing, keep it. */
function labelNames(vocabulary: FastTextVocabulary, offsets: Uint32Array): string[] {
  const full = Array.from({ length: vocabulary.labelCount }, (_, label) =>
    vocabulary.nameOf(vocabulary.wordCount + label),
  );
  const short = full.map((name) => (name.startsWith(LABEL_PREFIX) ? name.slice(LABEL_PREFIX.length) : name));
  for (const names of [short, full]) if (new Set(names).size === names.length) return names;
  const twice = full.findIndex((name, label) => full.indexOf(name) !== label);
  return damagedAt(offsets[twice], `the label "${full[twice]}" is there twice`, "The file is damaged; copy it again.");
}

/** How scores become probabilities; a model without labels has none to tell. */
function headOf({ arguments: { loss, model }, counts, starts, wordCount }: FastTextFile): Head {
  if (model !== "sup" || counts.length === wordCount) {
    return { loss: "softmax", labelCounts: [], arithmetic: "fasttext" };
  }
  if (loss !== "hs") return { loss, labelCounts: [], arithmetic: "fasttext" };
  const labelCounts = Array.from(counts.subarray(wordCount));
  const wrong = labelCounts.findIndex((count, label) => count >= MOST_COUNTED || count > labelCounts[label - 1]);
  if (wrong >= 0) {
    damagedAt(
      starts[wordCount + wrong],
      `label ${wrong} has the count ${labelCounts[wrong]}, expected counts in descending order: they make the tree of hierarchical softmax`,
      "The file is damaged; copy it again.",
    );
  }
  return { loss, labelCounts, arithmetic: "fasttext" };
}

/** A fastText model laid out for the kernels. */
export interface FastTextContents {
  parts: ModelParts;
  /** Those of `parts`, which always has them here. */
  fastText: FastTextParts;
  version: number;
}

/**
 * Reads a fastText model that lies at the start of a heap block of `length` bytes; its matrices are used where they are. An unsupervised
 * model has no labels: it can be asked for vectors only. Throws a BaxError ("model") with the byte offset and the reason.
 */
export function readFastTextModel(heap: Heap, at: number, length: number): FastTextContents {
  const file = readFastTextFile(heap, at, length);
  const { arguments: args, wordCount, starts, counts, tokenCount, buckets, input, output } = file;
  const shortest = Math.max(1, args.minn);
  const longest = args.maxn >= shortest ? args.maxn : 0;
  const wordNgrams = Math.max(1, args.wordNgrams);
  const vocabulary = new FastTextVocabulary(
    heap,
    { pool: at, starts, wordCount, counts, tokenCount },
    { wordNgrams, shortest, longest, buckets: args.bucket },
    buckets && { buckets, missing: "drop" },
  );
  const labels = labelNames(vocabulary, starts.subarray(wordCount));
  const width = paddedWidth(args.dim);
  const a = placeMatrix(heap, at, input, width);
  const b = placeMatrix(heap, at, output, width);
  if (b.compressed) {
    b.dense = heap.allocate(output.rows * width * 4);
    decodeRows(heap, b.compressed, width, 0, output.rows, b.dense);
  }
  const slices = singleSlice(width);
  const parameters: Parameters = {
    featureCount: input.rows,
    labelCount: output.rows,
    dimension: width,
    slices,
    groups: [wholeGroup(width, slices, a.dense, b.dense)],
    compressed: a.compressed,
    compressedOutput: b.compressed,
  };
  const fastText = { vocabulary, arguments: args };
  return {
    parts: {
      heap,
      options: {
        tokenizer: "fasttext",
        lowercase: false,
        wordNgrams,
        charNgrams: longest > 0 ? [shortest, longest] : [0, 0],
        weighting: "none",
        norm: "l1",
        charScale: 1,
      },
      labels,
      keys: 0,
      featureWeights: 0,
      parameters,
      head: headOf(file),
      fastText,
    },
    fastText,
    version: file.version,
  };
}

/** Refuses a model of word vectors where a classifier is asked for. */
export function requireSupervised({ fastText, parts }: FastTextContents): void {
  const { model } = fastText.arguments;
  if (model === "sup" && parts.labels.length > 0) return;
  throw new BaxError(
    "model",
    model === "sup"
      ? "a fastText model without a label"
      : "a fastText model of word vectors: the model needs to be supervised for prediction",
    "Give a model made by `fasttext supervised` or by bax.",
  );
}
