import { describe, expect, test } from "vitest";
import { goldenModel, goldenNames, goldenTexts } from "../../test/golden.ts";
import { expectRefusal, rejection, samples, thrown } from "../../test/samples.ts";
import { Classifier } from "../model/index.ts";
import { type PredictOptions, Predictor } from "../prediction.ts";
import { TextClassifier, type TrainOptions } from "../textClassifier.ts";
import { PredictionPool } from "./pool.ts";
import type { SpawnWorker, WorkerHandle } from "./protocol.ts";

const texts = [
  "",
  ...samples(300, 2).map(({ text }) => text),
  "größer Ünïcode ﬁne naïve 日本語のテキスト 🎉 \u{1f468}‍\u{1f469}",
  "goal \t match\u00a0striker",
  "garlic ".repeat(2000),
  "unbekannte wörter überall",
];
const encoder = new TextEncoder();
const bytes = encoder.encode(texts.join("\n"));

/** Blocks of whole lines of about so many bytes; the last has no newline at its end. */
function blocksOf(lines: Uint8Array, size: number): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < lines.length; ) {
    const newline = lines.indexOf(10, at + size);
    const end = newline < 0 ? lines.length : newline + 1;
    blocks.push(lines.subarray(at, end));
    at = end;
  }
  return blocks;
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every option, on labels that a model has. */
function everyOption(labels: readonly string[]): PredictOptions[] {
  const some = [labels[labels.length - 1], labels[0]];
  return [
    {},
    { k: 2 },
    { k: Number.POSITIVE_INFINITY },
    { k: 3, threshold: 0.4 },
    { k: 2, labels: some },
    { raw: true, k: 2 },
    { log: true, k: 3 },
    { log: true, k: 2, labels: some },
    { abstain: { probability: 0.6 } },
    { abstain: { margin: 0.2 } },
    { abstain: { unknown: 0.5 } },
    { abstain: { probability: 0.5, margin: 0.1, unknown: 0.7 }, k: 2, threshold: 0.1 },
  ];
}

/** Labels that are many: softmax is not projected then. */
function manyLabels(count: number): { text: string; label: string }[] {
  return samples(600, 4).map(({ text }, i) => ({ text: `${text} topic${i % count}`, label: `label ${i % count}` }));
}

async function expectSameBits(model: TextClassifier, threads: number): Promise<void> {
  const pool = model.pool({ threads });
  try {
    await pool.ready();
    expect(pool.workers).toBe(threads === 1 ? 0 : threads);
    for (const options of everyOption(model.labels)) {
      const blocks = blocksOf(bytes, 300);
      expect(blocks.length).toBeGreaterThan(20);
      const got = await collected(pool.predictLines(blocks, options));
      expect(got, JSON.stringify(options)).toEqual(blocks.map((block) => model.predictLines(block, options)));
      expect(await pool.predictAll(texts, options)).toEqual(model.predictAll(texts, options));
    }
  } finally {
    await pool.close();
  }
}

const TRAINED: Record<string, [{ text: string; label: string }[], TrainOptions]> = {
  "few labels, calibrated by a temperature": [samples(400, 1), { epochs: 3 }],
  "few labels and plain words": [samples(400, 1), { epochs: 3, tokenizer: "whitespace", charNgrams: [0, 0], valid: 0 }],
  "one-vs-all with Platt's lines": [samples(400, 1), { epochs: 3, loss: "ova", dim: 8 }],
  "negative sampling": [samples(400, 1), { epochs: 3, loss: "ns" }],
  "hierarchical softmax": [manyLabels(40), { epochs: 3, loss: "hs" }],
  "many labels": [manyLabels(60), { epochs: 3, charNgrams: [2, 4] }],
  "fastText's features": [samples(400, 1), { epochs: 3, tokenizer: "fasttext" }],
};

describe.each(Object.keys(TRAINED))("%s", async (name) => {
  const [examples, options] = TRAINED[name];
  const model = await TextClassifier.train(examples, options);

  test.each([1, 2, 3])("the bits are those of the model with %i threads", (threads) => expectSameBits(model, threads));
});

test("chosen thresholds and compressed rows give the same bits", async () => {
  const model = await TextClassifier.train(samples(400, 1), { epochs: 3, loss: "ova" });
  const decided = await model.calibrate(samples(200, 3), { wanted: { precision: 0.9 } });
  expect(decided.decision).toBeDefined();
  await expectSameBits(decided, 2);
  for (const rows of ["f16", "int8", "product"] as const) {
    const small = TextClassifier.fromBytes(model.compress({ rows }).toBytes(), { shared: true });
    await expectSameBits(small, 2);
  }
});

