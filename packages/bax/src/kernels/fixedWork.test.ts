// The work of the kernels, counted: WebAssembly instructions and bytes loaded and stored for one text, exact on any machine, however busy.
// It fails where a path has more than a tenth more work than golden/fixedWork.json says, and where it has so much less that the gain
// should be kept. `npm run counts` shows all counts, `npm run counts -- --accept` writes them down anew.
//
// Every path is a public one: a model is trained once for one epoch and once for two. An epoch is the difference, and what is left
// of the first run is reading: the text, its features, and whatever else is done once a run.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { countEverything, type Work, workSoFar } from "../../test/countedKernels.ts";
import type { Example } from "../data/index.ts";
import { Random } from "../math/random.ts";
import { TextClassifier } from "../textClassifier.ts";
import type { TrainingChoices } from "../training/index.ts";

const GOLDEN = new URL("golden/fixedWork.json", import.meta.url);
/** How much the work of a path may change before somebody has to look. */
const TOLERANCE = 0.1;
const TEXTS = 320;
const WORDS = 3000;

/** fastText's way to learn, so that counts compare with it. */
const PLAIN = {
  tokenizer: "whitespace",
  lowercase: false,
  weighting: "none",
  norm: "l1",
  optimizer: "sgd",
  minCount: 1,
  charNgrams: [0, 0],
} as const;

const SHAPES: Record<string, { labels: number; ascii?: boolean; choices: TrainingChoices }> = {
  "words, dim 16, 4 labels": { labels: 4, ascii: true, choices: { ...PLAIN, wordNgrams: 1, dim: 16 } },
  "words, dim 100, 4 labels": { labels: 4, ascii: true, choices: { ...PLAIN, wordNgrams: 1, dim: 100 } },
  "words and bigrams, dim 10, 4 labels": { labels: 4, ascii: true, choices: { ...PLAIN, wordNgrams: 2, dim: 10 } },
  "words and bigrams of many languages, dim 10, 4 labels": { labels: 4, choices: { ...PLAIN, wordNgrams: 2, dim: 10 } },
  "characters 1-4, dim 16, 76 labels": { labels: 76, choices: { ...PLAIN, charNgrams: [1, 4], dim: 16 } },
  "words, dim 100, 300 labels": { labels: 300, ascii: true, choices: { ...PLAIN, wordNgrams: 1, dim: 100 } },
  "unicode, tf-idf, adagrad, characters 3-5, dim 64, 20 labels": {
    labels: 20,
    choices: { wordNgrams: 2, charNgrams: [3, 5], dim: 64, lr: 0.1, weighting: "tfidf", minCount: 1, smoothing: 0 },
  },
  "one-vs-all, dim 64, 100 labels": { labels: 100, choices: { ...PLAIN, loss: "ova", dim: 64, wordNgrams: 1 } },
  "hierarchical softmax, dim 64, 300 labels": {
    labels: 300,
    choices: { ...PLAIN, loss: "hs", dim: 64, wordNgrams: 1 },
  },
  "negative sampling, dim 64, 300 labels": { labels: 300, choices: { ...PLAIN, loss: "ns", dim: 64, wordNgrams: 1 } },
  "fastText's features, bigrams, characters 2-4, dim 32, 20 labels": {
    labels: 20,
    choices: { tokenizer: "fasttext", wordNgrams: 2, charNgrams: [2, 4], buckets: 20_000, dim: 32 },
  },
};

/** A vocabulary whose words are of many lengths and, one in eight, not ASCII unless that is all that is asked for. */
function vocabulary(random: Random, ascii: boolean): string[] {
  const [plain, accented] = [[..."etaoinshrdlucmfwypvbgk"], [..."éüßñøжщλ語中"]];
  return Array.from({ length: WORDS }, (_, rank) => {
    const letters = rank % 8 === 7 && !ascii ? [...plain, ...accented, ...accented] : plain;
    const length = 2 + Math.floor(random.uniform() * 4) + Math.floor(random.uniform() * 5);
    return Array.from({ length }, () => letters[random.uint32() % letters.length]).join("");
  });
}

/** Texts of 5 to 44 words, the frequent ones far more often than the rare, as in any language. */
function examplesOf(labels: number, ascii = false): Example[] {
  const random = new Random(7);
  const words = vocabulary(random, ascii);
  return Array.from({ length: TEXTS }, (_, i) => {
    const length = 5 + (random.uint32() % 40);
    const text = Array.from({ length }, () => {
      const word = words[Math.floor(WORDS * random.uniform() ** 4)];
      return random.uint32() % 12 === 0 ? `${word}, ${random.uint32() % 100}.` : word;
    });
    return { text: text.join(" "), label: `l${i < labels ? i : random.uint32() % labels}` };
  });
}

function linesOf(examples: readonly Example[]): Uint8Array {
  return new TextEncoder().encode(examples.map(({ text }) => `${text}\n`).join(""));
}

/** What `run` makes the kernels do, and what it returns. */
async function counted<T>(run: () => Promise<T> | T): Promise<{ work: Work; result: T }> {
  const before = workSoFar();
  const result = await run();
  const after = workSoFar();
  return {
    work: { instructions: after.instructions - before.instructions, bytes: after.bytes - before.bytes },
    result,
  };
}

function each(work: Work, texts: number): Work {
  return { instructions: Math.round(work.instructions / texts), bytes: Math.round(work.bytes / texts) };
}

