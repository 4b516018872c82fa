import type { WordVectors } from "../data/index.ts";
import { FastTextVocabulary, placeEntries } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { type ModelParts, paddedWidth, singleSlice, wholeGroup } from "../model/index.ts";

/**
 * Vectors of words as a model of fastText's unsupervised kind: it has no labels and no n-grams, and its output matrix is 0. Every word
 * counts 1, since a .vec file does not say how often it occurred.
 */
export function vectorModelParts({ words, values, dimension }: WordVectors): ModelParts {
  const heap = new Heap(false);
  const width = paddedWidth(dimension);
  const encoder = new TextEncoder();
  const placed = placeEntries(
    heap,
    words.map((word) => encoder.encode(word)),
  );
  const embeddings = heap.allocateZeroed(words.length * width * 4);
  for (let word = 0; word < words.length; word++) {
    heap.f32At(embeddings + word * width * 4, dimension).set(values.subarray(word * dimension, (word + 1) * dimension));
  }
  const output = heap.allocateZeroed(words.length * width * 4);
  const counts = new Float64Array(words.length).fill(1);
  const entries = { ...placed, wordCount: words.length, counts, tokenCount: words.length };
  const ngrams = { wordNgrams: 1, shortest: 1, longest: 0, buckets: 0 };
  const slices = singleSlice(width);
  return {
    heap,
    options: {
      tokenizer: "fasttext",
      lowercase: false,
      wordNgrams: 1,
      charNgrams: [0, 0],
      weighting: "none",
      norm: "l1",
      charScale: 1,
    },
    labels: [],
    keys: 0,
    featureWeights: 0,
    head: { loss: "softmax", labelCounts: [], arithmetic: "fasttext" },
    parameters: {
      featureCount: words.length,
      labelCount: words.length,
      dimension: width,
      slices,
      groups: [wholeGroup(width, slices, embeddings, output)],
    },
    fastText: {
      vocabulary: new FastTextVocabulary(heap, entries, ngrams, null),
      arguments: {
        dim: dimension,
        ws: 5,
        epoch: 5,
        minCount: 1,
        neg: 5,
        wordNgrams: 1,
        loss: "ns",
        model: "sg",
        bucket: 0,
        minn: 0,
        maxn: 0,
        lrUpdateRate: 100,
        t: 1e-4,
      },
    },
  };
}