const supervised = goldenNames.filter((name) => goldenModel(name).predict);
test("models of fastText give the same bits, whatever their kind and loss", async () => {
  const losses = new Set<unknown>();
  for (const name of supervised) {
    const golden = goldenModel(name);
    const model = TextClassifier.fromBytes(golden.bytes, { shared: true });
    losses.add(`${name.slice(-3)} ${String(model.metadata.options.loss)}`);
    const pool = model.pool({ threads: 2 });
    await pool.ready();
    const lines = Buffer.concat(
      goldenTexts.flatMap((text) => [Buffer.from(text.filter((byte) => byte !== 10)), Buffer.of(10)]),
    );
    for (const options of [{ k: 3 }, { k: 2, threshold: 0.2 }, { abstain: { unknown: 0.5 } }, { log: true, k: 2 }]) {
      const blocks = blocksOf(lines, 40);
      expect(await collected(pool.predictLines(blocks, options)), name).toEqual(
        blocks.map((block) => model.predictLines(block, options)),
      );
    }
    await pool.close();
  }
  for (const kind of ["bin softmax", "bin hs", "bin ova", "ftz softmax"]) expect([...losses]).toContain(kind);
}, 60_000);

describe("lines of every kind", async () => {
  const model = await TextClassifier.train(samples(400, 1), { epochs: 3 });
  const pool = model.pool({ threads: 2 });
  await pool.ready();

  test.each([
    ["no bytes", ""],
    ["empty lines", "\n\n\ngoal\n\n"],
    ["CRLF", "goal match\r\n\r\nbutter\r\n"],
    ["no newline at the end", "goal match\nbutter"],
    ["NUL and bytes that are not UTF-8", Buffer.from([65, 0, 66, 10, 0xff, 0xfe, 32, 67, 10])],
    ["5 MB in a line", `butter\n${"größer goal ".repeat(400_000)}\nguitar\n`],
  ])("%s", async (_, text) => {
    const lines = Buffer.from(text);
    expect(await pool.predictBlock(lines, { k: 2 })).toEqual(model.predictLines(lines, { k: 2 }));
  });

  test("texts with line breaks and lone surrogates are texts", async () => {
    const odd = ["goal\nbutter", "\r\n", "\ud800 guitar", "butter\r", ""];
    expect(await pool.predictAll(odd, { k: 3 })).toEqual(model.predictAll(odd, { k: 3 }));
    expect(await pool.predictAll([], { k: 3 })).toEqual([]);
  });

  test("the model answers by itself meanwhile", async () => {
    const blocks = blocksOf(bytes, 700);
    const waiting = blocks.map((block) => pool.predictBlock(block));
    const own = blocks.map((block) => model.predictLines(block));
    expect(await Promise.all(waiting)).toEqual(own);
  });
});

describe("flow", async () => {
  const model = await TextClassifier.train(samples(400, 1), { epochs: 3 });
  const line = encoder.encode("goal match\n");

  test("while nobody asks for answers no more than two blocks a worker are taken", async () => {
    const pool = model.pool({ threads: 2 });
    await pool.ready();
    let taken = 0;
    let ended = false;
    function* blocks(): Generator<Uint8Array> {
      try {
        for (;;) {
          taken++;
          yield line;
        }
      } finally {
        ended = true;
      }
    }
    const answers = pool.predictLines(blocks());
    for (let asked = 1; asked <= 10; asked++) {
      await answers.next();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(taken).toBeLessThanOrEqual(asked + 4);
    }
    await answers.return();
    expect(ended).toBe(true);
    await pool.close();
  });

  test("an answer does not wait for the next block", async () => {
    const pool = model.pool({ threads: 2 });
    await pool.ready();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* blocks(): AsyncGenerator<Uint8Array> {
      yield line;
      await gate;
      yield line;
    }
    const answers = pool.predictLines(blocks());
    expect((await answers.next()).value).toEqual(model.predictLines(line));
    release();
    expect((await collected(answers)).length).toBe(1);
    await pool.close();
  });

  test("blocks that fail do so after what came before them was answered", async () => {
    const pool = model.pool({ threads: 2 });
    await pool.ready();
    async function* blocks(): AsyncGenerator<Uint8Array> {
      yield line;
      yield line;
      throw new Error("the file ends here");
    }
    let answered = 0;
    const failure = await rejection(
      (async () => {
        for await (const _ of pool.predictLines(blocks())) answered++;
      })(),
    );
    expect(answered).toBe(2);
    expect((failure as Error).message).toBe("the file ends here");
    await pool.close();
  });

  test("closing refuses what is not answered, and all that is asked later", async () => {
    const pool = model.pool({ threads: 2 });
    await pool.ready();
    const large = Buffer.concat(Array.from({ length: 50_000 }, () => line));
    const waiting = Array.from({ length: 12 }, () => rejection(pool.predictBlock(large)));
    const streaming = rejection(collected(pool.predictLines([large, large, large])));
    await pool.close();
    for (const failure of [...(await Promise.all(waiting)), await streaming]) expectRefusal(failure, "aborted");
    expectRefusal(await rejection(pool.predictBlock(line)), "aborted");
    expect(pool.workers).toBe(0);
    await pool.close();
    // The model is as it was.
    expect(model.predictLines(line).count).toBe(1);
  });

  test("options that are none are refused before anything is read", async () => {
    const pool = model.pool({ threads: 2 });
    expectRefusal(await rejection(pool.predictAll(["goal"], { k: 0 })), "usage");
    expectRefusal(await rejection(pool.predictBlock(line, { labels: ["nobody"] })), "usage");
    expectRefusal(await rejection(pool.predictLines([line], { threshold: -1 }).next()), "usage");
    expectRefusal(
      thrown(() => model.pool({ threads: 0 })),
      "usage",
    );
    await pool.close();
  });

  test("pools that come and go do not use memory up", async () => {
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      const pool = model.pool({ threads: 2 });
      await pool.ready();
      await pool.predictBlock(line);
      await pool.close();
      sizes.push(model.classifier.parts.heap.memory.buffer.byteLength);
    }
    expect(sizes[5]).toBe(sizes[3]);
  });
});

