import type { BatchPredictions } from "bax";
import { describe, expect, it } from "vitest";
import { formatExplanation } from "./explanation.ts";
import { count, duration, fileSize, percent, percentRange } from "./numbers.ts";
import { PredictionWriter } from "./predictions.ts";
import { describeProgress } from "./progress.ts";
import { formatTable } from "./table.ts";

const batch: BatchPredictions = {
  count: 2,
  k: 2,
  labels: Int32Array.of(1, 0, 0, -1),
  probabilities: Float32Array.of(0.75, 0.25, 1, 0),
};
const lines = new TextEncoder().encode("first\r\nsecond\n");
const writer = (options = {}) =>
  new PredictionWriter(["ham", "sp\tam"], { log: false, json: false, keep: false, ...options });

const linesOf = (writer: PredictionWriter, ...given: Parameters<PredictionWriter["lines"]>): string =>
  Buffer.from(writer.lines(...given)).toString();

describe("PredictionWriter", () => {
  it("writes k pairs a line, fewer where there are fewer, and no tab from inside a label", () => {
    expect(linesOf(writer(), batch, lines)).toBe("sp am\t0.750000\tham\t0.250000\nham\t1.000000\n");
  });

  it("writes an empty line, or null, for a text without an answer", () => {
    const none = { ...batch, labels: Int32Array.of(-1, -1, ...batch.labels.subarray(2)) };
    expect(linesOf(writer(), none, lines)).toBe("\nham\t1.000000\n");
    expect(linesOf(writer({ json: true }), none, lines).split("\n")[0]).toBe(
      '{"label":null,"probability":null,"predictions":[]}',
    );
  });

  it("writes one JSON document a line, with the line's own text when it is kept", () => {
    const [first] = linesOf(writer({ json: true, keep: true }), batch, lines).split("\n");
    expect(JSON.parse(first)).toEqual({
      text: "first",
      label: "sp\tam",
      probability: 0.75,
      predictions: [
        { label: "sp\tam", probability: 0.75 },
        { label: "ham", probability: 0.25 },
      ],
    });
  });

  it("keeps a row's own columns, a clashing one under input.", () => {
    const answers = [[{ label: "ham", probability: 0.5 }]];
    const row = '{"id":7,"label":"spam","text":"a\\tb"}';
    expect(JSON.parse(writer({ json: true, keep: true }).rows(answers, [row]))).toEqual({
      id: 7,
      "input.label": "spam",
      text: "a\tb",
      label: "ham",
      probability: 0.5,
      predictions: [{ label: "ham", probability: 0.5 }],
    });
    expect(writer({ keep: true }).rows(answers, [row])).toBe("ham\t0.500000\t7\tspam\ta b\n");
  });
});

describe("formatExplanation", () => {
  const text = "free money now";
  const explanation = {
    label: "spam",
    against: null,
    probability: 0.9,
    logit: 1.5,
    bias: 0,
    spans: [
      { start: 0, end: 4, text: "free", contribution: 2 },
      { start: 5, end: 10, text: "money", contribution: 0 },
      { start: 11, end: 14, text: "now", contribution: -0.5 },
    ],
    features: [],
  };

  it("lists spans by strength with the sum, and leaves out those that say nothing", () => {
    const out = formatExplanation(text, explanation, false);
    expect(out.split("\n").map((line) => line.trim().replace(/\s+/g, " "))).toEqual([
      "spam 90.0 %",
      "free money now",
      "span contribution",
      "free +2.0000",
      "now −0.5000",
      "= logit +1.5000",
      "",
      "",
    ]);
  });

  it("colours by sign, and only when asked", () => {
    const out = formatExplanation(text, explanation, true);
    expect(out).toContain("\u001b[32m\u001b[1mfree\u001b[0m money \u001b[31mnow\u001b[0m");
    expect(formatExplanation(text, explanation, false)).not.toContain("\u001b");
  });
});

describe("numbers", () => {
  it("reads as people write", () => {
    expect([percent(0.9213), percentRange([0.91, 1]), count(1, "row"), count(2000, "row")]).toEqual([
      "92.1 %",
      "91.0–100.0 %",
      "1 row",
      "2,000 rows",
    ]);
    expect([0.44, 12, 200, 7500].map(duration)).toEqual(["0.4 s", "12 s", "3 min 20 s", "2 h 5 min"]);
    expect([0, 999, 1000, 4_100_000, 999_999].map(fileSize)).toEqual(["0 B", "999 B", "1.0 kB", "4.1 MB", "1.0 MB"]);
  });

  it("describes progress by what is known", () => {
    const step = {
      phase: "train",
      fraction: 0.25,
      examples: 100,
      loss: 0.5,
      examplesPerSecond: 1234.5,
      secondsLeft: 3,
      epoch: 1.2,
      epochs: 5,
    } as const;
    expect(describeProgress(step)).toBe("training 25 %  epoch 2/5  loss 0.5000  1,235 examples/s  3.0 s left");
    expect(
      describeProgress({ ...step, phase: "read", examplesPerSecond: 0, secondsLeft: Number.POSITIVE_INFINITY }),
    ).toBe("reading 25 %  100 examples");
  });
});

describe("formatTable", () => {
  it("lines columns up, counting wide characters twice and cutting long cells", () => {
    const out = formatTable(
      [{ head: "a" }, { head: "n", align: "right" }],
      [
        ["日本", "1"],
        ["x".repeat(50), "10"],
      ],
      10,
    );
    expect(out).toBe("a            n\n日本         1\nxxxxxxxxx…  10\n");
  });
});
