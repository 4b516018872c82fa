import { expect, test } from "vitest";
import { SENTENCES } from "./problem.ts";
import { LearnStore } from "./store.ts";

test("a changed sentence begins again, a space at its end does not", () => {
  const store = new LearnStore();
  store.oneEpoch();
  const { lesson } = store;
  const before = lesson.value;
  store.changeSentence(0, { text: `${SENTENCES[0].text} ` });
  expect(lesson.value).toBe(before);
  store.changeSentence(0, { text: "good soup" });
  expect(lesson.value.step.number).toBe(1);
  expect(lesson.value.problem.words).toContain("soup");
});

test("sentences that do not fit are complained of, and the lesson stays that of the last good ones", () => {
  const store = new LearnStore();
  const { problem } = store.lesson.value;
  for (const [n, label] of ["a", "b", "c", "d", "e"].entries()) store.changeSentence(n, { label });
  expect(store.complaint.value).toMatch(/^There are 6 labels, .*room for 4\. Take some away/);
  expect(store.lesson.value.problem.labels.length).toBeLessThanOrEqual(4);
  store.builtInSentences();
  expect(store.complaint.value).toBe("");
  expect(store.lesson.value.problem).toEqual(problem);
});

test("a batch size larger than the sentences that are left shrinks with them", () => {
  const store = new LearnStore();
  store.setBatchSize(6);
  store.removeSentence(5);
  store.removeSentence(4);
  expect(store.lesson.value.settings.batchSize).toBe(4);
  expect(store.lesson.value.step.batch).toHaveLength(4);
});

test("a part is computed to, in the next step where this one is past it, and cells chosen before a new start are forgotten", () => {
  const store = new LearnStore();
  store.computeTo("dLogits");
  expect([store.lesson.value.part, store.lesson.value.step.number]).toEqual(["dLogits", 1]);
  store.computeTo("hidden");
  expect([store.lesson.value.part, store.lesson.value.step.number]).toEqual(["hidden", 2]);
  store.choose("hidden", { matrix: "embeddings", row: 14, column: 1 });
  store.setDimension(4);
  expect(store.chosen.value).toEqual({});
  expect(store.lesson.value.step.values.output.columns).toBe(4);
});

test("a seed that is no whole number changes nothing", () => {
  const store = new LearnStore();
  const before = store.lesson.value;
  store.setSeed(Number.NaN);
  store.setSeed(1.5);
  expect(store.lesson.value).toBe(before);
});
