import type { TrainingProgress } from "bax";
import { describe, expect, it } from "vitest";
import { clock, TrainingReporter } from "./progress.ts";

const HALF: TrainingProgress = {
  phase: "train",
  fraction: 0.5,
  examples: 100,
  loss: 0.25,
  examplesPerSecond: 1000,
  secondsLeft: 61,
  epoch: 1,
  epochs: 2,
};

/** What a reporter says of a whole training run. */
function said(verbose: number, isWhole = true): string {
  let text = "";
  const reporter = new TrainingReporter({ verbose, lr: 0.1, threads: 2 }, (more) => (text += more));
  reporter.read({ tokens: 4, words: 2, labels: 1 });
  reporter.training(HALF, 10);
  reporter.done(isWhole);
  return text;
}

const READ = "\rRead 0M words\nNumber of words:  2\nNumber of labels: 1\n";
const HALFWAY = "\rProgress:  50.0% words/sec/thread:    5000 lr:  0.050000 avg.loss:  0.250000 ETA:   0h 1m 1s";
const END = "\rProgress: 100.0% words/sec/thread:    5000 lr:  0.000000 avg.loss:  0.250000 ETA:   0h 0m 0s\n";

describe("TrainingReporter", () => {
  it("says nothing, the end, or all, as -verbose asks for", () => {
    expect(said(0)).toBe("");
    expect(said(1)).toBe(READ + END);
    expect(said(2)).toBe(READ + HALFWAY + END);
  });

  it("does not claim that all is learned where it was interrupted", () => {
    expect(said(1, false)).toMatch(/\rProgress: {2}50\.0%/);
  });
});

it("time left is in hours, minutes and seconds", () => {
  expect([clock(0), clock(3661.9), clock(360_000), clock(Number.POSITIVE_INFINITY)]).toEqual([
    "  0h 0m 0s",
    "  1h 1m 1s",
    "100h 0m 0s",
    "  0h 0m 0s",
  ]);
});
