import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../formats/safetensors.ts";
import { TextClassifier } from "../textClassifier.ts";
import type { TrainingChoices } from "../training/index.ts";
import {
  advance,
  ClusterState,
  FACTS,
  FeatureSelection,
  FeatureTally,
  finishCluster,
  joinChanges,
  listFeatures,
  type Parcel,
  type PartFacts,
  planCluster,
  RoundLearner,
  readFacts,
  roundCount,
  startCluster,
  sumRound,
  totalsOf,
} from "./index.ts";

interface Row {
  text: string;
  label: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bax-cluster-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const encoder = new TextEncoder();
const TOPICS = {
  weather: "rain wind sun cloud storm warm cold sky".split(" "),
  food: "bread soup cheese apple plate hungry fork cook".split(" "),
  travel: "train ticket road airport bag map hotel walk".split(" "),
};

/** Sentences about topics, of which every fourth word is of none. */
function rowsOf(count: number): Row[] {
  const labels = Object.keys(TOPICS) as (keyof typeof TOPICS)[];
  let seed = 1;
  const below = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  return Array.from({ length: count }, () => {
    const label = labels[below(3)];
    const words = Array.from({ length: 4 + below(6) }, (_, i) =>
      i % 4 === 3 ? `word${below(50)}` : TOPICS[below(8) === 0 ? labels[below(3)] : label][below(8)],
    );
    return { text: words.join(" "), label };
  });
}

/** Brings parcels of the same block together, in the order of partitions, as a cluster does. */
function byBlock(parcels: readonly Parcel[]): [block: number, bytes: Uint8Array[]][] {
  const blocks = new Map<number, Uint8Array[]>();
  for (const { block, bytes } of parcels) if (block !== FACTS) blocks.set(block, [...(blocks.get(block) ?? []), bytes]);
  return [...blocks].sort(([a], [b]) => a - b);
}

async function trainApart(
  parts: readonly (readonly Row[])[],
  heldOut: readonly Row[],
  choices: TrainingChoices,
  roundsPerEpoch = 1,
): Promise<Uint8Array> {
  const counts = new Map<string, number>();
  for (const { label } of parts.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const shape = { partitions: parts.length, roundsPerEpoch, rows: parts.flat().length };
  const plan = planCluster(choices, counts, shape);
  const tallied = parts.map((rows, part) => {
    const tally = new FeatureTally(plan, part);
    return [...rows.flatMap(({ text, label }) => [...tally.add(encoder.encode(text), [label], 1)]), ...tally.finish()];
  });
  const facts = tallied.flat().filter(({ block }) => block === FACTS);
  const totals = totalsOf(
    facts.map(({ bytes }) => readFacts<PartFacts>(bytes)),
    plan,
  );
  const selection = new FeatureSelection(plan, totals);
  const joined = byBlock(tallied.flat()).map(([, bytes]) => selection.join(bytes));
  const path = join(folder, "state");
  const { learning, chunks } = startCluster(plan, totals, listFeatures(joined));
  writeFileSync(path, Buffer.concat([...chunks].map((chunk) => chunk.slice())));
  for (let round = 0; round < roundCount(learning); round++) {
    const state = ClusterState.open(path);
    expect(state.learning.round).toBe(round);
    const changed: Parcel[] = [];
    for (const [part, rows] of parts.entries()) {
      const learner = await RoundLearner.create(state, part);
      for (const { text, label } of rows) await learner.add(encoder.encode(text), [label], 1);
      for await (const parcel of learner.finish()) changed.push(parcel);
    }
    const all = new Map(byBlock(changed).map(([block, bytes]) => [block, joinChanges(bytes)]));
    const next = Buffer.concat([...advance(state, all)].map((chunk) => chunk.slice()));
    state.close();
    writeFileSync(path, next);
  }
  const state = ClusterState.open(path);
  const { file } = finishCluster(
    state,
    heldOut.map(({ text, label }) => ({ text, labels: [label] })),
  );
  return Buffer.concat([...file.chunks()].map((chunk) => chunk.slice()));
}

const ROWS = rowsOf(1500);
const TRAIN = ROWS.slice(0, 1000);
const HELD_OUT = ROWS.slice(1000, 1200);
const TEST = ROWS.slice(1200);

function dealt(rows: readonly Row[], parts: number): Row[][] {
  return Array.from({ length: parts }, (_, part) => rows.filter((_, i) => i % parts === part));
}

/** Hash of each feature of a model, with its weight. */
function featuresOf(bytes: Uint8Array): Map<number, number> {
  const { tensors } = readSafetensors(bytes);
  const [keys, weights] = ["feature_keys", "feature_weights"].map((name) => {
    const { offset, byteLength } = tensors.get(name) as { offset: number; byteLength: number };
    return new Uint8Array(bytes).slice(offset, offset + byteLength).buffer;
  });
  const weight = new Float32Array(weights);
  return new Map(Array.from(new Uint32Array(keys), (key, row) => [key, weight[row]]));
}

test.each([
  ["log-ratio weights", {}],
  ["inverse document frequencies", { weighting: "tfidf", wordNgrams: 1 }],
  ["rare features left out", { minCount: 3, minCountChars: 5, charNgrams: [3, 3] }],
] as [string, TrainingChoices][])("features and their weights are those of one machine: %s", async (_, choices) => {
  const some = TRAIN.slice(0, 300);
  const alone = await TextClassifier.train(some, { valid: 0, epochs: 1, ...choices });
  const bytes = await trainApart(dealt(some, 3), [], { epochs: 1, ...choices });
  const found = featuresOf(bytes);
  expect(found.size).toBeGreaterThan(100);
  expect([...found].sort(([a], [b]) => a - b)).toEqual([...featuresOf(alone.toBytes())].sort(([a], [b]) => a - b));
});

test("an empty partition, one with a single row, and one with half of all change nothing but the way", async () => {
  const parts = [TRAIN.slice(0, 500), [], TRAIN.slice(500, 501), TRAIN.slice(501)];
  const model = TextClassifier.fromBytes(await trainApart(parts, HELD_OUT, { epochs: 4 }));
  expect(model.evaluate(TEST).accuracy).toBeGreaterThan(0.9);
});

test("rows that are not those that were counted are told", async () => {
  await trainApart(dealt(TRAIN, 2), [], { epochs: 1 });
  const state = ClusterState.open(join(folder, "state"));
  const learner = await RoundLearner.create(state, 1);
  await learner.add(encoder.encode("rain and wind"), ["weather"], 1);
  const finish = async () => {
    for await (const _ of learner.finish());
  };
  await expect(finish()).rejects.toThrow("partition 1 has 1 rows with a text and a label, but had 500 when they were");
  state.close();
});

test("what cannot be planned is refused", () => {
  const shape = { partitions: 2, roundsPerEpoch: 1, rows: 10 };
  const two = [
    ["a", 5],
    ["b", 5],
  ] as [string, number][];
  expect(() => planCluster({}, [["a", 10]], shape)).toThrow("1 of 1 labels have 1 rows or more");
  expect(() => planCluster({ minCountLabel: 6 }, two, shape)).toThrow("0 of 2 labels have 6 rows or more");
  expect(() => planCluster({ tokenizer: "fasttext" }, two, shape)).toThrow("not learned on a cluster");
  expect(() => planCluster({ memory: 1e9 }, two, shape)).toThrow("examples stay with Spark");
  expect(() => planCluster({ epochs: 0 }, two, shape)).toThrow("--epochs");
  const { labels, heldOut } = planCluster(
    {},
    [
      ["b", 3],
      ["c", 9],
      ["a", 3],
    ],
    { ...shape, rows: 1_000_000 },
  );
  expect(labels).toEqual(["c", "a", "b"]);
  expect(heldOut).toBe(0.02);
});

test("a round that lacks a partition, has one twice, or has gone astray is told", async () => {
  await trainApart(dealt(TRAIN, 2), [], { epochs: 1 });
  const state = ClusterState.open(join(folder, "state"));
  const { learning } = state;
  state.close();
  const facts = (part: number, loss = 100) => ({ part, examples: 500, loss, weight: 500 });
  expect(sumRound(learning, [facts(1), facts(0)])).toEqual({ examples: 1000, loss: 0.2 });
  // Of rows that were held out there may be so many that others are the most frequent.
  const totals = { ...learning.totals, labelCounts: [...learning.totals.labelCounts].sort((a, b) => a - b) };
  const tree = { ...learning, totals, options: { ...learning.options, loss: "hs" as const } };
  expect(sumRound(tree, [facts(0), facts(1)])).toEqual({ examples: 1000, loss: 0.2 });
  expect(() => sumRound(learning, [facts(0)])).toThrow("told of by partitions 0, expected 0, 1");
  expect(() => sumRound(learning, [facts(0), facts(0)])).toThrow("told of by partitions 0, 0, expected 0, 1");
  expect(() => sumRound(learning, [facts(0), facts(1, 1e6)])).toThrow("far worse than guessing");
  expect(() => sumRound(learning, [facts(0), facts(1, Number.NaN)])).toThrow("far worse than guessing");
});

test("another file, and a state that is cut, are no state", async () => {
  await trainApart(dealt(TRAIN.slice(0, 100), 2), [], { epochs: 1 });
  const path = join(folder, "state");
  const whole = readFileSync(path);
  const cut = join(folder, "cut");
  writeFileSync(cut, whole.subarray(0, whole.length - 4));
  expect(() => ClusterState.open(cut)).toThrow("ends at byte");
  writeFileSync(cut, (await TextClassifier.train(TRAIN.slice(0, 100), { epochs: 1 })).toBytes());
  expect(() => ClusterState.open(cut)).toThrow("no state of training on a cluster");
  expect(() => ClusterState.open(join(folder, "nowhere"))).toThrow("nowhere");
});

test("partitions that learn apart come close to one machine, and the same parts give the same bytes", async () => {
  const alone = await TextClassifier.train(TRAIN, { valid: 0, epochs: 6 });
  const accuracy = alone.evaluate(TEST).accuracy;
  expect(accuracy).toBeGreaterThan(0.9);
  for (const parts of [1, 4]) {
    const bytes = await trainApart(dealt(TRAIN, parts), HELD_OUT, { epochs: 6 });
    const model = TextClassifier.fromBytes(bytes);
    expect(model.featureCount).toBe(alone.featureCount);
    expect(model.evaluate(TEST).accuracy).toBeGreaterThan(accuracy - 0.02);
    expect(await trainApart(dealt(TRAIN, parts), HELD_OUT, { epochs: 6 })).toEqual(bytes);
  }
});
