import { BaxError, type PredictionPool } from "bax";
import { expect, it } from "vitest";
import { answerEach, predictionsOf, type TextAnswer } from "./answers.ts";
import { Budget } from "./budget.ts";

const alive = { predictAll: async () => [[]] } as unknown as PredictionPool;
const limit = new BaxError("limit", "too much", "Less.");
const answerOf = (text: string): TextAnswer => [{ label: text, probability: 1 }];

/** Fails where one of the texts is "huge". */
async function answer(texts: readonly string[]): Promise<readonly TextAnswer[]> {
  if (texts.includes("huge")) throw limit;
  return texts.map(answerOf);
}

it("a text that is too much takes no other with it", async () => {
  const given = ["a", "huge", "b", "huge"];
  expect(await answerEach(alive, given, answer)).toEqual([answerOf("a"), limit, answerOf("b"), limit]);
});

it("a pool that has ended, and what is no limit, is no error of a row", async () => {
  const ended = { predictAll: () => Promise.reject(limit) } as unknown as PredictionPool;
  await expect(answerEach(ended, ["huge"], answer)).rejects.toBe(limit);
  const other = new BaxError("aborted", "closed", "");
  await expect(answerEach(alive, ["a", "b"], () => Promise.reject(other))).rejects.toBe(other);
});

it("answers end where there is no label", () => {
  const answers = {
    k: 2,
    labels: Int32Array.of(1, -1, -1, -1, 0, 1),
    probabilities: Float32Array.of(1, 0, 0, 0, 0.5, 0.25),
  };
  expect(predictionsOf(["a", "b"], 3, answers)).toEqual([
    [{ label: "b", probability: 1 }],
    [],
    [
      { label: "a", probability: 0.5 },
      { label: "b", probability: 0.25 },
    ],
  ]);
});

it("a budget holds back who takes more than is left, and lets one through that is more than all of it", async () => {
  const budget = new Budget(10);
  const taken: number[] = [];
  const take = (amount: number): Promise<void> => budget.take(amount).then(() => void taken.push(amount));
  await take(100);
  const next = take(6);
  await new Promise(setImmediate);
  expect(taken).toEqual([100]);
  budget.give(100);
  await next;
  await take(4);
  const last = take(1);
  await new Promise(setImmediate);
  expect(taken).toEqual([100, 6, 4]);
  budget.give(4);
  await last;
});
