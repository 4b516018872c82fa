import { describe, expect, test } from "vitest";
import { blocksOf, expectRefusal, rejection, samples } from "../../test/samples.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import {
  type Example,
  type Examples,
  TextClassifier,
  type TrainingChoices,
  type TrainingHooks,
  type TrainingProgress,
} from "../index.ts";
import { Random } from "../math/random.ts";
import { copyRows } from "../model/index.ts";
import type { SpawnWorker } from "./control.ts";
import { train as trainParts } from "./train.ts";

const train = (examples: Examples, options: TrainingChoices & TrainingHooks = {}) =>
  TextClassifier.train(examples, options);
const data = samples(300, 1);
const heldOut = samples(150, 2);

function expectFinite(model: TextClassifier): void {
  for (const { probability } of model.predict("garlic goal", { k: 3 })) expect(probability).toBeGreaterThanOrEqual(0);
  // A file with a number that is NaN or infinite would be refused.
  expect(TextClassifier.fromBytes(model.toBytes()).labels).toEqual(model.labels);
}

describe("a small separable task is learned, more than 95 % right on held-out text, and survives a file, with", () => {
  const cases: TrainingChoices[] = [
    {},
    ...(["none", "tfidf", "log-ratio"] as const).flatMap((weighting) =>
      (["l1", "l2"] as const).flatMap((norm) =>
        (["adagrad", "sgd"] as const).map((optimizer) => ({
          weighting,
          norm,
          optimizer,
          // A share of a sum is small, so plain steps must be longer.
          ...(norm === "l1" && optimizer === "sgd" && { lr: 2 }),
        })),
      ),
    ),
    { tokenizer: "whitespace" },
    { lowercase: false },
    { wordNgrams: 1, charNgrams: [0, 0] },
    { wordNgrams: 5, charNgrams: [0, 0] },
    { wordNgrams: 1, charNgrams: [3, 5] },
    { charNgrams: [1, 1] },
    { charNgrams: [10, 10] },
    { dim: 4 },
    { dim: 100, threads: 2 },
    { batch: 1 },
    { batch: 5 },
    { smoothing: 0 },
    { smoothing: 0.5 },
    { charScale: 0.01 },
    { minCount: 3, minCountChars: 5 },
    { seed: Number.MAX_SAFE_INTEGER },
  ];
  test.each(cases.map((options) => [JSON.stringify(options), options] as const))("%s", async (_, options) => {
    const model = await train(data, { epochs: 20, valid: 0, ...options });
    expect(model.evaluate(heldOut).accuracy).toBeGreaterThan(0.95);
    expect(model.report!.options).toMatchObject(options);
    const texts = heldOut.map(({ text }) => text);
    const read = TextClassifier.fromBytes(model.toBytes());
    expect(read.predictAll(texts, { k: 3 })).toEqual(model.predictAll(texts, { k: 3 }));
  });

  test("no more features than --buckets", async () => {
    const model = await train(data, { epochs: 20, valid: 0, buckets: 300 });
    expect(model.featureCount).toBe(300);
    expect(model.evaluate(heldOut).accuracy).toBeGreaterThan(0.5);
  });
});

