import { describe, expect, test } from "vitest";
import { goldenModel, goldenNames, goldenTexts, sha } from "../../test/golden.ts";
import { FastTextModel } from "../fastTextModel.ts";
import { TextClassifier } from "../textClassifier.ts";

/** How near a probability must be to fastText's, which can be 1.00004: ours end at 1. */
const NEAR = 1e-5;

function collect(chunks: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from(Buffer.concat([...chunks]));
}

/** The same labels in the same order, equal ones too, and probabilities near enough. */
function expectAnswers(got: { label: number; probability: number }[], want: readonly number[], where: string): void {
  expect(got.length, where).toBe(want.length / 2);
  for (const [i, { label, probability }] of got.entries()) {
    const wanted = Math.min(1, want[2 * i + 1]);
    expect(Math.abs(probability - wanted), `${where}, answer ${i}`).toBeLessThan(NEAR);
    expect(label, `${where}, answer ${i}`).toBe(want[2 * i]);
  }
}

describe.each(goldenNames)("%s", (name) => {
  const golden = goldenModel(name);

  test("answers every text as fastText does, with a newline and without one", () => {
    const model = FastTextModel.fromBytes(golden.bytes);
    if (!golden.predict) {
      expect(model.supervised).toBe(false);
      return;
    }
    expect(Array.from(golden.labels, (_, label) => model.labelName(label))).toEqual(golden.labels);
    for (const [i, text] of goldenTexts.entries()) {
      const want = golden.predict[i];
      model.readLine(text, true);
      expectAnswers(model.predict(want.length === 2 * model.labelCount ? -1 : want.length / 2, 0), want, `text ${i}`);
      const without = golden.predictWithoutNewline?.[i];
      if (!without) continue;
      model.readLine(text, false);
      expectAnswers(model.predict(without.length / 2, 0), without, `text ${i} without a newline`);
    }
  });

  test("is written as it was read, and again from a safetensors file", () => {
    if (!golden.predict) return;
    const classifier = TextClassifier.fromBytes(golden.bytes);
    const kind = name.endsWith(".ftz") ? "ftz" : "bin";
    const written = classifier.toFastText(kind);
    const bytes = collect(written.chunks());
    expect(bytes.length).toBe(written.byteLength);
    // The order of the pairs of pruned buckets is free, and a file of version 11 becomes one of version 12.
    const free = /cutoff|retrain|version11/.test(name);
    if (!free) expect(sha(bytes)).toBe(sha(golden.bytes));
    expect(bytes.length).toBe(golden.bytes.length);
    const again = TextClassifier.fromBytes(classifier.toBytes());
    expect(sha(collect(again.toFastText(kind).chunks()))).toBe(sha(bytes));
    for (const text of ["the right to life", "право на жизнь", ""]) {
      expect(again.predict(text, { k: 3 })).toEqual(classifier.predict(text, { k: 3 }));
      expect(TextClassifier.fromBytes(bytes).predict(text, { k: 3 })).toEqual(classifier.predict(text, { k: 3 }));
    }
  });
});
