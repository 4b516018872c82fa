import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, QUICK, sampleLines, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

describe("several labels an example", () => {
  it("are learned from JSON arrays, from a separator and from fastText lines alike, and measured at k", () => {
    const table = sampleRows(300).map(({ text, label }) => ({
      text,
      label: [label, text.includes("1") ? "one" : "none"],
    }));
    writeFileSync(at("several.json"), JSON.stringify(table));
    writeFileSync(at("several.csv"), `text,label\n${table.map((r) => `${r.text},${r.label.join("+")}`).join("\n")}\n`);
    writeFileSync(
      at("several.txt"),
      table.map((r) => `${r.label.map((l) => `__label__${l}`).join(" ")} ${r.text}`).join("\n"),
    );
    const reports = [["several.json"], ["several.csv", "--label-separator", "+"], ["several.txt"]].map(
      ([name, ...flags]) => {
        const { stdout } = bax(["train", at(name), ...flags, "-o", at("m.safetensors"), ...QUICK, "--json", "-q"]);
        const { labels, valid } = JSON.parse(stdout);
        return { labels, accuracy: valid.accuracy };
      },
    );
    expect(reports[0].labels).toBe(5);
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
    const tested = JSON.parse(bax(["test", at("m.safetensors"), at("several.json"), "-k", "2", "--json"]).stdout);
    expect(tested.recallAtK).toBeGreaterThan(0.8);
    expect(tested.precisionAtK).toBeCloseTo(tested.recallAtK, 12);
  });
});

describe("data with several labels an example", () => {
  const lines = sampleLines(120, 600).map((line, n) => (n % 2 === 0 ? `__label__even ${line}` : line));

  it("get decisions label by label", () => {
    writeFileSync(at("multi.txt"), `${lines.join("\n")}\n`);
    writeFileSync(at("multi-train.txt"), `${lines.map((line) => line.replace("even ", "even x2 ")).join("\n")}\n`);
    const made = bax(["train", at("multi-train.txt"), "-o", at("ova.safetensors"), "--loss", "ova", ...QUICK, "-q"]);
    expect(made.status).toBe(0);
    const { multiLabel, brier } = JSON.parse(bax(["test", at("ova.safetensors"), at("multi.txt"), "--json"]).stdout);
    expect(multiLabel.labelsPerExample).toBe(1.5);
    expect(brier).toBeLessThan(1);
    for (const average of ["micro", "macro", "weighted", "samples"])
      expect(multiLabel[average]).toEqual({
        precision: expect.any(Number),
        recall: expect.any(Number),
        f1: expect.any(Number),
      });
    const { stdout } = bax(["test", at("ova.safetensors"), at("multi.txt")]);
    expect(stdout).toMatch(/^labels from 50 % on: [\d.]+ an example, truly 1\.50$/m);
    expect(stdout).toMatch(/^all labels right +[\d.]+ %$/m);
    expect(stdout).toMatch(/^samples( +[\d.]+ %){3}$/m);
  });
});

