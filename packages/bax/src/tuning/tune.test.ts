import { describe, expect, test } from "vitest";
import { expectRefusal, linesOf, rejection, samples } from "../../test/samples.ts";
import { type Example, TextClassifier, type TuneMeasurement, type TuneTrial, tune } from "../index.ts";

const EXAMPLES = samples(240, 1);
const QUICK = { epochs: 3 } as const;
const read = () => EXAMPLES;

/** What of a trial does not depend on the clock. */
const plain = (trials: readonly (TuneTrial | TuneMeasurement)[]) => trials.map(({ seconds: _, ...rest }) => rest);

async function search(options: Parameters<typeof tune>[1], source: () => readonly Example[] = read) {
  const measurements: TuneMeasurement[] = [];
  const onMeasurement = (one: TuneMeasurement) => measurements.push(one);
  return { ...(await tune(source, { ...QUICK, onMeasurement, ...options })), measurements };
}

describe("tune", () => {
  test("the same data, options and seed give the same trials on one thread and on two; another seed gives others", async () => {
    const [one, two, other] = [
      await search({ trials: 12, threads: 1 }),
      await search({ trials: 12, threads: 2 }),
      await search({ trials: 12, seed: 2 }),
    ];
    expect(plain(two.trials)).toEqual(plain(one.trials));
    expect(plain(two.measurements)).toEqual(plain(one.measurements));
    expect(two.options).toEqual({ ...one.options, threads: 2 });
    expect(plain(other.trials)).not.toEqual(plain(one.trials));
    expect(one.trials.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
  });

  test("the first trial are the defaults, and options that are given stay as they are", async () => {
    const { trials, defaults, options } = await search({ trials: 8, wordNgrams: 2, dim: 8 });
    expect(trials[0]).toMatchObject({ number: 1, changes: {}, complete: true, price: 1, gain: null });
    expect(defaults).toEqual(trials[0]);
    for (const { changes } of trials)
      for (const key of ["wordNgrams", "dim", "epochs"]) expect(changes).not.toHaveProperty(key);
    expect(options).toMatchObject({ wordNgrams: 2, dim: 8, epochs: 3 });
  });

  test("text is read once for each way of reading it", async () => {
    let reads = 0;
    const { trials } = await search({ trials: 20 }, () => {
      reads++;
      return EXAMPLES;
    });
    const settings = new Set(
      trials.map(({ changes: { tokenizer, lowercase, wordNgrams, charNgrams } }) =>
        JSON.stringify([tokenizer, lowercase, wordNgrams, charNgrams]),
      ),
    );
    expect(reads).toBe(settings.size);
    expect(reads).toBeLessThan(trials.length);
  });

  test("a search that goes on from measurements of an earlier one ends as one that was never cut off", async () => {
    const whole = await search({ trials: 14 });
    for (const kept of [1, 7, whole.measurements.length]) {
      const continued = await search({ trials: 14, results: whole.measurements.slice(0, kept) });
      expect(plain(continued.trials)).toEqual(plain(whole.trials));
      expect(continued.options).toEqual(whole.options);
      expect(plain(continued.measurements)).toEqual(plain(whole.measurements.slice(kept)));
    }
  });

  test("the figure of the defaults is that of a model that learned from the rest, measured on the text given apart", async () => {
    const validation = samples(90, 5);
    const { defaults } = await search({ trials: 1, validation: () => validation });
    const model = await TextClassifier.train(EXAMPLES, { ...QUICK, valid: 0 });
    expect(defaults.score).toBe(model.evaluate(validation).accuracy);
    // The header is estimated, the rest is counted.
    expect(Math.abs(defaults.bytes - model.toFile().byteLength)).toBeLessThan(600);
  });

  test.each(["ova", "hs", "ns"] as const)("with the loss %s too", async (loss) => {
    // The order of equally frequent labels may differ between a part and the whole, so all have another count.
    const some = EXAMPLES.filter(({ label }, i) => label !== "food" || i % 2 > 0).filter(
      ({ label }, i) => label !== "music" || i % 3,
    );
    const validation = samples(60, 6);
    const { defaults } = await search({ trials: 1, loss, validation: () => validation }, () => some);
    const model = await TextClassifier.train(some, { ...QUICK, loss, valid: 0 });
    expect(defaults.score).toBe(model.evaluate(validation).accuracy);
  });

  test("labels that only the text to measure on has count as missed", async () => {
    const known = samples(60, 5);
    const strange = known.map(({ text }) => ({ text, label: "unheard of" }));
    const [all, half] = [
      await search({ trials: 1, validation: () => known }),
      await search({ trials: 1, validation: () => [...known, ...strange] }),
    ];
    expect(half.defaults.score).toBeCloseTo(all.defaults.score! / 2, 12);
  });

  test("no trial that was measured passes a limit on the file or on the time of a text", async () => {
    const { defaults } = await search({ trials: 1 });
    const small = await search({ trials: 8, bytes: defaults.bytes / 2 });
    expect(small.best.bytes).toBeLessThanOrEqual(defaults.bytes / 2);
    expect(small.trials[0]).toMatchObject({ number: 1, outcome: "too large" });
    const fast = await search({ trials: 8, microseconds: defaults.microseconds / 2 });
    expect(fast.best.microseconds).toBeLessThanOrEqual(defaults.microseconds / 2);
    const model = await TextClassifier.train(EXAMPLES, { ...small.options, valid: 0 });
    expect(model.toFile().byteLength).toBeLessThan(defaults.bytes / 2 + 600);
    const refused = await rejection(search({ trials: 4, bytes: 1 }));
    expectRefusal(refused, "usage", /no trial keeps to a file of 1 bytes: the smallest has \d+/);
  });

  test("what is best is that by the metric which was asked for", async () => {
    const { best, trials, metric } = await search({ trials: 12, metric: "log-loss" });
    const complete = trials.filter((trial) => trial.complete && trial.score !== null);
    expect(metric).toBe("log-loss");
    expect(best.score).toBe(Math.min(...complete.map(({ score }) => score!)));
    for (const { gain, score } of complete.slice(1)) expect(gain).toBeCloseTo(trials[0].score! - score!, 12);
    const { best: topic } = await search({ trials: 3, metric: "f1:food" });
    expect(topic.score).toBeGreaterThan(0.5);
  });

  test("a budget in seconds ends the search, with the defaults where there was time for nothing", async () => {
    const { best, trials } = await search({ seconds: 1e-6 });
    expect([best.number, best.changes, trials]).toEqual([1, {}, []]);
    const some = await search({ seconds: 0.5 });
    expect(some.trials.length).toBeGreaterThan(0);
  });

  test("stopping keeps the best so far; aborting throws", async () => {
    const stop = new AbortController();
    const stopped = await search({
      trials: 1000,
      stopSignal: stop.signal,
      onTrial: ({ number }) => number > 5 && stop.abort(),
    });
    expect(stopped.interrupted).toBe(true);
    expect(stopped.trials.length).toBeLessThan(40);
    const abort = new AbortController();
    const aborted = rejection(
      search({ trials: 1000, signal: abort.signal, onMeasurement: () => abort.abort(), onTrial: () => {} }),
    );
    expectRefusal(await aborted, "aborted");
  });

  test("a trial whose loss leaves the range of numbers fails, and the search goes on", async () => {
    const { trials, best } = await search({ trials: 3, optimizer: "sgd", lr: 100, norm: "l1", charNgrams: [0, 0] });
    expect(trials).toHaveLength(3);
    for (const { score, outcome } of trials) expect(score === null).toBe(outcome === "failed");
    expect(best.number).toBeGreaterThan(0);
  });

  test("says what a search depends on, so that a log can be held against it", async () => {
    let told: unknown;
    const lines = linesOf(EXAMPLES);
    await tune(() => [{ lines, file: "x", firstLine: 1 }], {
      ...QUICK,
      trials: 1,
      threads: 1,
      onStart: (description) => {
        told = description;
      },
    });
    expect(told).toMatchObject({
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      examples: 240,
      labels: 3,
      metric: "accuracy",
      options: { epochs: 3 },
    });
    expect((told as { options: object }).options).not.toHaveProperty("threads");
    expect((told as { space: object }).space).not.toHaveProperty("epochs");
  });

  test.each([
    [{ trials: 0 }, /trials: got 0/],
    [{ trials: 1.5 }, /trials: got 1.5/],
    [{ seconds: 0 }, /seconds: got 0/],
    [{ trials: 1, seconds: 1 }, /two budgets/],
    [{ metric: "acuracy" }, /acuracy/],
    [{ trials: 1, metric: "f1:foot" }, /no label "foot"/],
    [{ trials: 1, valid: 0 }, /--valid 0/],
    [{ trials: 1, tokenizer: "fasttext" as const }, /--tokenizer fasttext/],
    [{ trials: 1, bytes: -1 }, /bytes: got -1/],
  ])("refuses %j as wrong usage", async (options, message) => {
    expectRefusal(await rejection(search(options)), "usage", message);
  });

  test("refuses data that nothing can be held out of", async () => {
    const two = [
      { text: "win", label: "spam" },
      { text: "lunch", label: "ham" },
    ];
    expectRefusal(await rejection(search({ trials: 2 }, () => two)), "data", /2 examples are too few/);
    expectRefusal(await rejection(search({ trials: 2, validation: () => [] })), "data", /validation data/);
  });
});
