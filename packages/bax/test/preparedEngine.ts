// The training engine with texts of a few words, and the same examples as numbers for the float64 reference.
import { createWeighting, weigh } from "../src/features/index.ts";
import { Heap } from "../src/kernels/index.ts";
import {
  drawNegatives,
  hierarchicalSoftmax,
  huffmanTree,
  type Loss,
  type LossName,
  negativeBounds,
  negativeSampling,
  oneVsAll,
  softmaxLoss,
} from "../src/losses/index.ts";
import type { NumericExample } from "../src/math/cost.ts";
import type { LinearBag } from "../src/math/linearBag.ts";
import { Random } from "../src/math/random.ts";
import { allocateParameters, copyRows } from "../src/model/index.ts";
import { detectPlatform } from "../src/platform/index.ts";
import { Corpus } from "../src/training/corpus.ts";
import { Engine, type Rate } from "../src/training/engine.ts";
import { readExample } from "../src/training/exampleRecord.ts";
import type { Target } from "../src/training/targets.ts";

export const words = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "owl", "pig"];

/** Texts of which each is one example. */
export interface EngineCase {
  texts: ({ text: string } & Target)[];
  labels: number;
  dimension: number;
}

/** An engine over the texts, at its start; `classWeights`: (labels). */
export async function prepareEngine(
  { texts, labels, dimension }: EngineCase,
  optimizer: "sgd" | "adagrad",
  smoothing: number,
  threads = 1,
  {
    loss = "softmax",
    neg = 3,
    scale = 1,
    classWeights,
  }: { loss?: LossName; neg?: number; scale?: number; classWeights?: readonly number[] } = {},
) {
  const heap = new Heap();
  const reading = { tokenizer: "unicode", lowercase: true, wordNgrams: 2, charNgrams: [0, 0] } as const;
  const corpus = Corpus.of(heap, reading, 0, loss !== "ova");
  corpus.addLabels(Array.from({ length: labels }, (_, label) => `l${label}`));
  for (const example of texts) corpus.addCopy(new TextEncoder().encode(example.text), example);
  corpus.close();
  if (loss === "hs") corpus.sortLabels();
  if (loss === "ns") corpus.sortTargets();
  const chosen = corpus.dictionary.choose(1, 1, 1000);
  const [part] = corpus.settle();
  const records = Array.from(part.windows()).flatMap((window) => Array.from(window.load()));
  const record = (example: number) => readExample(heap, records[example]);
  // Class weights go by the names of labels, which hs has in another order.
  const ofLabels = classWeights && corpus.labels.names.map((name) => classWeights[Number(name.slice(1))]);
  const labelWeights = ofLabels && heap.allocateCopy(Float32Array.from(ofLabels));
  const weighting = createWeighting(heap, { weighting: "tfidf", norm: "l2", charScale: 1 }, 0);
  const parameters = allocateParameters(heap, Math.max(1, chosen.count), labels, dimension, threads);
  const engine = await Engine.create(
    corpus,
    parameters,
    weighting,
    { batch: 16, optimizer, smoothing, loss, neg, labelWeights },
    detectPlatform().spawn,
  );
  engine.initialize(3, { columns: parameters.dimension });
  for (const { embeddings, width } of parameters.groups) {
    const a = heap.f32At(embeddings, parameters.featureCount * width);
    for (let i = 0; i < a.length; i++) a[i] *= scale;
  }
  const read = () => {
    const { featureCount, labelCount } = parameters;
    const embeddings = new Float32Array(featureCount * dimension);
    const output = new Float32Array(labelCount * dimension);
    copyRows(heap, parameters, "embeddings", 0, featureCount, embeddings);
    copyRows(heap, parameters, "output", 0, labelCount, output);
    return { embeddings, output, featureCount, labelCount, dimension } satisfies LinearBag;
  };
  const numeric: NumericExample[] = records.map((at) => {
    const { ids, counts, wordCount, count, labels: own, targets, weight: ownWeight } = readExample(heap, at);
    const weights = heap.allocate(count * 4);
    weigh(heap, weighting, ids, counts, wordCount, count, weights);
    const target = new Float64Array(labels);
    for (const [i, label] of own.entries()) target[label] += targets[i];
    let [mean, total] = [0, 0];
    for (const [i, label] of own.entries()) {
      mean += targets[i] * (ofLabels?.[label] ?? 1);
      total += targets[i];
    }
    const features = { ids: heap.u32At(ids, count).slice(), weights: heap.f32At(weights, count).slice() };
    return { features, target, weight: ownWeight * (mean / total) };
  });
  /** One epoch over some of the examples, in this order; returns the mean loss. */
  const epoch = async (order: Uint32Array, rate: Rate, between: () => Promise<boolean> = async () => true) => {
    engine.beginEpoch();
    await engine.learn(
      order.map((example) => records[example]),
      0,
      0,
      rate,
      between,
    );
    return engine.meanLoss;
  };
  return { engine, epoch, read, numeric, corpus, record };
}

/** The reference that one example's step is checked against: the kernel draws negatives by the seed, so the reference must as well. */
export function referenceOf(loss: LossName, corpus: Corpus, example: number, own: Uint32Array, neg: number): Loss {
  if (loss === "softmax") return softmaxLoss;
  if (loss === "ova") return oneVsAll;
  if (loss === "hs") return hierarchicalSoftmax(huffmanTree(corpus.labelCounts()));
  const targets = Array.from(own).sort((a, b) => a - b);
  const bounds = negativeBounds(corpus.labelCounts());
  return negativeSampling(drawNegatives(bounds, targets, new Random(3).uint32(), example, neg));
}
