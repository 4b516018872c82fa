import { BaxError } from "../errors.ts";
import { createWeighting, FeatureExtractor, Vocabulary, type Weighting, weigh } from "../features/index.ts";
import { Heap, LANES } from "../kernels/index.ts";
import { gatherCompressed, isProjected, Projection, sliceBounds } from "../model/index.ts";
import { type CompactModel, readCompactModel } from "./compactModel.ts";
import { TreeSearch } from "./treeSearch.ts";

/** A label and how likely it is, from 0 to 1. */
export interface Prediction {
  label: string;
  probability: number;
}

/** How many answers, and from which probability on. */
export interface PredictOptions {
  /** Most labels to answer, 1 unless given; Infinity for all. */
  k?: number | undefined;
  /** Least probability to answer. Unless given the model's own thresholds, one for each label, or 0 where it has none. */
  threshold?: number | undefined;
  /** Whether scores are taken as they are: not calibrated, and without the model's own thresholds. */
  raw?: boolean | undefined;
}

/** Bytes of a label's four lanes, of which the first counts. */
const SCORE_BYTES = 16;
const encoder = new TextEncoder();

/**
 * A model that predicts, and nothing else: the kernels that the whole library answers by, in the same order, hence the same bits. Not to be
 * used from two threads at once.
 */
export class TextPredictor {
  /** The labels, in the order of the rows of B. */
  readonly labels: readonly string[];
  private readonly heap = new Heap(false);
  private readonly model: CompactModel;
  private readonly extractor: FeatureExtractor;
  private readonly vocabulary: Vocabulary;
  private readonly weighting: Weighting;
  private readonly tree: TreeSearch | undefined;
  private readonly projection: Projection | undefined;
  private readonly slices: Uint32Array;
  private readonly hidden: number;
  private readonly scores: number;
  private readonly best: number;
  private readonly bestValues: number;
  private source = 0;
  private ids = 0;
  private counts = 0;
  private weights = 0;

  /** Reads the bytes of a model file. Throws a BaxError ("model"). */
  constructor(bytes: Uint8Array) {
    const { heap } = this;
    const model = readCompactModel(heap, bytes);
    const { options, labels, dimension } = model;
    this.model = model;
    this.labels = labels;
    this.extractor = new FeatureExtractor(heap, options);
    this.vocabulary = new Vocabulary(heap, model.keys, model.featureCount);
    this.weighting = createWeighting(heap, options, model.featureWeights);
    this.slices = sliceBounds(dimension);
    // Kernels that take lanes look at all of them.
    this.hidden = heap.allocateZeroed(dimension * LANES * 4);
    this.scores = heap.allocateZeroed(labels.length * SCORE_BYTES);
    this.best = heap.allocate(labels.length * 4);
    this.bestValues = heap.allocate(labels.length * 4 + LANES * 8);
    const { embeddings, loss, output, featureCount } = model;
    if (typeof embeddings === "number" && isProjected(loss, labels.length, dimension)) {
      const groups = [{ begin: 0, width: dimension, embeddings, output }];
      this.projection = new Projection(heap, { labelCount: labels.length, featureCount, dimension, groups });
    }
    if (model.loss === "hs") this.tree = new TreeSearch(heap, model, this.slices, this.hidden);
  }

  /** The best labels of a text, best first. Any string is text. Throws a BaxError ("usage") for options that are none. */
  predict(text: string, { k = 1, threshold, raw = false }: PredictOptions = {}): Prediction[] {
    if (
      !(k >= 1 && (Number.isInteger(k) || k === Number.POSITIVE_INFINITY)) ||
      (threshold !== undefined && !(threshold >= 0))
    )
      throw new BaxError(
        "usage",
        `k ${k}, threshold ${threshold}`,
        "k is a whole number from 1, threshold a number from 0.",
      );
    const { heap, model, tree, best, bestValues } = this;
    const { labels } = model;
    const wanted = Math.min(k, labels.length);
    this.embed(text, raw);
    if (!tree) this.score(raw);
    const found = tree
      ? tree.search(wanted, threshold ?? 0, best, bestValues)
      : heap.kernels.topK(this.scores, labels.length, SCORE_BYTES, wanted, best, bestValues);
    const least = raw ? undefined : model.thresholds;
    const answers: Prediction[] = [];
    for (let i = 0; i < found; i++) {
      const label = heap.u32[(best >>> 2) + i];
      const probability = heap.f32[(bestValues >>> 2) + i];
      if (probability >= (threshold ?? Math.fround(least?.[label] ?? 0)))
        answers.push({ label: labels[label], probability });
    }
    return answers;
  }

  /** `predict` for each text. */
  predictAll(texts: readonly string[], options: PredictOptions = {}): Prediction[][] {
    return texts.map((text) => this.predict(text, options));
  }

  // h = A x / T of a text.
  private embed(text: string, raw: boolean): void {
    const { heap, extractor, vocabulary, model, hidden } = this;
    const { embeddings, dimension } = model;
    const bytes = encoder.encode(text);
    this.source = heap.scratch(this.source, bytes.length);
    heap.u8.set(bytes, this.source);
    const distinct = extractor.extract(this.source, bytes.length);
    const { wordCount, hashes, counts } = extractor;
    this.ids = heap.scratch(this.ids, distinct * 4);
    this.weights = heap.scratch(this.weights, distinct * 4);
    this.counts = heap.scratch(this.counts, distinct);
    const { ids, weights } = this;
    const words = vocabulary.find(hashes, counts, wordCount, ids, this.counts);
    const [rest, from] = [distinct - wordCount, wordCount * 4];
    const count =
      words + vocabulary.find(hashes + from, counts + wordCount, rest, ids + words * 4, this.counts + words);
    weigh(heap, this.weighting, ids, this.counts, words, count, weights);
    const { projection } = this;
    const width = projection?.width ?? dimension;
    if (projection) {
      heap.kernels.project(projection.context, ids, count);
      heap.kernels.gather(ids, weights, count, projection.rows, width, hidden);
    } else if (typeof embeddings === "number") heap.kernels.gather(ids, weights, count, embeddings, dimension, hidden);
    else gatherCompressed(heap, embeddings, dimension, ids, weights, count, hidden);
    const factor = raw ? 1 : 1 / model.temperature;
    if (factor === 1) return;
    const row = heap.f32At(hidden, width);
    for (let i = 0; i < width; i++) row[i] *= factor;
  }

  // Probabilities of all labels from h.
  private score(raw: boolean): void {
    const { heap, model, slices, scores, hidden } = this;
    const { kernels } = heap;
    const { labels, dimension, platt, output, loss } = model;
    if (this.projection) {
      const floats = heap.f32;
      for (let j = 0; j < labels.length; j++) floats[(scores >>> 2) + 4 * j] = floats[(hidden >>> 2) + j];
    }
    for (let slice = 0; slice < slices.length - 1 && !this.projection; slice++) {
      const [begin, end] = [slices[slice], slices[slice + 1]];
      kernels.sliceScoresOne(hidden, output, labels.length, dimension, begin, end, scores, slice > 0 ? 1 : 0);
    }
    if (platt && !raw) {
      const values = heap.f32At(scores, labels.length * 4);
      for (let i = 0; i < values.length; i++) values[i] = values[i] * platt.slopes[i >> 2] + platt.offsets[i >> 2];
    }
    if (loss === "softmax") kernels.softmax(scores, labels.length, 4, this.bestValues + ((labels.length * 4 + 7) & ~7));
    else kernels.sigmoid(scores, labels.length);
  }
}