function difference(a: Work, b: Work): Work {
  return { instructions: a.instructions - b.instructions, bytes: a.bytes - b.bytes };
}

const found: Record<string, Work> = {};
const golden: Record<string, Work> = existsSync(GOLDEN) ? JSON.parse(readFileSync(GOLDEN, "utf8")) : {};
const accepts = process.env["BAX_ACCEPT_COUNTS"] === "1";

/** Notes the work of a path, and says what is wrong with it beside what was written down; null where nothing is. */
function judge(name: string, work: Work): string | null {
  found[name] = work;
  if (accepts) return null;
  const known = golden[name];
  const advice = "If that is meant, `npm run counts -- --accept` writes it down.";
  if (!known) return `${name}: never counted before. ${advice}`;
  for (const unit of ["instructions", "bytes"] as const) {
    const change = work[unit] / known[unit] - 1;
    if (Math.abs(change) <= TOLERANCE) continue;
    const more = `${Math.abs(change * 100).toFixed(1)} % ${change > 0 ? "more" : "less"}`;
    return `${name}: ${work[unit]} ${unit} a text, ${more} than ${known[unit]}. ${advice}`;
  }
  return null;
}

beforeAll(() => {
  countEverything();
  // How often kernels are called depends on the clock otherwise.
  vi.spyOn(performance, "now").mockReturnValue(0);
});

afterAll(() => {
  vi.restoreAllMocks();
  if (accepts) writeFileSync(GOLDEN, `${JSON.stringify(found, null, 2)}\n`);
  if (process.env["BAX_SHOW_COUNTS"] !== "1") return;
  for (const [name, { instructions, bytes }] of Object.entries(found))
    process.stdout.write(
      `${String(instructions).padStart(10)} instructions ${String(bytes).padStart(10)} bytes  ${name}\n`,
    );
});

test.each(Object.entries(SHAPES))(
  "reading, one epoch and predicting have no more than a tenth more work a text than written down: %s",
  async (shape, { labels, ascii, choices }) => {
    const examples = examplesOf(labels, ascii);
    const learn = (epochs: number) =>
      counted(() => TextClassifier.train(examples, { ...choices, epochs, valid: 0, threads: 1 }));
    const [one, two] = [await learn(1), await learn(2)];
    const epoch = difference(two.work, one.work);
    const model = two.result;
    const lines = linesOf(examples);
    model.predictLines(lines);
    const predicting = await counted(() => model.predictLines(lines));
    expect(epoch.instructions).toBeGreaterThan(0);
    const problems = [
      judge(`read: ${shape}`, each(difference(one.work, epoch), TEXTS)),
      judge(`epoch: ${shape}`, each(epoch, TEXTS)),
      judge(`predict: ${shape}`, each(predicting.work, TEXTS)),
    ];
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  },
  120_000,
);

test("predicting with rows in fewer bits has no more than a tenth more work a text than written down", async () => {
  const examples = examplesOf(20);
  const choices = { ...PLAIN, wordNgrams: 2, dim: 32, epochs: 1, valid: 0, threads: 1 } as const;
  const model = await TextClassifier.train(examples, choices);
  const problems: (string | null)[] = [];
  for (const rows of ["product", "int8", "f16"] as const) {
    const smaller = model.compress({ rows });
    const lines = linesOf(examples);
    smaller.predictLines(lines);
    const { work } = await counted(() => smaller.predictLines(lines));
    problems.push(judge(`predict: rows ${rows}, dim 32, 20 labels`, each(work, TEXTS)));
  }
  expect(problems.filter((problem) => problem !== null)).toEqual([]);
}, 120_000);

const languages = join(
  dirname(createRequire(import.meta.url).resolve("fasttext.wasm.js")),
  "../fastText/models/lid.176.ftz",
);

test.skipIf(!existsSync(languages))(
  "labelling with lid.176.ftz has no more than a tenth more work a text than written down (needs the model of fasttext.wasm.js)",
  async () => {
    const model = TextClassifier.fromBytes(readFileSync(languages));
    const lines = linesOf(examplesOf(4));
    model.predictLines(lines);
    const many = await counted(() => model.predictLines(lines));
    const one = await counted(() => model.predict("Où est la bibliothèque ?"));
    const problems = [
      judge("predict: lid.176.ftz", each(many.work, TEXTS)),
      judge("predict: lid.176.ftz, one text", each(one.work, 1)),
    ];
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  },
  120_000,
);

test("a loop of eight instructions that runs ten times counts eighty, and the four bytes of its load ten times", () => {
  const { Module, Instance } = WebAssembly;
  // (func (export "f") (param i32) (loop (drop (i32.load (i32.const 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  const binary = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, 22, 1, 20, 0, 3, 0x40, 0x41, 0, 0x28, 2, 0, 0x1a, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b],
  ]);
  const before = workSoFar();
  const { f } = new Instance(new Module(binary)).exports as { f(times: number): void };
  f(10);
  const after = workSoFar();
  expect(after.instructions - before.instructions).toBe(80);
  expect(after.bytes - before.bytes).toBe(40);
});

test("the same path has the same work twice", async () => {
  const examples = examplesOf(4);
  const learn = () =>
    counted(() => TextClassifier.train(examples, { ...PLAIN, dim: 16, epochs: 2, valid: 0, threads: 1 }));
  const [first, second] = [await learn(), await learn()];
  expect(second.work).toEqual(first.work);
  expect(first.work.instructions).toBeGreaterThan(TEXTS * 1000);
});