describe("the held-out part", () => {
  test("is a tenth of the examples, of every label alike, when valid is 0.1", async () => {
    const uneven = data.filter(({ label }, i) => label !== "music" || i % 2 === 0);
    const { report } = await train(uneven, { epochs: 2, valid: 0.1 });
    const { valid } = report!;
    expect(report!.examples).toBe(uneven.length);
    expect(Math.abs(valid!.examples - uneven.length / 10)).toBeLessThanOrEqual(1);
    expect(valid!.perLabel.map(({ label, support }) => [label, support])).toEqual([
      ["sport", 10],
      ["food", 10],
      ["music", 5],
    ]);
  });

  test("is half of them when valid is 0.5, and there is none when it is 0", async () => {
    expect((await train(data, { epochs: 1, valid: 0.5 })).report!.valid!.examples).toBe(150);
    expect((await train(data, { epochs: 1, valid: 0 })).report!.valid).toBeNull();
  });

  test("depends on the seed and on nothing else", async () => {
    // Random labels: any other part would give another loss.
    const random = new Random(3);
    const noise = data.map(({ text }) => ({ text, label: `l${random.uint32() % 2}` }));
    const loss = async (options: TrainingChoices) =>
      (await train(noise, { epochs: 1, ...options })).report!.valid!.logLoss;
    const first = await loss({ seed: 1 });
    expect(await loss({ seed: 1, threads: 2 })).toBe(first);
    expect(await loss({ seed: 2 })).not.toBe(first);
  });

  test("gives no figure, but a note, where there are too few examples", async () => {
    const { report } = await train(
      [
        { text: "a b", label: "x" },
        { text: "c d", label: "y" },
      ],
      { epochs: 2, minCountChars: 1 },
    );
    expect(report!.valid).toBeNull();
    expect(report!.notes.join()).toMatch(/too few examples/);
  });

  test("does not change the final model: explicit epochs are kept, and the bytes are those of valid: 0", async () => {
    const [with10, without] = await Promise.all([0.1, 0].map((valid) => train(data, { epochs: 7, valid })));
    expect(with10.report!.options.epochs).toBe(7);
    const tensors = (model: TextClassifier) => {
      const bytes = model.toBytes();
      return bytes.subarray(8 + new DataView(bytes.buffer).getUint32(0, true));
    };
    expect(tensors(with10)).toEqual(tensors(without));
  });

  test.each(["log-ratio", "tfidf", "none"] as const)(
    "shows chance, not more, where labels are random and every text has a word of its own, with %s weights",
    async (weighting) => {
      const random = new Random(4);
      const noise = Array.from({ length: 2000 }, (_, i) => ({
        text: `w${i}x q${i}z ${["the", "of"][random.uint32() % 2]}`,
        label: `l${random.uint32() % 2}`,
      }));
      const { report } = await train(noise, { weighting, epochs: 5, valid: 0.4, minCount: 1, minCountChars: 1 });
      expect(report!.valid!.examples).toBeGreaterThan(780);
      // 800 fair coins: five standard errors are 0.09.
      expect(Math.abs(report!.valid!.accuracy - 0.5)).toBeLessThan(0.09);
    },
  );

  test("shows chance, not more, where every word is in two texts with random labels: weights see no held-out label", async () => {
    // Weights made from all labels would favour the words whose two texts agree, and so give the held-out labels away.
    const random = new Random(6);
    const words: string[][] = Array.from({ length: 2000 }, () => []);
    for (let round = 0; round < 6; round++) {
      const order = random.shuffle(Uint32Array.from(words, (_, i) => i));
      for (const [i, example] of order.entries()) words[example].push(`r${round}w${i >> 1}`);
    }
    const noise = words.map((own) => ({ text: own.join(" "), label: `l${random.uint32() % 2}` }));
    const { report } = await train(noise, { epochs: 5, valid: 0.4, wordNgrams: 1, charNgrams: [0, 0] });
    expect(report!.options).toMatchObject({ weighting: "log-ratio", minCount: 1 });
    expect(Math.abs(report!.valid!.accuracy - 0.5)).toBeLessThan(0.09);
  });

  test("is an honest figure where there is something to learn", async () => {
    const { report } = await train(data, { epochs: 20, valid: 0.2 });
    expect(report!.valid!.accuracy).toBeGreaterThan(0.9);
    expect(report!.valid!.intervals.accuracy[0]).toBeLessThanOrEqual(report!.valid!.accuracy);
  });
});

describe("a rate that is far too high", () => {
  test.each([
    [{ optimizer: "sgd", lr: 100 }],
    [{ optimizer: "sgd", lr: 100, weighting: "none", norm: "l1", dim: 4 }],
    [{ optimizer: "adagrad", lr: 100 }],
    [{ optimizer: "sgd", lr: 100, batch: 1, threads: 2 }],
  ] satisfies [TrainingChoices][])("%j ends in a finite model, the same each time", async (options) => {
    const [a, b] = await Promise.all([1, 2].map(() => train(data, { epochs: 5, ...options })));
    expectFinite(a);
    expect(a.toBytes()).toEqual(b.toBytes());
    for (const note of a.report!.notes) expect(note).toMatch(/half the rate|stopped after/);
  });

  test("tells of each halving at once, and in the notes", async () => {
    const messages: string[] = [];
    const hooks = { onProgress: ({ message }: TrainingProgress) => void (message && messages.push(message)) };
    const large = data.map(({ text, label }) => ({ text: `${text} `.repeat(3), label }));
    const model = await train(large, { optimizer: "sgd", lr: 100, epochs: 5, weighting: "tfidf", ...hooks });
    expect(messages.length).toBeGreaterThan(0);
    expect(messages[0]).toMatch(/half the rate, 50$/);
    expect(model.report!.notes.filter((note) => note.includes("half the rate"))).toEqual(messages);
    expectFinite(model);
  });
});

