import { expect, test } from "vitest";
import { samples, sha256 } from "../../test/samples.ts";
import { TextClassifier, type TrainingChoices, type TrainingProgress } from "../index.ts";
import { Heap } from "../kernels/index.ts";
import { huffmanTree } from "../losses/index.ts";
import { allocateParameters } from "../model/index.ts";
import { labelEpochs, nodesFromLabels, twoStageDecay } from "./labelsFirst.ts";

const features: TrainingChoices = { tokenizer: "fasttext", charNgrams: [0, 0], valid: 0, loss: "hs" };

/** 40 labels, so that some are rare and B begins with random signs at 12 columns. */
const topics = (count: number, seed: number) =>
  samples(count, seed).map(({ text }, i) => ({ text: `${text} topic${i % 40}`, label: `l${i % 40}` }));
const many = topics(300, 1);

test("both stages together are the epochs asked for, and each begins high and ends low", () => {
  expect([1, 2, 3, 5, 25].map(labelEpochs)).toEqual([0, 1, 1, 3, 15]);
  for (const epochs of [1, 2, 3, 5, 25, 100]) {
    const rates = Array.from({ length: epochs }, (_, epoch) => twoStageDecay(0.8, epoch, epochs, 10));
    const ends = rates.map(({ start, slope }) => start + 10 * slope);
    expect(ends[epochs - 1]).toBeCloseTo(0, 9);
    for (let i = 1; i < epochs; i++) if (i !== labelEpochs(epochs)) expect(rates[i].start).toBeCloseTo(ends[i - 1], 9);
    for (const { start } of rates) expect(start).toBeLessThanOrEqual(0.8);
  }
});

test("a node begins between the labels on its sides, whatever the groups of columns", () => {
  const counts = Uint32Array.of(4, 2, 1, 1);
  const tree = huffmanTree(counts);
  const rows = [1, 5, -3, 7].map((value) => Float32Array.from({ length: 8 }, (_, column) => value * (column + 1)));
  const nodes = [1, 2].map((threads) => {
    const heap = new Heap();
    const parameters = allocateParameters(heap, 1, 4, 8, threads);
    const read = () =>
      rows.map((_, row) =>
        parameters.groups.flatMap(({ output, width }) => [...heap.f32At(output + row * width * 4, width)]),
      );
    for (const { output, width, begin } of parameters.groups)
      for (const [label, row] of rows.entries())
        heap.f32At(output + label * width * 4, width).set(row.subarray(begin, begin + width));
    nodesFromLabels(heap, parameters, tree, counts);
    return read();
  });
  expect(nodes[1]).toEqual(nodes[0]);
  // Means of the column of ones: the two rare labels −3 and 7 join to 2, with 5 to 3.5, with 1 to the root.
  const means = [1, 5, -3, 7, 2, 3.5];
  for (const row of [0, 1, 2]) {
    const [left, right] = [tree.children[2 * row], tree.children[2 * row + 1]];
    expect(nodes[0][row][0]).toBeCloseTo(0.2 * (means[right] - means[left]), 6);
    expect(nodes[0][row][7]).toBeCloseTo(1.6 * (means[right] - means[left]), 5);
  }
  expect(nodes[0][3]).toEqual(new Array(8).fill(0));
});

test("learns, with the same SHA-256 on 1, 2 and 3 threads", async () => {
  const hashes: string[] = [];
  for (const threads of [1, 2, 3]) {
    const model = await TextClassifier.train(many, { ...features, dim: 12, epochs: 4, threads });
    hashes.push(sha256(model.toBytes()));
  }
  expect(new Set(hashes).size).toBe(1);
  const model = await TextClassifier.train(topics(1000, 1), { ...features, epochs: 10 });
  expect(model.evaluate(topics(150, 2)).accuracy).toBeGreaterThan(0.9);
});

test("stopped before the tree has begun, it still answers from what the labels have learned", async () => {
  const controller = new AbortController();
  const model = await TextClassifier.train(topics(2000, 1), {
    ...features,
    epochs: 50,
    stopSignal: controller.signal,
    onProgress: ({ phase, epoch }) => {
      if (phase === "train" && epoch === 20) controller.abort();
    },
  });
  expect(model.report!.interrupted).toBe(true);
  expect(model.evaluate(topics(150, 2)).accuracy).toBeGreaterThan(0.5);
});

test("with few labels nothing changes: the tree learns from the start", async () => {
  const losses: number[] = [];
  const onProgress = ({ phase, loss }: TrainingProgress) => void (phase === "train" && losses.push(loss));
  await TextClassifier.train(samples(300, 1), { ...features, epochs: 5, neg: 20, onProgress });
  expect(losses[0]).toBeLessThan(2 * Math.LN2);
});

test("an optimizer that was asked for learns from the tree alone", async () => {
  const choices = { ...features, epochs: 5, lr: 0.1, batch: 4, neg: 20 };
  const first: Record<string, number> = {};
  for (const optimizer of [undefined, "adagrad"] as const) {
    const onProgress = ({ phase, loss, epoch }: TrainingProgress) => {
      if (phase === "train" && epoch === 1) first[optimizer ?? "none"] ??= loss;
    };
    await TextClassifier.train(many, { ...choices, ...(optimizer && { optimizer }), onProgress });
  }
  // At the start each decision costs log 2: a path of the tree has about log₂ 40 of them, a label and its negatives 21.
  expect(first.adagrad / Math.LN2).toBeLessThan(6);
  expect(first.none / Math.LN2).toBeGreaterThan(12);
});
