import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, QUICK, sampleRows, trainedFolder } from "../../test/command.ts";

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

describe("bax test", () => {
  it("prints a table for people", () => {
    const { status, stdout, stderr } = bax(["test", MODEL, at("test.txt")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^90 examples, 3 labels/);
    expect(stdout).toMatch(/^accuracy +[\d.]+ % +95 %: /m);
    expect(stdout).toMatch(/^spam +[\d.]+ % +[\d.]+ % +[\d.]+ % +30$/m);
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
