import { BaxError, type Prediction, type PredictionPool } from "bax";
import type { Answers } from "../output/answerJob.ts";

/** What was answered to a text, best first, or why it cannot be answered. */
export type TextAnswer = readonly Prediction[] | BaxError;

/**
 * Answers to texts together. Where that takes more memory than there is, each is answered by itself, so that none but those that are too
 * much alone go without.
 */
export async function answerEach<T>(
  pool: PredictionPool,
  texts: readonly T[],
  answer: (texts: readonly T[]) => Promise<readonly TextAnswer[]>,
): Promise<readonly TextAnswer[]> {
  try {
    return await answer(texts);
  } catch (error) {
    if (!(error instanceof BaxError && error.code === "limit")) throw error;
    if (texts.length === 1) {
      // Whoever cannot answer this either has ended.
      await pool.predictAll([""]);
      return [error];
    }
  }
  const answers: TextAnswer[] = [];
  for (const text of texts) answers.push(...(await answerEach(pool, [text], answer)));
  return answers;
}

/** The answers to each of `count` texts. */
export function predictionsOf(
  names: readonly string[],
  count: number,
  { k, labels, probabilities }: Answers,
): Prediction[][] {
  return Array.from({ length: count }, (_, n) => {
    const answers: Prediction[] = [];
    for (let i = n * k; i < (n + 1) * k && labels[i] >= 0; i++)
      answers.push({ label: names[labels[i]], probability: probabilities[i] });
    return answers;
  });
}
