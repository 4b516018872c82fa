import { TextClassifier, type TrainOptions } from "bax";

/** Names of the labels of the test models. */
export const LABELS = ["card", "thanks", "transfer"];

const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  card: ["my card never arrived", "the card is lost", "when does my new card come", "my card was stolen"],
  thanks: ["thank you so much", "thanks a lot for the help", "many thanks, very kind", "that was kind, thank you"],
  transfer: ["send money home", "my transfer is late", "cancel the transfer now", "the money did not come"],
};

/** A small model, trained in a moment; `flavour` makes another one with the same labels. */
export function trainModel(flavour = "", options: TrainOptions = {}): Promise<TextClassifier> {
  const examples = LABELS.flatMap((label) =>
    SENTENCES[label].flatMap((text, i) => [
      { text, label },
      { text: `${flavour} ${text} ${i}`, label },
    ]),
  );
  return TextClassifier.train(examples, { seed: 3, threads: 1, valid: 0, minCount: 1, ...options });
}

/** Texts of every kind that JSON can hold. */
export const TEXTS: readonly string[] = [
  "my card never arrived",
  "",
  "thank you — ½ Ω 👩‍👩‍👧 \u0000 \u2028",
  "a lone \ud83d surrogate",
  "   ",
  "money money money card thanks",
  "x".repeat(5000),
];
