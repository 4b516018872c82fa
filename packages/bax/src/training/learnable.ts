import { BaxError } from "../errors.ts";
import type { Corpus } from "./corpus.ts";

/** Refuses text that nothing can be learned from; `source` names it. */
export function checkLearnable(corpus: Corpus, source: string): void {
  if (corpus.exampleCount === 0) {
    throw new BaxError(
      "data",
      `${source}: no labelled example`,
      "Give lines such as `__label__spam Win a prize now`, or a table with a text and a label column.",
    );
  }
  if (corpus.labels.names.length < 2) {
    throw new BaxError(
      "data",
      `${source}: only one label, "${corpus.labels.names[0]}"`,
      "A classifier needs examples of two labels or more; check --label.",
    );
  }
  if (corpus.dictionary.size === 0) {
    throw new BaxError(
      "data",
      `${source}: no text in any of the ${corpus.exampleCount} examples`,
      "Check that --text names the column with the text.",
    );
  }
}
