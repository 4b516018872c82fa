import type { OutOfFold } from "bax";
import type { AnsweredExample } from "./measuredCollector.ts";

/** An example as it was given. */
export interface GivenExample {
  readonly text: string | undefined;
  readonly labels: readonly string[];
  readonly weight: number;
}

/** What must be known of the figures and explanations of a held-out part. */
export const HELD_OUT_REMARKS: { readonly explained: string; readonly calibrated: string } = {
  explained:
    "The mistakes are those of a model that had not seen these texts. The explanations are of the model that was kept, which has learned " +
    "from all of the data and from these texts too: it may by now answer otherwise, and be more or less sure.",
  calibrated:
    "The probabilities were calibrated by the very texts that they are measured on, so that they look a little truer here than elsewhere.",
};

/**
 * What was answered to the examples that training held out, for a `MeasuredCollector`. `given`: an example by its number among all that were
 * given; `labels`: those of the final model, which may have fewer or more than the one that was asked.
 */
export function* heldOutAnswers(
  heldOut: OutOfFold,
  given: (number: number) => GivenExample,
  labels: readonly string[],
): Generator<AnsweredExample, void, undefined> {
  const known = new Set(heldOut.labels);
  const columns = labels.map((label) => heldOut.labels.indexOf(label));
  const all = new Float32Array(labels.length);
  const width = heldOut.labels.length;
  for (const [row, number] of heldOut.examples.entries()) {
    const example = given(number);
    for (const [label, column] of columns.entries())
      all[label] = column < 0 ? 0 : heldOut.probabilities[row * width + column];
    let first = 0;
    for (let label = 1; label < all.length; label++) if (all[label] > all[first]) first = label;
    // A label that was too rare to be learned is none of the example's to the figures either.
    const gold = example.labels.filter((label) => known.has(label));
    yield {
      gold: gold.length > 0 ? gold : [heldOut.labels[heldOut.own[row]]],
      first,
      confidence: all[first],
      all,
      text: example.text,
      weight: example.weight,
    };
  }
}
