import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepareEngine, referenceOf, words } from "../../test/preparedEngine.ts";
import { samples } from "../../test/samples.ts";
import { type Example, TextClassifier } from "../index.ts";
import { smoothedTarget } from "../losses/index.ts";
import { addEmbeddingsGradient, hidden } from "../math/linearBag.ts";
import { balancedWeights } from "./classWeights.ts";

const LOSSES = ["softmax", "ova", "hs", "ns"] as const;
const weights = fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ min: 0.001, max: 50, noNaN: true }));

/** Texts with soft labels and weights; shares are scaled to sum 1 by the corpus, but with one-vs-all. */
const cases = fc.integer({ min: 1, max: 9 }).chain((labels) =>
  fc.record({
    labels: fc.constant(labels),
    dimension: fc.constantFrom(4, 8, 20),
    classWeights: fc.option(fc.array(weights, { minLength: labels, maxLength: labels }), { nil: undefined }),
    texts: fc.array(
      fc.uniqueArray(fc.integer({ min: 0, max: labels - 1 }), { minLength: 1, maxLength: 3 }).chain((own) =>
        fc.record({
          text: fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((list) => list.join(" ")),
          labels: fc.constant(own.map((label) => `l${label}`)),
          shares: fc.option(
            fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: own.length, maxLength: own.length }),
            { nil: undefined },
          ),
          weight: weights,
        }),
      ),
      { minLength: 1, maxLength: 16 },
    ),
  }),
);

