import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type KeptLessons, LessonKeeper } from "./lessonKeeper.ts";
import { SENTENCES } from "./problem.ts";
import { LearnStore } from "./store.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A shelf in memory that clones as the browser's does, and counts what is put on it. */
class MemoryShelf {
  found: unknown;
  puts = 0;

  async get(): Promise<KeptLessons["lesson"] | undefined> {
    return structuredClone(this.found) as KeptLessons["lesson"] | undefined;
  }

  async put(_: "lesson", value: KeptLessons["lesson"]): Promise<void> {
    this.puts++;
    this.found = structuredClone(value);
  }

  async remove(): Promise<void> {
    this.found = undefined;
  }
}

async function open(shelf: MemoryShelf): Promise<{ store: LearnStore; keeper: LessonKeeper }> {
  const store = new LearnStore();
  const keeper = new LessonKeeper(store, shelf);
  await keeper.begin();
  return { store, keeper };
}

/** A lesson far along: other sentences, settings that changed on the way, and a step of which a part is computed. */
async function worked(shelf: MemoryShelf): Promise<LearnStore> {
  const { store, keeper } = await open(shelf);
  store.changeSentence(0, { text: "good soup" });
  store.setDimension(3);
  store.setBatchSize(2);
  store.oneEpoch();
  store.setLearningRate(0.2);
  store.setBatchSize(4);
  store.computeTo("logits");
  store.addSentence();
  await keeper.keep();
  return store;
}

test("a kept lesson is restored to the same numbers, and goes on as it would have", async () => {
  const shelf = new MemoryShelf();
  const before = await worked(shelf);
  const { store } = await open(shelf);
  expect(store.lesson.value).toEqual(before.lesson.value);
  expect(store.lesson.value.step.number).toBe(4);
  expect(store.sentences.value).toEqual(before.sentences.value);
  expect(store.sentences.value).toHaveLength(SENTENCES.length + 1);
  for (const one of [before, store]) one.oneEpoch();
  expect(store.lesson.value).toEqual(before.lesson.value);
});

test("sentences that do not fit are restored with their complaint, and the lesson of the last good ones", async () => {
  const shelf = new MemoryShelf();
  const { store: before, keeper } = await open(shelf);
  for (const [n, label] of ["a", "b", "c", "d", "e"].entries()) before.changeSentence(n, { label });
  await keeper.keep();
  const { store } = await open(shelf);
  expect(store.complaint.value).toMatch(/^There are 6 labels/);
  expect(store.complaint.value).toBe(before.complaint.value);
  expect(store.lesson.value).toEqual(before.lesson.value);
});

test("a lesson that plays is written once in several steps, and what is only looked at is not written", async () => {
  const shelf = new MemoryShelf();
  const { store } = await open(shelf);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shelf.puts).toBe(0);
  store.playOrPause();
  await vi.advanceTimersByTimeAsync(10_000);
  store.pause();
  await vi.advanceTimersByTimeAsync(10_000);
  const steps = store.lesson.value.step.number;
  expect(shelf.puts).toBeGreaterThan(1);
  expect(shelf.puts).toBeLessThan(steps / 2);
  expect((await open(shelf)).store.lesson.value.step.number).toBe(steps);
});

test("what is forgotten does not come back, not by a write that was due either", async () => {
  const shelf = new MemoryShelf();
  await worked(shelf);
  const { store, keeper } = await open(shelf);
  store.oneStep();
  await keeper.forget();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shelf.found).toBeUndefined();
  const fresh = new LearnStore();
  expect(store.lesson.value).toEqual(fresh.lesson.value);
  expect(store.sentences.value).toEqual(SENTENCES);
});

test("what was forgotten while it was looked for stays forgotten", async () => {
  const shelf = new MemoryShelf();
  await worked(shelf);
  const store = new LearnStore();
  const keeper = new LessonKeeper(store, shelf);
  const beginning = keeper.begin();
  await keeper.forget();
  await beginning;
  expect(store.lesson.value).toEqual(new LearnStore().lesson.value);
});

type Fields = Record<string, unknown>;
/** What becomes of a kept lesson. */
type Spoil = (kept: Fields) => unknown;

/** Another value deep inside of it. */
function set(path: string, value: unknown): Spoil {
  return (kept) => {
    const names = path.split(".");
    const last = names.pop() as string;
    const place = names.reduce((fields, name) => fields[name] as Fields, kept);
    expect(place[last]).not.toEqual(value);
    place[last] = value;
    return kept;
  };
}

test.each<[string, Spoil]>([
  ["nothing", () => undefined],
  ["no object", () => 7],
  ["another version", set("version", 0)],
  ["no lesson", set("lesson", undefined)],
  ["too many sentences", set("sentences", Array(9).fill(SENTENCES[0]))],
  ["a sentence without a label", set("sentences", [{ text: "a" }])],
  ["a problem that the sentences do not give", set("lesson.problem.words.0", "other")],
  ["a problem without examples", set("lesson.problem.examples", undefined)],
  ["another dimension", set("lesson.settings.dimension", 2)],
  ["a learning rate that is none", set("lesson.settings.learningRate", "0.2")],
  ["a part that there is not", set("lesson.part", "backward")],
  ["an order that repeats", set("lesson.order", [0, 0, 1, 2, 3, 4])],
  ["a batch that does not follow the order", set("lesson.taken", 6)],
  ["a cost too few", set("lesson.costs", [1])],
  ["losses as text", set("lesson.batchLosses.0", "1.09")],
  ["numbers as a plain list", set("lesson.step.values.output.values", Array(9).fill(0))],
  ["a matrix of another shape", set("lesson.step.values.hidden.rows", 4)],
  ["a matrix too few", set("lesson.step.values.dHidden", undefined)],
  ["no step before", set("lesson.step.descent", undefined)],
  ["a step before without its numbers", set("lesson.step.descent.before.loss", null)],
])("a kept lesson with %s is ignored", async (_, spoil) => {
  const shelf = new MemoryShelf();
  await worked(shelf);
  shelf.found = spoil(structuredClone(shelf.found) as Fields);
  const { store } = await open(shelf);
  const fresh = new LearnStore();
  expect(store.lesson.value).toEqual(fresh.lesson.value);
  expect(store.sentences.value).toEqual(fresh.sentences.value);
});
