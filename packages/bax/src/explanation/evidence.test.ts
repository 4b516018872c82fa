import { describe, expect, test } from "vitest";
import { expectRefusal, rejection, samples, thrown } from "../../test/samples.ts";
import { TextClassifier } from "../index.ts";

const examples = samples(300, 1);
const sum = (parts: readonly { contribution: number }[]) => parts.reduce((total, part) => total + part.contribution, 0);

describe.each(["softmax", "ova", "hs", "ns"] as const)("a calibrated model with the loss %s", async (loss) => {
  const model = await TextClassifier.train(examples, { epochs: 4, loss });

  test("is explained to the logit that makes the probability, of each label and against each other", () => {
    for (const { text } of samples(60, 3)) {
      const scores = model.scores(text);
      for (const [i, { label, logit }] of scores.entries()) {
        const one = model.explain(text, { label });
        expect(one.logit + one.bias).toBeCloseTo(logit, 4);
        expect(Math.abs(sum(one.spans) - one.logit)).toBeLessThan(1e-5);
        const other = scores[(i + 1) % 3];
        const two = model.explain(text, { label, against: other.label });
        expect(two.against).toBe(other.label);
        expect(two.logit + two.bias).toBeCloseTo(logit - other.logit, 4);
        expect(Math.abs(sum(two.features) - two.logit)).toBeLessThan(1e-5);
      }
    }
  });

  test("the runner-up is the best of the other labels", () => {
    const text = "garlic for the goal";
    const [first, second, third] = model.predict(text, { k: 3 });
    expect(model.explain(text, { against: "runner-up" })).toMatchObject({ label: first.label, against: second.label });
    expect(model.explain(text, { label: third.label, against: "runner-up" })).toMatchObject({ against: first.label });
  });
});

describe("what the examples show", async () => {
  const model = await TextClassifier.train(examples, { epochs: 4 });

  test("an example is nearest to itself, and the near ones have its label", async () => {
    const index = await model.indexExamples(examples);
    expect(index.size).toBe(300);
    for (const example of [0, 7, 120]) {
      const near = index.nearest(examples[example].text, 5);
      expect(near[0].similarity).toBeCloseTo(1, 5);
      expect(near.filter(({ similarity }) => similarity > 0.999999).map(({ text }) => text)).toContain(
        examples[example].text,
      );
      for (const { similarity } of near) expect(similarity).toBeLessThanOrEqual(1);
      expect(near.map(({ similarity }) => similarity)).toEqual(
        near.map(({ similarity }) => similarity).sort((a, b) => b - a),
      );
      expect(near.filter(({ labels }) => labels[0] === examples[example].label).length).toBeGreaterThan(3);
    }
    expect(index.nearest("щука", 3)).toHaveLength(3);
  });

  test("the strongest features of a label are words that only its texts have", async () => {
    const found = await model.strongestFeatures(examples, { count: 5 });
    expect(found.map(({ label }) => label)).toEqual(model.labels);
    for (const { label, features, examples: count } of found) {
      expect(count).toBe(examples.filter((example) => example.label === label).length);
      expect(features).toHaveLength(5);
      const [{ feature, examples: seen, influence }] = features;
      expect(influence).toBeGreaterThan(0);
      const having = examples.filter(({ text }) => text.toLowerCase().includes(feature));
      expect(having.length).toBeGreaterThanOrEqual(seen);
      expect(having.filter((example) => example.label === label).length / having.length).toBeGreaterThan(0.8);
    }
    const [one] = await model.strongestFeatures(examples, { labels: [model.labels[1]], count: 5 });
    expect(one).toEqual(found[1]);
  });

  test("labels of a tree have no features of their own, and a label must be one", async () => {
    const tree = await TextClassifier.train(examples, { epochs: 1, loss: "hs" });
    expectRefusal(await rejection(tree.strongestFeatures(examples)), "usage", /hierarchical softmax/);
    expectRefusal(
      thrown(() => model.explain("goal", { against: "spam" })),
      "usage",
      /"spam"/,
    );
  });

  test("features that share a row are named", async () => {
    const lines = new TextEncoder().encode(examples.map(({ text, label }) => `__label__${label} ${text}\n`).join(""));
    const crowded = await TextClassifier.train([{ lines, file: "train.txt", firstLine: 1 }], {
      tokenizer: "fasttext",
      wordNgrams: 3,
      buckets: 20,
      epochs: 1,
      valid: 0,
    });
    const { features } = crowded.explain(
      examples
        .slice(0, 12)
        .map(({ text }) => text)
        .join(" "),
    );
    const pairs = features.filter(({ kind }) => kind === "word n-gram");
    expect(pairs.filter(({ collidesWith }) => collidesWith.length > 0).length).toBeGreaterThan(pairs.length / 2);
    for (const { text, collidesWith } of features) expect(collidesWith).not.toContain(text);
  });
});