describe.each(LOSSES)("%s", (loss) => {
  test("one mini-batch of weighted examples with soft labels and class weights takes the loss and the step of its reference, to 1e-5 and 2e-6 of the largest number", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(0, 0.1), async ({ classWeights, ...example }, share) => {
        const smoothing = loss === "softmax" ? share : 0;
        const settings = { loss, neg: 3, scale: 1000, ...(classWeights && { classWeights }) };
        const { engine, epoch, read, numeric, corpus, record } = await prepareEngine(
          example,
          "sgd",
          smoothing,
          1,
          settings,
        );
        const before = read();
        const rate = 0.01;
        const told = await epoch(Uint32Array.from(numeric.keys()), { start: rate, slope: 0 });
        const after = read();
        engine.close();
        const output = Float64Array.from(before.output);
        const embeddings = Float64Array.from(before.embeddings);
        let [sum, all, size] = [0, 0, 1];
        for (const [i, { features, target, weight = 1 }] of numeric.entries()) {
          const h = hidden(before, features);
          size = Math.max(size, ...h.map((value) => Math.abs(value) * Math.max(1, weight)));
          const reference = referenceOf(loss, corpus, i, record(i).labels, 3);
          sum += weight * reference.gradient(before, h, target).loss;
          all += weight;
          const { dOutput, dHidden } = reference.gradient(before, h, smoothedTarget(target, smoothing));
          for (let at = 0; at < output.length; at++) output[at] -= rate * weight * dOutput[at];
          const step = new Float64Array(embeddings.length);
          addEmbeddingsGradient(step, dHidden, features);
          for (let at = 0; at < step.length; at++) embeddings[at] -= rate * weight * step[at];
        }
        const mean = all > 0 ? sum / all : 0;
        expect(Math.abs(told - mean)).toBeLessThan(1e-5 * Math.max(size, mean));
        for (const [got, expected] of [
          [after.output, output],
          [after.embeddings, embeddings],
        ]) {
          for (let at = 0; at < got.length; at++)
            expect(Math.abs(got[at] - expected[at])).toBeLessThan(2e-6 * Math.max(size, Math.abs(expected[at])));
        }
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  test("any number of threads gives the same bits and the same loss, with weights of examples and of classes", async () => {
    const texts = Array.from({ length: 200 }, (_, i) => ({
      text: `${words[i % 10]} ${words[(i * 7) % 10]} n${i % 50}`,
      labels: [`l${i % 7}`, `l${(i * i) % 6}`].slice(0, i % 7 === (i * i) % 6 ? 1 : 2),
      weight: (i % 5) / 2,
    }));
    const results: unknown[] = [];
    for (const threads of [1, 2, 3]) {
      const settings = { loss, classWeights: [1, 0.3, 2, 0, 5, 1, 1] };
      const prepared = await prepareEngine({ texts, labels: 7, dimension: 20 }, "adagrad", 0, threads, settings);
      const { engine, epoch, read } = prepared;
      const losses = [];
      for (let pass = 0; pass < 2; pass++)
        losses.push(await epoch(Uint32Array.from(texts.keys()), { start: 0.2, slope: 0 }));
      expect(losses[1]).toBeLessThan(losses[0]);
      results.push({ losses, ...read() });
      engine.close();
    }
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  test("examples of weight 0 move nothing and add nothing to the loss, alone or among others", async () => {
    const real = words.map((word, i) => ({ text: word, labels: [`l${i % 3}`], weight: 1 + i / 4 }));
    const idle = words.map((word, i) => ({ text: `${word} ${words[(i + 1) % 10]}`, labels: [`l${i % 3}`], weight: 0 }));
    for (const optimizer of ["sgd", "adagrad"] as const) {
      const prepared = await prepareEngine({ texts: [...real, ...idle], labels: 3, dimension: 8 }, optimizer, 0, 1, {
        loss,
      });
      const { engine, epoch, read } = prepared;
      const start = read();
      const only = Uint32Array.from(idle.keys(), (i) => real.length + i);
      expect(await epoch(only, { start: 0.1, slope: 0 })).toBe(0);
      expect(read()).toEqual(start);
      const order = Uint32Array.from(real.keys());
      engine.initialize(3, { columns: 8 });
      const alone = { loss: await epoch(order, { start: 0.1, slope: 0 }), ...read() };
      engine.initialize(3, { columns: 8 });
      // Behind them in the same batch: a sum of floats with a 0 more is the same sum.
      const among = { loss: await epoch(Uint32Array.of(...order, 10, 11, 12), { start: 0.1, slope: 0 }), ...read() };
      expect(among).toEqual(alone);
      engine.close();
    }
  });

  test("a model whose examples, or those of one label, all weigh 0 is finite, balanced or not", async () => {
    const data = samples(60, 1);
    for (const classWeights of ["none", "balanced", { sport: 0 }] as const) {
      for (const weightOf of [() => 0, ({ label }: Example) => (label === "food" ? 0 : 1)]) {
        const examples = data.map((example) => ({ ...example, weight: weightOf(example) }));
        const model = await TextClassifier.train(examples, { loss, epochs: 2, valid: 0.2, classWeights });
        const read = TextClassifier.fromBytes(model.toBytes());
        for (const { probability } of read.predict("goal butter chorus", { k: 3 }))
          expect(probability).toBeGreaterThanOrEqual(0);
        expect(model.report!.valid!.accuracy).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

// Not with ns: what is drawn as negatives hangs on the place of an example, so there one of weight 2 is one whose draws are there twice too.
describe.each(["softmax", "ova", "hs"] as const)("%s", (loss) => {
  test.each(["sgd", "adagrad"] as const)(
    "an example of weight 2 takes the loss, the step and the accumulators of one that is there twice, to 1e-6, with %s",
    async (optimizer) => {
      const once = words.slice(0, 6).map((word, i) => ({ text: `${word} ${words[i + 3]}`, labels: [`l${i % 3}`] }));
      const weighted = once.map((example) => ({ ...example, weight: 2 }));
      const twice = [...once, ...once];
      const run = async (texts: typeof once) => {
        const { engine, epoch, read } = await prepareEngine({ texts, labels: 3, dimension: 8 }, optimizer, 0, 1, {
          loss,
          scale: 1000,
        });
        const first = await epoch(Uint32Array.from(texts.keys()), { start: 0.1, slope: 0 });
        const squares = engine.state
          .filter(({ columns }) => columns === 1)
          .map(({ rows, get }) => {
            const values = new Float32Array(rows);
            get(0, rows, values);
            return Array.from(values);
          });
        const result = { first, squares, output: Array.from(read().output), embeddings: Array.from(read().embeddings) };
        engine.close();
        return result;
      };
      const [a, b] = [await run(weighted), await run(twice)];
      expect(Math.abs(a.first - b.first)).toBeLessThan(1e-6);
      for (const [x, y] of a.squares.map((values, i) => [values, b.squares[i]] as const))
        for (const [i, value] of x.entries()) expect(Math.abs(value - y[i])).toBeLessThan(1e-6 * Math.max(1, y[i]));
      // With AdaGrad and hs, two steps in turn see two states of the accumulators where one of double weight sees the second alone.
      if (optimizer === "adagrad") return;
      for (const key of ["output", "embeddings"] as const)
        for (const [i, value] of a[key].entries()) expect(Math.abs(value - b[key][i])).toBeLessThan(1e-6);
    },
  );
});

describe("evaluation", () => {
  const withoutTime = ({
    seconds: _,
    examplesPerSecond: __,
    examples: ___,
    ...rest
  }: ReturnType<TextClassifier["evaluate"]>) => rest;

  test("with weights has the metrics of examples that are there as often, to 1e-6, but for the calibration and the confusions", async () => {
    const model = await TextClassifier.train(samples(90, 1), { epochs: 1, valid: 0 });
    const texts = samples(60, 2);
    const weighted = texts.map((example, i) => ({ ...example, weight: i % 4 }));
    const repeated = texts.flatMap((example, i) => Array.from({ length: i % 4 }, () => example));
    for (const k of [1, 2]) {
      const [a, b] = [weighted, repeated].map((examples) => withoutTime(model.evaluate(examples, { k })));
      for (const key of [
        ...(["accuracy", "precisionAtK", "recallAtK", "microF1", "macroF1", "weightedF1", "logLoss", "brier"] as const),
        ...(["macroAveragePrecision", "microAveragePrecision", "weightedAveragePrecision"] as const),
        ...(["macroRocAuc", "microRocAuc", "weightedRocAuc"] as const),
      ])
        expect(Math.abs(a[key]! - b[key]!)).toBeLessThan(1e-6);
      for (const [label, row] of a.perLabel.entries()) expect(row).toEqual(b.perLabel[label]);
      for (const key of ["accuracy", "precisionAtK", "recallAtK"] as const)
        for (const end of [0, 1]) expect(Math.abs(a.intervals[key][end] - b.intervals[key][end])).toBeLessThan(1e-6);
    }
  });

  test("of examples that all weigh 0 has no NaN", async () => {
    const model = await TextClassifier.train(samples(30, 1), { epochs: 1, valid: 0 });
    const evaluation = model.evaluate(samples(9, 2).map((example) => ({ ...example, weight: 0 })));
    expect(evaluation).toMatchObject({ accuracy: 0, macroF1: 0, logLoss: null, intervals: { accuracy: [0, 1] } });
    // JSON makes null of NaN.
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });
});

describe("balanced class weights", () => {
  test("are √(N / (C n)) of each label, by what its examples weigh; equal labels, and one that weighs nothing, have 1", () => {
    expect(Array.from(balancedWeights(Float64Array.of(5, 5)))).toEqual([1, 1]);
    expect(Array.from(balancedWeights(Float64Array.of(16, 4, 0)))).toEqual([
      Math.fround(Math.sqrt(20 / 32)),
      Math.fround(Math.sqrt(20 / 8)),
      1,
    ]);
    expect(Array.from(balancedWeights(Float64Array.of(0, 0)))).toEqual([1, 1]);
  });

  test("change nothing where all labels are equally frequent", async () => {
    const tensors = (model: TextClassifier) => {
      const bytes = model.toBytes();
      return bytes.subarray(8 + new DataView(bytes.buffer).getUint32(0, true));
    };
    const data = samples(60, 1);
    const [none, balanced] = await Promise.all(
      (["none", "balanced"] as const).map((classWeights) =>
        TextClassifier.train(data, { epochs: 2, valid: 0, classWeights }),
      ),
    );
    expect(tensors(balanced)).toEqual(tensors(none));
  });

  test("raise the recall of a rare label", async () => {
    // The words of one topic say as much of two labels, of which one is there ten times as often.
    const noisy = samples(1200, 1).map(({ text, label }, i) => ({
      text,
      label: label === "food" && i % 11 > 0 ? "music" : label,
    }));
    const recall = async (classWeights: "none" | "balanced") => {
      const model = await TextClassifier.train(noisy, { valid: 0, epochs: 5, classWeights });
      const texts = samples(300, 2).filter(({ label }) => label === "food");
      return texts.reduce(
        (sum, { text }) => sum + model.predict(text, { k: 3 }).find(({ label }) => label === "food")!.probability,
        0,
      );
    };
    expect(await recall("balanced")).toBeGreaterThan(1.3 * (await recall("none")));
  });
});
