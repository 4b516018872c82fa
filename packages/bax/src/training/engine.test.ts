import fc from "fast-check";
import { expect, test } from "vitest";
import { prepareEngine, referenceOf, words } from "../../test/preparedEngine.ts";
import { smoothedTarget } from "../losses/index.ts";
import { cost, gradient } from "../math/cost.ts";
import { addEmbeddingsGradient, hidden, type LinearBag } from "../math/linearBag.ts";

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

test("one mini-batch of plain descent is θ − η ∂L/∂θ of the reference to 2e-6, empty texts and soft targets included", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (example) => {
      const { engine, epoch, read, numeric } = await prepareEngine(example, "sgd", 0);
      const before = read();
      const rate = 0.1;
      const loss = await epoch(Uint32Array.from(numeric.keys()), { start: rate, slope: 0 });
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

test.each(["softmax", "ova", "hs", "ns"] as const)(
  "one mini-batch of plain descent on %s takes the loss and the step of its reference, to 1e-5 and 2e-6 of the largest number in h",
  async (loss) => {
    // The last number makes scores of up to a few hundred.
    const shapes = fc.tuple(cases, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 0.1), fc.constantFrom(1, 1e6));
    await fc.assert(
      fc.asyncProperty(shapes, async ([example, neg, share, scale]) => {
        const smoothing = loss === "softmax" ? share : 0;
        const { engine, epoch, read, numeric, corpus, record } = await prepareEngine(example, "sgd", smoothing, 1, {
          loss,
          neg,
          scale,
        });
        const before = read();
        const rate = 0.1;
        const told = await epoch(Uint32Array.from(numeric.keys()), { start: rate, slope: 0 });
        const after = read();
        engine.close();
        const output = Float64Array.from(before.output);
        const embeddings = Float64Array.from(before.embeddings);
        let sum = 0;
        let size = 1;
        for (const [i, { features, target }] of numeric.entries()) {
          const h = hidden(before, features);
          size = Math.max(size, ...h.map(Math.abs));
          const reference = referenceOf(loss, corpus, i, record(i).labels, neg);
          // Smoothing moves where the step goes; the loss that is told stays that of the target itself.
          sum += reference.gradient(before, h, target).loss;
          const { dOutput, dHidden } = reference.gradient(before, h, smoothedTarget(target, smoothing));
          for (let at = 0; at < output.length; at++) output[at] -= rate * dOutput[at];
          const step = new Float64Array(embeddings.length);
          addEmbeddingsGradient(step, dHidden, features);
          for (let at = 0; at < step.length; at++) embeddings[at] -= rate * step[at];
        }
        const mean = sum / numeric.length;
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
  },
  30_000,
);

test.each(["ova", "hs", "ns"] as const)(
  "any number of threads gives the same bits and the same loss with %s",
  async (loss) => {
    const texts = Array.from({ length: 300 }, (_, i) => ({
      text: `${words[i % 10]} ${words[(i * 7) % 10]} ${words[(i * 3) % 9]} n${i % 50}`,
      labels: i % 3 === 0 ? [`l${i % 17}`, `l${(i * i) % 17}`, `l${i % 5}`] : [`l${(i * i) % 17}`],
    }));
    for (const optimizer of ["sgd", "adagrad"] as const) {
      const results: unknown[] = [];
      for (const threads of [1, 2, 3, 5]) {
        const { engine, epoch, read } = await prepareEngine(
          { texts, labels: 17, dimension: 36 },
          optimizer,
          0,
          threads,
          {
            loss,
          },
        );
        const order = Uint32Array.from(texts.keys());
        const losses: number[] = [];
        for (let pass = 0; pass < 3; pass++) losses.push(await epoch(order, { start: 0.2, slope: -0.0001 }));
        expect(losses[2]).toBeLessThan(losses[0]);
        results.push({ losses, ...read() });
        engine.close();
      }
      for (const other of results.slice(1)) expect(other).toEqual(results[0]);
    }
  },
);

test.each(["ova", "hs", "ns"] as const)(
  "AdaGrad's first step on %s is the gradient by its own length, of each row of A and of B",
  async (loss) => {
    // One text, a label and a draw: each row of B has one gradient, so its accumulator is that one's square.
    const texts = Array.from({ length: 6 }, (_, i) => ({ text: words[i], labels: [`l${i}`] }));
    const { engine, epoch, read, numeric, corpus, record } = await prepareEngine(
      { texts, labels: 6, dimension: 8 },
      "adagrad",
      0,
      1,
      {
        loss,
        neg: 1,
        scale: 1e4,
      },
    );
    const before = read();
    await epoch(Uint32Array.of(0), { start: 0.1, slope: 0 });
    const after = read();
    engine.close();
    const { features, target } = numeric[0];
    const h = hidden(before, features);
    const { dOutput, dHidden } = referenceOf(loss, corpus, 0, record(0).labels, 1).gradient(before, h, target);
    const length = (values: Float64Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    let norm = 0;
    for (let row = 0; row < 6; row++) {
      const gradient = dOutput.subarray(row * 8, row * 8 + 8);
      const g = length(gradient) / length(h);
      norm += g * g;
      for (let i = 0; i < 8; i++) {
        const expected = before.output[row * 8 + i] - (0.1 * gradient[i]) / Math.sqrt(g * g + 1e-6);
        expect(Math.abs(after.output[row * 8 + i] - expected)).toBeLessThan(2e-6);
      }
    }
    expect(after.output).not.toEqual(before.output);
    for (let n = 0; n < features.ids.length; n++) {
      const x = features.weights[n];
      for (let i = 0; i < 8; i++) {
        const at = features.ids[n] * 8 + i;
        const expected = before.embeddings[at] - (0.1 * x * dHidden[i]) / Math.sqrt(x * x * norm + 1e-6);
        expect(Math.abs(after.embeddings[at] - expected)).toBeLessThan(2e-6);
      }
    }
  },
);

test("other epochs draw other negatives, and a new start the same ones again", async () => {
  const texts = Array.from({ length: 40 }, (_, i) => ({ text: words[i % 10], labels: [`l${i % 20}`] }));
  const { engine, epoch } = await prepareEngine({ texts, labels: 20, dimension: 8 }, "sgd", 0, 1, {
    loss: "ns",
    neg: 1,
  });
  const order = Uint32Array.from(texts.keys());
  // A rate of 0 learns nothing: only what is drawn can change the loss.
  const losses = async () => [await epoch(order, { start: 0, slope: 0 }), await epoch(order, { start: 0, slope: 0 })];
  const first = await losses();
  expect(first[1]).not.toBe(first[0]);
  engine.initialize(3, { columns: 8 });
  expect(await losses()).toEqual(first);
  engine.close();
});

test("any number of threads gives the same bits", async () => {
  const texts = Array.from({ length: 300 }, (_, i) => ({
    text: `${words[i % 10]} ${words[(i * 7) % 10]} ${words[(i * 3) % 9]} n${i % 50}`,
    labels: [`l${i % 5}`],
  }));
  for (const optimizer of ["sgd", "adagrad"] as const) {
    const results: LinearBag[] = [];
    for (const threads of [1, 2, 3, 5]) {
      const { engine, epoch, read } = await prepareEngine({ texts, labels: 5, dimension: 36 }, optimizer, 0.1, threads);
      const order = Uint32Array.from(texts.keys());
      for (let pass = 0; pass < 3; pass++) await epoch(order, { start: 0.2, slope: -0.0001 });
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
    const { engine, epoch, read } = await prepareEngine({ texts, labels: 2, dimension: 8 }, "adagrad", 0);
    let calls = 0;
    await epoch(Uint32Array.from(texts.keys()), { start: 0.2, slope: 0 }, async () => {
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