describe("hooks", () => {
  test("progress runs through reading, validating and training, with fractions from 0 to 1 that never fall in a phase", async () => {
    const seen: TrainingProgress[] = [];
    await train(data, { epochs: 4, valid: 0.2, onProgress: (progress) => void seen.push(progress) });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(["read", "validate", "train"]);
    for (const [i, { fraction, epoch, epochs, phase, secondsLeft, loss }] of seen.entries()) {
      expect(fraction).toBeGreaterThanOrEqual(i > 0 && seen[i - 1].phase === phase ? seen[i - 1].fraction : 0);
      expect(fraction).toBeLessThanOrEqual(1);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(loss)).toBe(true);
      if (phase !== "read") expect([epoch >= 1 && epoch <= epochs, epochs]).toEqual([true, 4]);
    }
    expect(seen.at(-1)).toMatchObject({ phase: "train", fraction: 1, epoch: 4, examples: 4 * data.length });
  });

  test("hooks change nothing in the model", async () => {
    const controller = new AbortController();
    const hooks = { onProgress: () => {}, signal: controller.signal, stopSignal: controller.signal };
    const [a, b] = [await train(data, { epochs: 2 }), await train(data, { epochs: 2, ...hooks })];
    expect(b.toBytes()).toEqual(a.toBytes());
  });

  test("an error in a progress listener reaches the caller as it is", async () => {
    const mine = new Error("mine");
    const onProgress = () => {
      throw mine;
    };
    expect(await rejection(train(data, { onProgress }))).toBe(mine);
  });

  test("a signal that is aborted before the start refuses, code aborted", async () => {
    expectRefusal(await rejection(train(data, { signal: AbortSignal.abort() })), "aborted");
    expectRefusal(await rejection(train(data, { stopSignal: AbortSignal.abort() })), "aborted", /before anything/);
  });

  test.each(["read", "validate", "train"] as const)(
    "a signal during the phase %s refuses, code aborted",
    async (phase) => {
      const controller = new AbortController();
      const onProgress = (progress: TrainingProgress) => void (progress.phase === phase && controller.abort());
      for (const threads of [1, 2]) {
        const error = await rejection(train(data, { epochs: 50, threads, onProgress, signal: controller.signal }));
        expectRefusal(error, "aborted");
      }
    },
  );

  test.each(["validate", "train"] as const)("a stop during the phase %s keeps a model that works", async (phase) => {
    const controller = new AbortController();
    const onProgress = (progress: TrainingProgress) =>
      void (progress.phase === phase && progress.epoch === 3 && controller.abort());
    const options = { epochs: 200, valid: 0.2, onProgress, stopSignal: controller.signal };
    const model = await train(data, options);
    const report = model.report!;
    expect(report.interrupted).toBe(true);
    expect(report.notes.filter((note) => note.startsWith("stopped early"))).toHaveLength(1);
    // The figure of the held-out part belongs to a model that learned to the end, which this one did not.
    expect(report.valid).toBeNull();
    expect(model.metadata.training).not.toHaveProperty("valid");
    expect(model.evaluate(heldOut).accuracy).toBeGreaterThan(0.6);
    expectFinite(model);
  });

  test("a run that was not stopped says so", async () => {
    expect((await train(data, { epochs: 1 })).report!.interrupted).toBe(false);
  });
});

describe("a runtime", () => {
  test("that cannot start workers trains on one thread: the same parameters", async () => {
    const choices = { epochs: 2, dim: 16, threads: 3, valid: 0 };
    const { parts } = await trainParts({ examples: data }, choices, {}, { cores: 8 });
    const { parameters, heap, labels } = parts;
    expect(parameters.groups).toHaveLength(1);
    const rows = new Float32Array(labels.length * 16);
    copyRows(heap, parameters, "output", 0, labels.length, rows);
    const file = (await train(data, choices)).toBytes();
    const { offset, byteLength } = readSafetensors(file).tensors.get("output")!;
    expect(new Uint8Array(rows.buffer)).toEqual(file.slice(offset, offset + byteLength));
  });

  test("whose workers fail to start makes training fail with their error", async () => {
    const ended: string[] = [];
    const spawn: SpawnWorker = (_source, _onMessage, onError) => {
      setTimeout(() => onError(new Error("no workers here")), 1);
      return { post: () => {}, terminate: () => void ended.push("terminated") };
    };
    const error = await rejection(
      trainParts({ examples: data }, { epochs: 1, dim: 16, threads: 2 }, {}, { cores: 2, spawn }),
    );
    expect(String(error)).toContain("no workers here");
    expect(ended).toEqual(["terminated"]);
  });
});

