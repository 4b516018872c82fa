import fc from "fast-check";
import { expect, test } from "vitest";
import { createWeighting, weigh } from "../features/index.ts";
import { Heap } from "../kernels/index.ts";
import { cost, gradient, type NumericExample } from "../math/cost.ts";
import type { LinearBag } from "../math/linearBag.ts";
import { allocateParameters, copyRows } from "../model/index.ts";
import { detectPlatform } from "../platform/index.ts";
import { Corpus } from "./corpus.ts";
import { Engine } from "./engine.ts";

const words = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "owl", "pig"];

interface Case {
  texts: { text: string; labels: string[] }[];
  labels: number;
  dimension: number;
}

async function prepare(
  { texts, labels, dimension }: Case,
  optimizer: "sgd" | "adagrad",
  smoothing: number,
  threads = 1,
) {
  const heap = new Heap();
  const corpus = new Corpus(heap, { tokenizer: "unicode", lowercase: true, wordNgrams: 2, charNgrams: [0, 0] });
  for (let label = 0; label < labels; label++) corpus.labels.add(`l${label}`);
  for (const { text, labels } of texts) corpus.addCopy(new TextEncoder().encode(text), labels);
  corpus.close();
  const chosen = corpus.dictionary.choose(1, 1, 1000);
  corpus.renumber();
  corpus.dictionary.release();
  corpus.compact();
  const weighting = createWeighting(heap, { weighting: "tfidf", norm: "l2", charScale: 1 }, 0);
  const parameters = allocateParameters(heap, Math.max(1, chosen.keys.length), labels, dimension, threads);
  const engine = await Engine.create(
    corpus,
    parameters,
    weighting,
    { batch: 16, optimizer, smoothing },
    detectPlatform().spawn,
  );
  engine.initialize(3);
  const read = (): LinearBag => {
    const { featureCount, labelCount } = parameters;
    const embeddings = new Float32Array(featureCount * dimension);
    const output = new Float32Array(labelCount * dimension);
    copyRows(heap, parameters, "embeddings", 0, featureCount, embeddings);
    copyRows(heap, parameters, "output", 0, labelCount, output);
    return { embeddings, output, featureCount, labelCount, dimension };
  };
  const numeric: NumericExample[] = texts.map(({ labels: own }, example) => {
    const { ids, counts, wordCount, count } = corpus.bagOf(example);
    const weights = heap.allocate(count * 4);
    weigh(heap, weighting, ids, counts, wordCount, count, weights);
    const target = new Float64Array(labels);
    for (const label of own) target[corpus.labels.indexOf(label)] += 1 / own.length;
    return { features: { ids: heap.u32At(ids, count).slice(), weights: heap.f32At(weights, count).slice() }, target };
  });
  return { engine, read, numeric };
}

const cases = fc.integer({ min: 1, max: 20 }).chain((labels) =>
  fc.record({
    labels: fc.constant(labels),
    dimension: fc.constantFrom(4, 8, 12, 20, 36, 64),
    texts: fc.array(
      fc.record({
        text: fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((list) => list.join(" ")),
        labels: fc.uniqueArray(
          fc.integer({ min: 0, max: labels - 1 }).map((n) => `l${n}`),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 16 },
    ),
  }),
);

const go = async () => true;

test("one mini-batch of plain descent is θ − η ∂L/∂θ of the reference to 2e-6, empty texts and soft targets included", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (example) => {
      const { engine, read, numeric } = await prepare(example, "sgd", 0);
      const before = read();
      const rate = 0.1;
      const loss = await engine.epoch(Uint32Array.from(numeric.keys()), { start: rate, slope: 0 }, go);
      expect(Math.abs(loss - cost(before, numeric))).toBeLessThan(1e-5 * Math.max(1, loss));
      const after = read();
      engine.close();
      const { dEmbeddings, dOutput } = gradient(before, numeric);
      // `gradient` is of the mean, the kernel sums. A is updated example by example with one dHidden, so within a batch they agree.
      for (let i = 0; i < after.output.length; i++) {
        const expected = before.output[i] - rate * numeric.length * dOutput[i];
        expect(Math.abs(after.output[i] - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)));
      }
      for (let i = 0; i < after.embeddings.length; i++) {
        const expected = before.embeddings[i] - rate * numeric.length * dEmbeddings[i];
        expect(Math.abs(after.embeddings[i] - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)));
      }
    }),
    { numRuns: 60 },
  );
});

test("any number of threads gives the same bits", async () => {
  const texts = Array.from({ length: 300 }, (_, i) => ({
    text: `${words[i % 10]} ${words[(i * 7) % 10]} ${words[(i * 3) % 9]} n${i % 50}`,
    labels: [`l${i % 5}`],
  }));
  for (const optimizer of ["sgd", "adagrad"] as const) {
    const results: LinearBag[] = [];
    for (const threads of [1, 2, 3, 5]) {
      const { engine, read } = await prepare({ texts, labels: 5, dimension: 36 }, optimizer, 0.1, threads);
      const order = Uint32Array.from(texts.keys());
      for (let epoch = 0; epoch < 3; epoch++) await engine.epoch(order, { start: 0.2, slope: -0.0001 }, go);
      results.push(read());
      engine.close();
    }
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
    expect(results[0].embeddings).not.toEqual(new Float32Array(results[0].embeddings.length));
  }
});

test("a batch is the same however the epoch is cut into stretches", async () => {
  const texts = words.flatMap((a) => words.map((b) => ({ text: `${a} ${b}`, labels: [a < b ? "l0" : "l1"] })));
  const run = async (slow: boolean) => {
    const { engine, read } = await prepare({ texts, labels: 2, dimension: 8 }, "adagrad", 0);
    let calls = 0;
    await engine.epoch(Uint32Array.from(texts.keys()), { start: 0.2, slope: 0 }, async () => {
      calls++;
      if (slow) await new Promise((resolve) => setTimeout(resolve, 1));
      return true;
    });
    const bag = read();
    engine.close();
    return { bag, calls };
  };
  expect((await run(true)).bag).toEqual((await run(false)).bag);
});
