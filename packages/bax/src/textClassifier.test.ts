import { describe, expect, test } from "vitest";
import { blocksOf, expectRefusal, linesOf, rejection, samples, sha256, thrown } from "../test/samples.ts";
import { type Example, type Examples, type LineBlock, TextClassifier, type TrainingChoices } from "./index.ts";
import { Random } from "./math/random.ts";

const QUICK = { epochs: 5, valid: 0 } as const;
const encoder = new TextEncoder();

/** Texts that are awkward to answer, without line ends. */
const AWKWARD = [
  "",
  " ",
  "goal",
  "Garlic & BUTTER!",
  "goal ".repeat(1000),
  "x".repeat(5000),
  "🙂👩‍👩‍👧 日本語 ภาษาไทย é ﬁ ½",
  "unseen wordings altogether",
  "\ud83d lone \ude42",
  "a\u0000b",
];

function same(a: unknown, b: unknown): void {
  expect(JSON.stringify(a)).toBe(JSON.stringify(b));
}

describe("the same data, options and seed", () => {
  const data = samples(240, 1);
  const wide = { epochs: 2, dim: 40 } as const;
  const hash = async (examples: Examples, options: TrainingChoices) =>
    sha256((await TextClassifier.train(examples, options)).toBytes());

  test("give the same SHA-256 on 1, 2 and 3 threads, twice each", async () => {
    const hashes: string[] = [];
    for (const threads of [1, 2, 3, 1, 2, 3]) hashes.push(await hash(data, { ...wide, threads }));
    expect(new Set(hashes).size).toBe(1);
  });

  test("give the same SHA-256 on 1 and 2 threads for every optimizer and weighting, and with a dimension that is not even", async () => {
    for (const options of [
      { optimizer: "sgd", dim: 20 },
      { weighting: "tfidf", norm: "l1", dim: 12 },
      { weighting: "none", dim: 4, batch: 7 },
    ] satisfies TrainingChoices[]) {
      const hashes = [1, 2, 5].map((threads) => hash(data, { epochs: 2, valid: 0, ...options, threads }));
      expect(new Set(await Promise.all(hashes)).size).toBe(1);
    }
  });

  test("give the same SHA-256 on 1, 2 and 3 threads with more labels than columns", async () => {
    const many = data.map(({ text }, i) => ({ text: `${text} topic${i % 80}`, label: `l${i % 80}` }));
    const hashes: string[] = [];
    for (const threads of [1, 2, 3]) hashes.push(await hash(many, { epochs: 2, dim: 24, threads }));
    expect(new Set(hashes).size).toBe(1);
  });

  test("give the same SHA-256 when a slow listener changes how long the kernels run at a time", async () => {
    const onProgress = () => {
      const end = performance.now() + 3;
      while (performance.now() < end);
    };
    const slow = await TextClassifier.train(data, { ...wide, onProgress });
    expect(sha256(slow.toBytes())).toBe(await hash(data, wide));
  });

  test("give other bytes for another seed, but not another file size", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => TextClassifier.train(data, { ...wide, seed, valid: 0, threads: 1 })),
    );
    expect(sha256(a.toBytes())).not.toBe(sha256(b.toBytes()));
    expect(a.featureCount).toBe(b.featureCount);
  });

  test("give the same model and fingerprint as objects, as lines, and from an asynchronous source", async () => {
    async function* slowly(): AsyncGenerator<Example | LineBlock> {
      yield* data.slice(0, 100);
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield* blocksOf(data.slice(100), [7]);
    }
    const models = await Promise.all(
      [data, blocksOf(data, []), slowly()].map((examples) => TextClassifier.train(examples, wide)),
    );
    expect(new Set(models.map((model) => model.report?.fingerprint)).size).toBe(1);
    expect(models[0].report?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(models.map((model) => sha256(model.toBytes()))).size).toBe(1);
  });

  test("give the same model wherever lines are cut into blocks", async () => {
    const few = data.slice(0, 60);
    const hashes = new Set<string>();
    const random = new Random(5);
    for (const cuts of [[], [1], [59], [20, 40], few.slice(1).map((_, i) => i + 1)])
      hashes.add(await hash(blocksOf(few, cuts), QUICK));
    for (let i = 0; i < 5; i++) {
      const cuts = Array.from({ length: 4 }, () => random.uint32() % 60).sort((a, b) => a - b);
      hashes.add(await hash(blocksOf(few, cuts), QUICK));
    }
    expect(hashes.size).toBe(1);
  });

  test("give another fingerprint when one text, one label or the order changes", async () => {
    const few = data.slice(0, 12);
    const fingerprint = async (examples: Examples) => (await TextClassifier.train(examples, QUICK)).report!.fingerprint;
    const changed = [
      few,
      [...few.slice(0, 11), { ...few[11], text: `${few[11].text}.` }],
      [...few.slice(0, 11), { ...few[11], label: few[0].label }],
      [few[1], few[0], ...few.slice(2)],
    ];
    expect(new Set(await Promise.all(changed.map(fingerprint))).size).toBe(changed.length);
  });

  test("do not name their threads in the file", async () => {
    const model = await TextClassifier.train(data.slice(0, 30), { ...QUICK, threads: 2 });
    expect(model.report!.options.threads).toBe(2);
    expect(JSON.stringify(model.metadata)).not.toContain("threads");
  });
});

