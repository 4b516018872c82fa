import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ReportData } from "@bax/report";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, QUICK, sampleLines, temporaryFolder } from "../../test/command.ts";

const { at, dispose } = temporaryFolder();
afterAll(dispose);

/** What a report's file holds. */
function dataOf(file: string): ReportData {
  const html = readFileSync(file, "utf8");
  const [, json] = /<script type="application\/json" id="bax-data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json) as ReportData;
}

const HOSTILE = "</script><img src=x onerror=alert(1)>";

beforeAll(() => {
  // One in twelve has the label of its neighbour: mistakes to show.
  const noisy = (lines: string[]) =>
    lines.map((line, i) => (i % 12 === 0 ? line.replace(/^\S+/, lines[i + 1]?.split(" ")[0] ?? "__label__ham") : line));
  writeFileSync(at("train.txt"), `${noisy(sampleLines(600)).join("\n")}\n\n no label here\n__label__spam ${HOSTILE}\n`);
  writeFileSync(at("test.txt"), `${noisy(sampleLines(240, 600)).join("\n")}\n__label__new ${HOSTILE}\n`);
  const { status, stderr } = bax(["train", at("train.txt"), "-o", at("m.safetensors"), ...QUICK, "-q"]);
  expect(status, stderr).toBe(0);
});

describe("bax test --report", () => {
  it("writes the figures that it prints, the mistakes and their texts", () => {
    const { stdout, stderr } = bax(["test", at("m.safetensors"), at("test.txt"), "--report", at("t.html"), "--json"]);
    expect(stderr).toContain("t.html");
    const { seconds: _, examplesPerSecond: __, skippedRows: ___, ...printed } = JSON.parse(stdout);
    const { kind, measured, data, model, labels, reproduce } = dataOf(at("t.html"));
    expect(kind).toBe("test");
    expect(measured?.evaluation).toMatchObject(printed);
    expect(measured?.mistakes.length).toBeGreaterThan(5);
    expect(measured?.mistakes.filter(({ explanation }) => explanation).length).toBeGreaterThan(5);
    expect(measured?.curves?.length).toBe(4);
    expect(data).toMatchObject({ examples: 241, empty: 0, duplicates: 0 });
    expect(labels).toEqual(["ham", "news", "spam", "new"].sort((a, b) => labels.indexOf(a) - labels.indexOf(b)));
    expect(model?.bytes).toBeGreaterThan(1000);
    expect(reproduce?.command).toContain("bax test");
    expect(readFileSync(at("t.html"), "utf8")).not.toContain("<img");
  });

  it("refuses two models, other endings, its own inputs and folders that are not there, before any work", () => {
    const test = (file: string, models = [at("m.safetensors")]) =>
      bax(["test", ...models, at("test.txt"), "--report", file]);
    expectFailure(test(at("a.html"), [at("m.safetensors"), at("m.safetensors")]), 2, /two/, /by itself/);
    expectFailure(test(at("a.pdf")), 2, /does not end in \.html/, /report\.html/);
    expectFailure(test(at("none", "a.html")), 1, /does not exist/);
    mkdirSync(at("folder.html"));
    expectFailure(test(at("folder.html")), 1, /is a folder/);
    writeFileSync(at("data.html"), sampleLines(30).join("\n"));
    expectFailure(
      bax(["test", at("m.safetensors"), at("data.html"), "--format", "txt", "--report", at("data.html")]),
      2,
      /one of the other files/,
    );
    expect(existsSync(at("a.html"))).toBe(false);
  });
});