describe("data that cannot be learned from are refused:", () => {
  const refusal = async (examples: unknown, options: TrainingChoices = {}) =>
    expectRefusal(await rejection(train(examples as Examples, { epochs: 1, ...options })), "data");

  test("no examples, or none with a label", async () => {
    expect(await refusal([])).toMatch(/no labelled example/);
    expect(await refusal([{ text: "a" }, { text: "b", labels: [] }])).toMatch(/no labelled example/);
    expect(await refusal([{ lines: new Uint8Array(0), file: "f", firstLine: 1 }])).toMatch(/no labelled example/);
  });

  test("one label only, by its name", async () => {
    expect(await refusal(data.map(({ text }) => ({ text, label: "only" })))).toMatch(/only one label, "only"/);
  });

  test("texts that are all empty", async () => {
    const empty = ["", " ", "\n\t"].flatMap((text) => ["a", "b"].map((label) => ({ text, label })));
    expect(await refusal(empty)).toMatch(/no text in any of the 6 examples/);
  });

  test("a text that is no string, by its number and type", async () => {
    for (const [text, type] of [
      [3, "number"],
      [undefined, "undefined"],
      [null, /null|object/],
      [["a"], "object"],
    ] as const) {
      const error = await rejection(train([data[0], { text, label: "a" } as unknown as Example]));
      expect(error).toMatchObject({ name: "BaxError", code: "data", message: expect.stringMatching(/^example 2: /) });
      expect((error as Error).message).toMatch(type);
    }
  });

  test("an example that is no object", async () => {
    expect(await refusal([data[0], "a text alone"])).toMatch(/^example 2: /);
    expect(await refusal([data[0], null])).toMatch(/^example 2: /);
  });

  test("a label that is no string, which no model file could hold", async () => {
    expect(await refusal([...data, { text: "a", label: 3 }])).toMatch(/^example 301: /);
    expect(await refusal([...data, { text: "a", labels: ["b", null] }])).toMatch(/^example 301: /);
  });

  test("a least number of examples that leaves one label or none", async () => {
    const few = [...data.slice(0, 10), { text: "goal match", label: "sport" }];
    expect(await refusal(few, { minCountLabel: 5 })).toMatch(/1 of 3 labels|only one label, "sport"/);
    expect(await refusal(few, { minCountLabel: 99 })).toMatch(/99|no label/);
  });

  test("a least number of texts that leaves no feature", async () => {
    expect(await refusal(data.slice(0, 9), { minCount: 1000 })).toMatch(/no feature occurs in 1000 examples/);
  });

  test("an error of the source reaches the caller as it is", async () => {
    const mine = new Error("mine");
    async function* source(): AsyncGenerator<Example> {
      yield data[0];
      throw mine;
    }
    expect(await rejection(train(source()))).toBe(mine);
  });
});

describe("data that are odd are learned from:", () => {
  test("examples without a label are left out, counted in a note with the place of the first", async () => {
    const { report } = await train([...data.slice(0, 30), { text: "x" }, { text: "y", labels: [] }], { epochs: 1 });
    expect(report!.examples).toBe(30);
    expect(report!.notes.join()).toMatch(/^2 without a label left out \(the first: example 31\)/);
    const [block] = blocksOf(data.slice(0, 30), []);
    const unlabelled = { lines: new TextEncoder().encode("\nno label\n"), file: "f.txt", firstLine: 41 };
    const lines = await train([block, unlabelled], { epochs: 1 });
    expect(lines.report!.notes.join()).toMatch(/^1 without a label left out \(the first: f\.txt:42\)/);
  });

  test("labels with too few examples go, and texts keep their other labels", async () => {
    const odd: Example[] = [...data, { text: "goal", labels: ["rare", "sport"] }, { text: "album", label: "rare" }];
    const model = await train(odd, { epochs: 2, minCountLabel: 3 });
    expect(model.labels).toEqual(["sport", "food", "music"]);
    expect(model.report).toMatchObject({ examples: 301, labels: 3 });
    expect(model.report!.notes.join()).toMatch(/1 labels? with fewer than 3 examples left out/);
  });

  test("empty texts among others, one text many times, and a text of 100,000 words", async () => {
    const long = { text: "goal the ".repeat(50_000), label: "sport" };
    const odd = [...data, ...Array.from({ length: 50 }, () => ({ text: "", label: "sport" })), data[1], data[1], long];
    const model = await train(odd, { epochs: 3 });
    expect(model.report!.examples).toBe(353);
    expectFinite(model);
  });
});
