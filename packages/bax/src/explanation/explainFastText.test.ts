import { describe, expect, test } from "vitest";
import { goldenModel, goldenNames, goldenTexts } from "../../test/golden.ts";
import { TextClassifier } from "../textClassifier.ts";

const decoder = new TextDecoder();
const texts = goldenTexts.filter((text) => text.length < 300).map((text) => decoder.decode(text));

describe.each(goldenNames.filter((name) => goldenModel(name).predict))("%s", (name) => {
  const model = TextClassifier.fromBytes(goldenModel(name).bytes);

  test("spans and features sum to the logit of every label, and spans lie in the text in order", () => {
    for (const text of texts) {
      for (const label of [undefined, ...model.labels.slice(0, 2)]) {
        const { logit, spans, features, probability } = model.explain(text, label === undefined ? {} : { label });
        const bound = 1e-5 * Math.max(1, ...features.map(({ contribution }) => Math.abs(contribution)));
        for (const parts of [spans, features]) {
          if (parts.length === 0) continue;
          const sum = parts.reduce((total, { contribution }) => total + contribution, 0);
          expect(Math.abs(sum - logit), `${text}: ${sum} and ${logit}`).toBeLessThan(bound);
        }
        expect(probability).toBeGreaterThanOrEqual(0);
        let last = 0;
        for (const { start, end, text: shown } of spans) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(text.slice(start, end)).toBe(shown);
          last = end;
        }
      }
    }
  });
});

test("a word, its n-grams and runs of words are told apart, and have their places", () => {
  const model = TextClassifier.fromBytes(goldenModel("softmax-both.bin").bytes);
  const text = "the right";
  const { features, spans } = model.explain(text);
  const of = (kind: string) => features.filter((feature) => feature.kind === kind).map((feature) => feature.text);
  expect(of("word")).toEqual(["the", "right", ""]);
  expect(of("word n-gram")).toEqual(["the right", "right"]);
  expect(of("character n-gram")).toEqual(expect.arrayContaining(["the", "he", "rig", "ight"]));
  expect(spans.map((span) => span.text)).toEqual(["the", "right", ""]);
});
