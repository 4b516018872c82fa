import { type Classifier, HashedBags } from "../model/index.ts";
import type { Trace } from "./trace.ts";
import { traceFastText } from "./traceFastText.ts";
import { traceHashed } from "./traceHashed.ts";

/** Where the features of a text stand, whichever kind they are. */
export function traceText(classifier: Classifier, text: string): Trace {
  const { parts, bags } = classifier;
  const { at, length } = classifier.place(text);
  return bags instanceof HashedBags
    ? traceHashed(parts.heap, bags, text, at, length)
    : traceFastText(parts.heap, bags, text, at, length, parts.fastText?.vocabulary.wordCount ?? 0);
}