describe("bax train --report", () => {
  const train = (...flags: string[]) =>
    bax(["train", at("train.txt"), "-o", at("again.safetensors"), ...QUICK, "--report", at("r.html"), ...flags]);

  it("shows the held-out part with its texts, the curve and the options, and leaves the model as it is", () => {
    const { stdout, stderr, status } = train("--json");
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(stdout).not.toContain("heldOut");
    expect(readFileSync(at("again.safetensors")).equals(readFileSync(at("m.safetensors")))).toBe(true);
    const { kind, measured, data, curve, model } = dataOf(at("r.html"));
    expect(kind).toBe("train");
    expect(measured?.evaluation.accuracy).toBe(report.valid.accuracy);
    const counted = measured?.cells.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(report.valid.examples);
    const confusions = new Map(report.valid.confusions.map((one: { gold: string }) => [one.gold, one]));
    expect(confusions.size).toBeGreaterThan(0);
    // The texts are those of the examples that were held out: each shows the words of what it truly is, or is one of the noisy ones.
    const text = measured?.cells.find(({ gold, predicted }) => gold === predicted)?.texts[0].text;
    expect(readFileSync(at("train.txt"), "utf8")).toContain(text);
    expect(measured?.explained).toMatch(/had not seen/);
    expect(curve).toHaveLength(report.curve.length);
    expect(data?.examples).toBe(601);
    expect(model?.options.find(({ name }) => name === "epochs")?.chosen).toBe(true);
    expect(model?.fingerprint).toBe(report.fingerprint);
  });

  it("counts what the evaluation counts, cell by cell", () => {
    const { stdout } = train("--json", "--seed", "3");
    const { labels, measured } = dataOf(at("r.html"));
    for (const { gold, predicted, count } of JSON.parse(stdout).valid.confusions) {
      const cell = measured?.cells.find((one) => labels[one.gold] === gold && labels[one.predicted] === predicted);
      expect(cell?.count).toBe(count);
    }
  });

  it("measures on a file that was given", () => {
    const { stdout } = train("--valid", at("test.txt"), "--json");
    const { measured } = dataOf(at("r.html"));
    expect(measured?.name).toContain("test.txt");
    expect(measured?.evaluation.accuracy).toBe(JSON.parse(stdout).valid.accuracy);
    expect(measured?.explained).toBeNull();
    expect(measured?.mistakes.length).toBeGreaterThan(5);
  });

  it("says why there are no figures where nothing was held out", () => {
    expect(train("--valid", "0").status).toBe(0);
    expect(dataOf(at("r.html"))).toMatchObject({ measured: null, notMeasured: expect.stringMatching(/held out/) });
  });

  it("has its texts where memory is limited, but large enough", () => {
    const { status, stderr } = train("--memory", "64MB");
    expect(status, stderr).toBe(0);
    const { measured } = dataOf(at("r.html"));
    expect(measured?.cells.flatMap(({ texts }) => texts).length).toBeGreaterThan(10);
    expect(measured?.thresholds).not.toBeNull();
  });

  it("refuses folds", () => {
    expectFailure(train("--folds", "3"), 2, /--folds does not go with --report/);
  });
});

describe("bax audit --report", () => {
  it("shows what it found, where it is and what the data are", () => {
    const run = bax(["audit", at("train.txt"), "--test", at("test.txt"), "--report", at("a.html"), "--json"]);
    expect(run.status, run.stderr).toBe(0);
    const found = JSON.parse(run.stdout);
    const { kind, findings, data } = dataOf(at("a.html"));
    expect(kind).toBe("audit");
    expect(data).toMatchObject({ examples: 602 });
    expect(findings?.kinds.map((one) => one.kind)).toEqual(found.checks);
    for (const one of findings?.kinds ?? []) expect(one.count).toBe(found.counts[one.kind]);
    const lines = readFileSync(at("train.txt"), "utf8").split("\n");
    const ofRows = findings?.findings.filter(({ text }) => text !== null) ?? [];
    expect(ofRows.length).toBeGreaterThan(0);
    for (const { place, text, label, suggestion } of ofRows) {
      const labels = label === null ? "" : `__label__${label} `;
      expect(lines[Number(place?.split(":").at(-1)) - 1]).toBe(`${labels}${text}`);
      expect(suggestion).not.toBe(label);
    }
  });

  it("refuses one of its other files, and to look for nothing", () => {
    const report = ["--report", at("a.html")];
    expectFailure(bax(["audit", at("train.txt"), "--report", at("a.csv")]), 2, /--report: .* does not end in \.html/);
    const edited = ["--findings", at("f.csv"), "--fix", at("c.txt")];
    expectFailure(bax(["audit", at("train.txt"), ...edited, ...report]), 2, /--report does not go with it/);
  });
});

describe("bax explain --html", () => {
  it("writes every explanation as a page, besides what it prints", () => {
    const texts = ["win a free prize", HOSTILE, ""];
    const { stdout, status } = bax(["explain", at("m.safetensors"), "-", "--html", at("e.html"), "--json"], {
      input: `${texts.join("\n")}\n`,
    });
    expect(status).toBe(0);
    const printed = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { explanations, kind } = dataOf(at("e.html"));
    expect(kind).toBe("explain");
    expect(explanations.map(({ text }) => text)).toEqual(texts);
    for (const [i, { label, logit, spans }] of explanations.entries()) {
      expect(label).toBe(printed[i].label);
      expect(logit).toBeCloseTo(printed[i].logit, 4);
      expect(spans).toHaveLength(printed[i].spans.length);
    }
    expect(readFileSync(at("e.html"), "utf8")).not.toContain("<img");
  });

  it("refuses what is no page", () => {
    expectFailure(bax(["explain", at("m.safetensors"), "win", "--html", at("e.txt")]), 2, /--html.*\.html/);
  });
});
