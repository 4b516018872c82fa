// What `bax test` measures, on a file of labelled texts, with the texts: what its report shows.
import { calibrationOf, LabelNumbers, MeasuredCollector, TextBudget } from "@bax/report";
import { BaxError, type Example, type TextClassifier } from "bax";
import type { LabelledExamples } from "../data/index.ts";
import { namesOf } from "./heldOut.ts";
import type { TestedView } from "./protocol.ts";

/** Milliseconds for which texts are answered before the page is heard again. */
const SLICE_MS = 40;

/** How a test is watched and ended. */
export interface TestHooks {
  /** Is told how far it is, 0 to 1. */
  readonly onProgress: (fraction: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Measures a model on examples. Throws a BaxError: "data" where none of their labels is one of the model's, "aborted" when it is ended.
 */
export async function testedOn(
  model: TextClassifier,
  examples: LabelledExamples,
  name: string,
  hooks: TestHooks,
): Promise<TestedView> {
  requireKnownLabels(model, examples, name);
  const numbers = new LabelNumbers(model.labels);
  const collector = new MeasuredCollector(numbers, model.labels.length);
  const evaluation = await model.evaluateAsync(inSlices(examples, hooks), {
    each: ({ gold, answers, probabilities, all, text, weight }) =>
      collector.add({ gold, first: answers[0], confidence: probabilities[0], all, text, weight }),
  });
  const measured = collector.result(
    { name, evaluation, calibration: calibrationOf(model), model, notes: examples.notes },
    TextBudget.forMeasured(),
  );
  return { measured, shownLabels: numbers.names };
}

async function* inSlices(examples: LabelledExamples, { onProgress, signal }: TestHooks): AsyncGenerator<Example> {
  let began = performance.now();
  let done = 0;
  for (const example of examples) {
    yield example;
    done++;
    if (performance.now() - began < SLICE_MS) continue;
    onProgress(done / examples.length);
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) throw new BaxError("aborted", "the test was ended", "Begin it again.");
    began = performance.now();
  }
}

/** Labels of another kind would only give an accuracy of nothing. */
function requireKnownLabels(model: TextClassifier, examples: LabelledExamples, name: string): void {
  const known = new Set(model.labels);
  const strange = new Set<string>();
  for (const example of examples) {
    for (const own of namesOf(example)) {
      if (known.has(own)) return;
      strange.add(own);
    }
  }
  const some = (names: Iterable<string>): string =>
    [...names]
      .slice(0, 3)
      .map((label) => `"${label}"`)
      .join(", ");
  throw new BaxError(
    "data",
    `${name}: none of its labels is one of the model's; it has ${some(strange)}, the model ${some(model.labels)}`,
    "Test with data that are labelled as those it learned from.",
  );
}