describe("bax test with two models", () => {
  const poor = at("poor.safetensors");
  beforeAll(() => {
    // A third of what it learns from is wrong.
    const labels = ["spam", "ham", "news"];
    const lines = sampleLines(300).map((line, n) =>
      n % 3 === 0 ? line.replace(/__label__\S+/, `__label__${labels[(n / 3) % 3]}`) : line,
    );
    writeFileSync(at("wrong.txt"), `${lines.map((line) => line.replace(/ \w+/g, (w) => w.slice(0, 3))).join("\n")}\n`);
    expect(bax(["train", at("wrong.txt"), "-o", poor, ...QUICK, "-q"]).status).toBe(0);
  });

  it("tells which is better, with both figures side by side", () => {
    const { status, stdout, stderr } = bax(["test", poor, MODEL, at("test.txt")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^90 examples +a: poor\.safetensors +b: model\.safetensors +b − a, in points \(95 %\)$/m);
    expect(stdout).toMatch(
      /^accuracy +[\d.]+ % \([\d.]+–[\d.]+ %\) +[\d.]+ % \([\d.]+–[\d.]+ %\) +\+[\d.]+ \(\+[\d.]+ to \+[\d.]+\)$/m,
    );
    expect(stdout).toMatch(/^only it right +\d+ +\d+ +p = .*McNemar/m);
    expect(stdout).toMatch(/^b is better: it alone is right on \d+ examples, the other alone on \d+/m);
  });

  it("says that no difference can be told between a model and itself", () => {
    expect(bax(["test", MODEL, MODEL, at("test.txt")]).stdout).toMatch(
      /^no difference can be told: a and b are right on the same examples$/m,
    );
  });

  it("has all of it as JSON, the same every time, and the evaluations that each model gets alone", () => {
    const run = () => JSON.parse(bax(["test", poor, MODEL, at("test.txt"), "--json"]).stdout);
    const found = run();
    const timeless = ({ seconds, examplesPerSecond, ...rest }: Record<string, unknown>) => rest;
    expect(found).toMatchObject({
      ...{ examples: 90, better: "b", seed: 1, skippedRows: 0 },
      a: { model: poor, examples: 90 },
      b: { model: MODEL, examples: 90 },
      mcNemar: { onlyA: expect.any(Number), onlyB: expect.any(Number), pValue: expect.any(Number) },
      difference: { accuracy: { resamples: 10_000 }, macroF1: { resamples: 2000 } },
    });
    expect(found.difference.accuracy.value).toBeCloseTo(found.b.accuracy - found.a.accuracy, 12);
    expect(found.difference.macroF1.value).toBeCloseTo(found.b.macroF1 - found.a.macroF1, 12);
    const again = run();
    expect([again.difference, again.mcNemar]).toEqual([found.difference, found.mcNemar]);
    const { skippedRows: _, ...alone } = JSON.parse(bax(["test", MODEL, at("test.txt"), "--json"]).stdout);
    const { model: __, ...ofB } = found.b;
    expect(timeless(ofB)).toEqual(timeless(alone));
  });

  it("knows a model by its bytes, and reads data from standard input", () => {
    copyFileSync(MODEL, at("renamed"));
    const input = readFileSync(at("test.txt"));
    const outcome = bax(["test", poor, at("renamed"), "-", "--format", "txt"], { input });
    expect(outcome.stdout, outcome.stderr).toMatch(/^b is better/m);
  });

  it("takes models with other labels", () => {
    writeFileSync(
      at("two.txt"),
      `${sampleLines(300)
        .filter((line) => !line.startsWith("__label__news"))
        .join("\n")}\n`,
    );
    expect(bax(["train", at("two.txt"), "-o", at("two.safetensors"), ...QUICK, "-q"]).status).toBe(0);
    const { stdout } = bax(["test", MODEL, at("two.safetensors"), at("test.txt")]);
    expect(stdout).toMatch(/^labels +3 +2$/m);
    expect(stdout).toMatch(/^a is better/m);
  });

  it("refuses models without data, models after data, and more than two", () => {
    expectFailure(bax(["test", poor, MODEL]), 2, /two models .* nothing to measure them on/, /bax test .* test\.txt/);
    expectFailure(
      bax(["test", at("test.txt"), MODEL]),
      2,
      /test\.txt stands where the model should/,
      /Models come first/,
    );
    expectFailure(bax(["test", poor, MODEL, MODEL, at("test.txt")]), 2, /got 3 models/, /compares two/);
    expectFailure(bax(["test", poor, at("modl.safetensors"), at("test.txt")]), 1, /no such file/, /model\.safetensors/);
  });

  it("refuses data without labels", () => {
    writeFileSync(at("bare.txt"), "no label here\n");
    expectFailure(bax(["test", poor, MODEL, at("bare.txt")]), 1, /no example has a label/);
  });
});

describe("bax test", () => {
  it("prints a table for people", () => {
    const { status, stdout, stderr } = bax(["test", MODEL, at("test.txt")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^90 examples, 3 labels/);
    expect(stdout).toMatch(/^accuracy +[\d.]+ % +95 %: /m);
    expect(stdout).toMatch(/^label +precision +recall +F1 +AP +AUC +examples$/m);
    expect(stdout).toMatch(/^spam( +[\d.]+ %){5} +30$/m);
    for (const figure of ["weighted F1", "average precision", "ROC AUC", "log loss", "Brier score", "calibration"])
      expect(stdout).toMatch(new RegExp(`^${figure} +[\\d.]+`, "m"));
  });

  it("prints the names that scripts rely on as JSON", () => {
    const evaluation = JSON.parse(bax(["test", MODEL, at("test.txt"), "--json", "-k", "2"]).stdout);
    for (const name of [
      "examples",
      "labels",
      "accuracy",
      "precisionAtK",
      "recallAtK",
      "microF1",
      "macroF1",
      "logLoss",
      "ece",
      "weightedF1",
      "brier",
      "aurc",
      "macroAveragePrecision",
      "microAveragePrecision",
      "weightedAveragePrecision",
      "macroRocAuc",
      "microRocAuc",
      "weightedRocAuc",
      "seconds",
      "examplesPerSecond",
    ]) {
      expect(evaluation[name], name).toEqual(expect.any(Number));
    }
    expect(evaluation.accuracy).toBeGreaterThan(0.9);
    expect(evaluation).toMatchObject({
      examples: 90,
      labels: 3,
      k: 2,
      intervals: { accuracy: [expect.any(Number), expect.any(Number)] },
    });
    expect(evaluation.perLabel.length).toBe(3);
    expect(evaluation.perLabel[0]).toMatchObject({
      averagePrecision: expect.any(Number),
      rocAuc: expect.any(Number),
    });
    expect(evaluation.multiLabel).toBeNull();
    const sum = (rows: { count: number }[]) => rows.reduce((total, { count }) => total + count, 0);
    expect([sum(evaluation.confusionMatrix), sum(evaluation.reliability)]).toEqual([90, 90]);
    expect(evaluation.coverage.at(-1)).toMatchObject({ coverage: 1, accuracy: evaluation.accuracy });
  });

  it("counts a label that was never seen as missed and names the nearest", () => {
    writeFileSync(at("unseen.txt"), "__label__spma win free prize\n__label__spam win free prize\n");
    expect(JSON.parse(bax(["test", MODEL, at("unseen.txt"), "--json"]).stdout)).toMatchObject({
      examples: 2,
      accuracy: 0.5,
    });
    expect(bax(["test", MODEL, at("unseen.txt")]).stdout).toMatch(/never seen: "spma" \(1\) Did you mean "spam"\?/);
  });
});