describe("where there are no workers", async () => {
  const model = await TextClassifier.train(samples(400, 1), { epochs: 3 });
  const blocks = blocksOf(bytes, 2000);
  const wanted = blocks.map((block) => model.predictLines(block));

  test("a model in memory of its own is answered for by the calling thread", async () => {
    const alone = TextClassifier.fromBytes(model.toBytes());
    const pool = alone.pool({ threads: 2 });
    expect(pool.workers).toBe(0);
    expect(await collected(pool.predictLines(blocks))).toEqual(wanted);
    expect(await pool.predictAll(texts, { k: 2 })).toEqual(model.predictAll(texts, { k: 2 }));
    await pool.close();
  });

  test("workers start when there is enough to answer, and the bits stay", async () => {
    const pool = model.pool({ threads: 2, startAfter: 5000 });
    expect(pool.workers).toBe(0);
    expect(await pool.predictBlock(blocks[0])).toEqual(wanted[0]);
    expect(pool.workers).toBe(0);
    const many = Array.from({ length: 40 }, () => blocks).flat();
    const got = await collected(pool.predictLines(many));
    expect(pool.workers).toBe(2);
    expect(got).toEqual(many.map((_, i) => wanted[i % wanted.length]));
    await pool.close();
  });

  const made = () => {
    const classifier = new Classifier(model.classifier.parts);
    return { classifier, predictor: new Predictor(classifier) };
  };
  const nothing: WorkerHandle = { post: () => {}, terminate: async () => true, hold: () => {} };
  /** Workers that say what the test wants. */
  const workersThat =
    (act: (hear: (message: unknown) => void, fail: (error: Error) => void) => WorkerHandle): SpawnWorker =>
    (_, hear, fail) =>
      act(hear, fail);

  test("one that cannot be started is done without", async () => {
    const { classifier, predictor } = made();
    const refusing: SpawnWorker = () => {
      throw new Error("no workers here");
    };
    const dying = workersThat((_, fail) => {
      setTimeout(() => fail(new Error("blocked by a policy")), 1);
      return nothing;
    });
    for (const spawn of [undefined, refusing, dying]) {
      const pool = new PredictionPool(predictor, classifier, { spawn, cores: 2 });
      await pool.ready();
      expect(pool.workers).toBe(0);
      expect(await collected(pool.predictLines(blocks))).toEqual(wanted);
      await pool.close();
    }
  });

  test("one that ends at its work ends the pool with an error", async () => {
    const { classifier, predictor } = made();
    const spawn = workersThat((hear, fail) => {
      setTimeout(() => hear({ kind: "ready", owned: [] }), 1);
      let jobs = 0;
      return {
        ...nothing,
        post: (message) => {
          if ("at" in message && ++jobs === 2) setTimeout(() => fail(new Error("out of memory")), 1);
        },
      };
    });
    const pool = new PredictionPool(predictor, classifier, { spawn, cores: 2 });
    await pool.ready();
    const failures = await Promise.all(blocks.slice(0, 6).map((block) => rejection(pool.predictBlock(block))));
    for (const failure of failures) expectRefusal(failure, "limit", /out of memory/);
    expectRefusal(await rejection(collected(pool.predictLines(blocks))), "limit", /out of memory/);
    await pool.close();
  });

  test("what a worker refuses is refused with its reason, and it goes on", async () => {
    const { classifier, predictor } = made();
    const spawn = workersThat((hear) => {
      setTimeout(() => hear({ kind: "ready", owned: [] }), 1);
      return {
        ...nothing,
        post: (message) => {
          if ("at" in message)
            setTimeout(
              () => hear({ kind: "refusal", code: "limit", message: "memory: full", advice: "Use less.", owned: [] }),
              1,
            );
        },
      };
    });
    const pool = new PredictionPool(predictor, classifier, { spawn, cores: 2 });
    await pool.ready();
    expectRefusal(await rejection(pool.predictBlock(blocks[0])), "limit", /memory: full/);
    expectRefusal(await rejection(pool.predictBlock(blocks[0])), "limit", /memory: full/);
    await pool.close();
  });
});
