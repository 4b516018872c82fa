import type { TuneTrial } from "bax";
import { describe, expect, it } from "vitest";
import { flagsOf, trainingChoices } from "../commands/flags.ts";
import { shellLine } from "./shell.ts";
import { difference, trialHead, trialLine } from "./trials.ts";

const TRIAL: TuneTrial = {
  number: 7,
  changes: { charNgrams: [0, 0], lowercase: false, lr: 0.123, wordNgrams: 3 },
  outcome: "measured",
  score: 0.91234,
  gain: -0.0021,
  error: 0.0009,
  price: 1 / 3,
  complete: false,
  bytes: 8_512_345,
  microseconds: 12,
  seconds: 4.24,
};

describe("a trial on one line", () => {
  it("stands under its heads", () => {
    const head = trialHead({ metric: "accuracy" });
    const line = trialLine({ metric: "accuracy" }, TRIAL);
    expect(line).toBe(
      "    7    91.23 %     −0.21 ± 0.09       33 %    8.5 MB   4.2 s  --no-lowercase --word-ngrams 3 --char-ngrams none --lr 0.123\n",
    );
    for (const name of ["trial", "accuracy", "to the defaults", "measured", "size", "time"])
      expect(line[head.indexOf(name) + name.length - 1]).not.toBe(" ");
    expect(line.indexOf("--no")).toBe(head.indexOf("flags"));
  });

  it("shows the time of a text where that is limited", () => {
    const targets = { metric: "accuracy", microseconds: 20 };
    expect(trialHead(targets)).toContain("      size    a text    time");
    expect(trialLine(targets, TRIAL)).toContain("    8.5 MB   12.0 µs   4.2 s");
  });

  it("says why there is no figure", () => {
    const none = { ...TRIAL, score: null, gain: null, error: null, price: 0 };
    expect(trialLine({ metric: "accuracy" }, { ...none, outcome: "too large" })).toMatch(
      / – .* – .* too large {2}--no-lowercase/,
    );
    expect(trialLine({ metric: "accuracy" }, { ...none, outcome: "failed" })).toMatch(/failed: /);
  });

  it("shows a loss as it is, and a gain as one whatever the metric", () => {
    expect(trialLine({ metric: "log-loss" }, { ...TRIAL, score: 0.31234 })).toMatch(/^ {4}7 {5}0\.3123 /);
    expect(difference("log-loss", 0.0123, 0.001)).toBe("+0.0123 ± 0.0010");
    expect(difference("macro-f1", 0.0123, 0.001)).toBe("+1.23 ± 0.10");
  });
});

describe("flagsOf", () => {
  it("gives flags that are read back as the same options", () => {
    const choices = { ...TRIAL.changes, charNgrams: [2, 6], dim: 8, loss: "ova", seed: 3, smoothing: 0 } as const;
    const flags = flagsOf(choices);
    const values: Record<string, unknown> = {};
    for (let i = 0; i < flags.length; i++) {
      const name = flags[i].replace(/^--(no-)?/, "").replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
      if (flags[i].startsWith("--no-")) values[name] = false;
      else values[name] = flags[++i];
    }
    expect(trainingChoices(values)).toEqual(choices);
  });
});

describe("shellLine", () => {
  it("leaves plain words alone and quotes the others", () => {
    expect(shellLine(["bax", "train", "data/a-1.txt", "--lr", "0.5"])).toBe("bax train data/a-1.txt --lr 0.5");
    expect(shellLine(["*.csv", "it's", "a b", "", "$x"])).toBe(String.raw`'*.csv' 'it'\''s' 'a b' '' '$x'`);
  });
});
