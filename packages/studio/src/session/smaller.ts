import type { Example, TextClassifier } from "bax";
import { namesOf } from "./heldOut.ts";
import type { SmallerView } from "./protocol.ts";

/** Texts by which a smaller model is compared, evenly spread over all. */
const MOST_COMPARED = 4000;

/** How a smaller model answers beside the one that it was made from, on texts that both have learned from. */
export function compareSizes(
  large: TextClassifier,
  small: TextClassifier,
  examples: { readonly length: number; at(number: number): Example },
): SmallerView {
  const count = Math.min(MOST_COMPARED, examples.length);
  const texts: string[] = [];
  const gold: (readonly string[])[] = [];
  for (let i = 0; i < count; i++) {
    const { text, ...labels } = examples.at(Math.floor((i * examples.length) / count));
    texts.push(text);
    gold.push(namesOf(labels));
  }
  const [before, after] = [large, small].map((model) => model.predictAll(texts).map(([best]) => best?.label));
  const share = (isSo: (i: number) => boolean): number | null =>
    count === 0 ? null : texts.filter((_, i) => isSo(i)).length / count;
  return {
    bytes: small.toFile().byteLength,
    agreement: share((i) => before[i] === after[i]),
    accuracyBefore: share((i) => gold[i].includes(before[i] ?? "")),
    accuracyAfter: share((i) => gold[i].includes(after[i] ?? "")),
    texts: count,
  };
}