describe("predicting", async () => {
  const model = await TextClassifier.train(samples(300, 1), { ...QUICK });
  const texts = [...AWKWARD, ...samples(60, 2).map(({ text }) => text)];

  test.each([1, 2, 3, 50])("one by one, all at once and as lines gives the same bits for k = %i", (k) => {
    const one = texts.map((text) => model.predict(text, { k }));
    same(model.predictAll(texts, { k }), one);
    const rows = model.predictLines(encoder.encode(texts.join("\n").concat("\n")), { k });
    expect(rows).toMatchObject({ count: texts.length, k: Math.min(k, 3) });
    const unpacked = texts.map((_, row) =>
      Array.from({ length: rows.k }, (_, i) => ({
        label: model.labels[rows.labels[row * rows.k + i]],
        probability: rows.probabilities[row * rows.k + i],
      })),
    );
    same(unpacked, one);
  });

  test("does not depend on what was asked before, or on the neighbours of a text", () => {
    const backwards = model.predictAll([...texts].reverse(), { k: 3 }).reverse();
    same(backwards, model.predictAll(texts, { k: 3 }));
  });

  test("gives all labels, best first, with probabilities that sum to 1, for a k beyond the number of labels", () => {
    for (const text of texts) {
      const answers = model.predict(text, { k: 1000 });
      expect(answers.map(({ label }) => label).sort()).toEqual(["food", "music", "sport"]);
      const probabilities = answers.map(({ probability }) => probability);
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  test("leaves out what is below the threshold, and keeps what is just at it", () => {
    const [first, second] = model.predict("garlic the goal", { k: 3 });
    const { probability } = second;
    expect(model.predict("garlic the goal", { k: 3, threshold: probability })).toEqual([first, second]);
    expect(model.predict("garlic the goal", { k: 3, threshold: probability * 1.0001 })).toEqual([first]);
    expect(model.predictAll(["garlic the goal"], { k: 3, threshold: 1.1 })).toEqual([[]]);
    expect(() => model.predict("garlic", { threshold: Number.NaN })).toThrow(/threshold: got NaN/);
  });

  test("answers nothing for no texts and no lines", () => {
    expect(model.predictAll([])).toEqual([]);
    expect(model.predictLines(new Uint8Array(0))).toMatchObject({ count: 0, k: 1, labels: new Int32Array(0) });
  });

  test("answers an empty text like one of unknown words", () => {
    expect(model.predict("")).toHaveLength(1);
    expect(model.predict("", { k: 3 })).toEqual(model.predict("zzzz", { k: 3 }));
  });

  test("counts an empty line as a text, a last line without its end, and lines that end as Windows ends them", () => {
    const answers = model.predictLines(encoder.encode("garlic butter\r\n\nguitar album"));
    const labels = Array.from(answers.labels, (index) => model.labels[index]);
    expect(answers.count).toBe(3);
    expect([labels[0], labels[2]]).toEqual(["food", "music"]);
    expect(answers.probabilities[0]).toBe(model.predict("garlic butter")[0].probability);
  });

  test("answers a text of 1 MB, in one word and in many", () => {
    for (const text of ["butter".repeat(180_000), "butter the of and ".repeat(60_000)]) {
      expect(text.length).toBeGreaterThan(1e6);
      const answers = model.predict(text, { k: 3 });
      expect(answers[0].label).toBe("food");
      same(model.predictAll(["goal", text, "goal"], { k: 3 })[1], answers);
    }
    same(model.predict(texts[3], { k: 3 }), model.predictAll(texts, { k: 3 })[3]);
  });

  test("takes invalid UTF-8 as text", () => {
    const answers = model.predictLines(Uint8Array.of(0xff, 0xfe, 0xc3, 10, 0xe2, 0x82, 10, 0xf0, 0x9f, 0x99));
    expect(answers.count).toBe(3);
    for (const probability of answers.probabilities) expect(probability).toBeGreaterThan(0.3);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY])("refuses k = %d everywhere", (k) => {
    for (const call of [
      () => model.predict("goal", { k }),
      () => model.predictAll(["goal"], { k }),
      () => model.predictLines(encoder.encode("goal"), { k }),
      () => model.evaluate([{ text: "goal", label: "sport" }], { k }),
    ])
      expectRefusal(thrown(call), "usage", /^k: got .*, expected a whole number from 1/);
  });
});

describe("evaluating", async () => {
  const model = await TextClassifier.train(samples(300, 1), QUICK);
  const test100 = samples(100, 2);

  test("objects, lines and an asynchronous source give the same figures", async () => {
    async function* source() {
      yield* test100;
    }
    const figures = [
      model.evaluate(test100, { k: 2 }),
      model.evaluate(blocksOf(test100, [3, 50]), { k: 2 }),
      await model.evaluateAsync(source(), { k: 2 }),
    ].map(({ seconds: _, examplesPerSecond: __, ...rest }) => rest);
    expect(figures[0]).toMatchObject({ examples: 100, labels: 3, k: 2 });
    expect(figures[1]).toEqual(figures[0]);
    expect(figures[2]).toEqual(figures[0]);
  });

  test("accuracy and log loss are those of predict", () => {
    const { accuracy, logLoss } = model.evaluate(test100);
    const right = test100.filter(({ text, label }) => model.predict(text)[0].label === label);
    expect(accuracy).toBe(right.length / 100);
    const losses = test100.map(({ text, label }) => {
      const answer = model.predict(text, { k: 3 }).find((prediction) => prediction.label === label);
      return -Math.log(answer!.probability);
    });
    expect(logLoss).toBeCloseTo(losses.reduce((a, b) => a + b) / 100, 5);
  });

  test("counts labels that training never saw as missed, and names them, most frequent first", () => {
    const odd: Example[] = [
      { text: "goal match", label: "sport" },
      { text: "goal", label: "chess" },
      { text: "goal", label: "rugby" },
      { text: "goal", label: "rugby" },
    ];
    const evaluation = model.evaluate(odd);
    expect(evaluation).toMatchObject({ examples: 4, accuracy: 0.25 });
    expect(evaluation.unknownLabels).toEqual([
      { label: "rugby", count: 2 },
      { label: "chess", count: 1 },
    ]);
    expect(model.evaluate(odd.slice(1)).logLoss).toBeNull();
  });

  test("does not count examples without a label, and nothing at all gives zeros", () => {
    expect(model.evaluate([{ text: "goal" }, { text: "goal", labels: [] }, test100[0]]).examples).toBe(1);
    expect(model.evaluate([])).toMatchObject({ examples: 0, accuracy: 0, logLoss: null });
  });

  test("a k beyond the number of labels finds every label", () => {
    const evaluation = model.evaluate(test100, { k: 10 });
    expect(evaluation.recallAtK).toBe(1);
    expect(evaluation.precisionAtK).toBeCloseTo(1 / 3, 10);
  });

  test("keeps its own copy of lines, so that a reader may fill its buffer again", async () => {
    const first = linesOf(test100.slice(0, 50));
    const buffer = new Uint8Array(first.length);
    async function* source() {
      buffer.set(first);
      yield { lines: buffer, file: "buffer", firstLine: 1 };
      buffer.fill(32);
    }
    expect((await model.evaluateAsync(source())).accuracy).toBe(model.evaluate(test100.slice(0, 50)).accuracy);
  });
});

describe("several labels a text", async () => {
  const both = samples(300, 1).map(({ text, label }, i) =>
    i % 5 === 0
      ? { text: `${text} garlic butter chorus guitar`, labels: [...new Set(["food", "music"])] }
      : { text, label },
  );
  const model = await TextClassifier.train(both, { ...QUICK, epochs: 10 });

  test("train, and the first answer is one of them nearly always", () => {
    const held = samples(100, 3).map(({ text, label }) =>
      label === "sport" ? { text, labels: [label] } : { text: `${text} garlic guitar`, labels: ["food", "music"] },
    );
    const evaluation = model.evaluate(held, { k: 2 });
    expect(evaluation.examples).toBe(100);
    expect(evaluation.accuracy).toBeGreaterThan(0.95);
    expect(evaluation.recallAtK).toBeGreaterThan(0.9);
  });

  test("share the probability", () => {
    const answers = model.predict("garlic butter chorus guitar", { k: 2 });
    expect(answers.map(({ label }) => label).sort()).toEqual(["food", "music"]);
    expect(answers[1].probability).toBeGreaterThan(0.25);
  });

  test("count as missed where the model lacks one of them", () => {
    const evaluation = model.evaluate([{ text: "garlic butter", labels: ["food", "baking"] }]);
    expect(evaluation).toMatchObject({ accuracy: 1, recallAtK: 0.5 });
    expect(evaluation.unknownLabels).toEqual([{ label: "baking", count: 1 }]);
  });
});

describe("examples to validate with", async () => {
  const data = samples(150, 1);
  const own = samples(60, 4);
  const model = await TextClassifier.train(data, { epochs: 5, validation: own });

  test("are measured by the finished model, and by nothing that learned from them", () => {
    const { seconds: _, examplesPerSecond: __, ...valid } = model.report!.valid!;
    expect(model.evaluate(own)).toMatchObject(valid);
    expect(model.report).toMatchObject({ examples: 150, valid: { examples: 60 } });
    expect(model.metadata.training).toMatchObject({ valid: { examples: 60, accuracy: valid.accuracy } });
  });

  test("do not change what is learned", async () => {
    const alone = await TextClassifier.train(data, { ...QUICK });
    const texts = own.map(({ text }) => text);
    expect(model.predictAll(texts, { k: 3, raw: true })).toEqual(alone.predictAll(texts, { k: 3, raw: true }));
  });
});

test("a model knows its shape and its report, and one that was read has no report", async () => {
  const model = await TextClassifier.train(samples(30, 1), { ...QUICK, dim: 10 });
  expect(model.dimension).toBe(12);
  expect(model.labels).toEqual(["sport", "food", "music"]);
  expect(model.featureCount).toBe(model.report!.features);
  const read = TextClassifier.fromBytes(model.toBytes());
  expect(read.report).toBeNull();
  expect(read.metadata).toEqual(JSON.parse(JSON.stringify(model.metadata)));
});

test("an unknown option is refused, so that a misspelt one is not ignored in silence", async () => {
  expectRefusal(
    await rejection(TextClassifier.train(samples(9, 1), { epoch: 3 } as TrainingChoices)),
    "usage",
    /epoch/,
  );
});

test("a text without a feature of fastText's has no answer, as in fastText", async () => {
  // Twenty ends of lines are too few for a row, forty words are enough.
  const examples = Array.from({ length: 20 }, (_, i) => (i % 2 ? "good good good good" : "bad bad bad bad")).map(
    (text) => ({
      text,
      label: text.slice(0, 3),
    }),
  );
  const model = await TextClassifier.train(examples, {
    tokenizer: "fasttext",
    wordNgrams: 1,
    charNgrams: [0, 0],
    minCount: 21,
    valid: 0,
    dim: 4,
  });
  expect(model.predict("unheard of", { k: 2 })).toEqual([]);
  expect(model.predictAll(["good", "unheard of"]).map((answers) => answers.map(({ label }) => label))).toEqual([
    ["goo"],
    [],
  ]);
  expect(Array.from(model.predictLines(new TextEncoder().encode("unheard of\nbad\n")).labels)).toEqual([
    -1,
    model.labels.indexOf("bad"),
  ]);
});
