import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;
writeFileSync(
  at("other.csv"),
  `text,label\n${sampleRows(120)
    .map(({ text, label }) => `${text},${label}`)
    .join("\n")}\n`,
);

describe("bax calibrate", () => {
  it("writes a model with thresholds, which info tells and predict uses", () => {
    const careful = at("careful.safetensors");
    const made = bax(["calibrate", MODEL, at("other.csv"), "-o", careful, "--target-share", "0.5", "--json"]);
    expect(made.status).toBe(0);
    const { calibration, decision } = json(made.stdout) as {
      calibration: { temperature: number };
      decision: { wanted: object; thresholds: number[] };
    };
    expect(calibration.temperature).toBeGreaterThan(0);
    expect(decision).toMatchObject({ wanted: { share: 0.5 } });
    expect(decision.thresholds).toHaveLength(3);
    expect(json(bax(["info", careful, "--json"]).stdout)).toMatchObject({ calibration, decision });
    expect(bax(["info", careful]).stdout).toMatch(/answers\s+50\.0 % of a label's answers kept; thresholds/);
    const answers = bax(["predict", careful, at("other.csv")])
      .stdout.trimEnd()
      .split("\n");
    expect(answers).toHaveLength(120);
    const given = answers.filter((line) => line !== "").length;
    expect(given).toBeGreaterThan(50);
    expect(given).toBeLessThan(90);
    const all = bax(["predict", careful, at("other.csv"), "--threshold", "0"])
      .stdout.trimEnd()
      .split("\n");
    expect(all.every((line) => line !== "")).toBe(true);
    expect(bax(["info", "--reproduce", careful]).stderr).toContain(
      'calibrated since by 120 texts, wanted {"share":0.5}',
    );
  });

  it.each([
    [["-o", "x.bin"], 2, /-o: x\.bin does not end in \.safetensors/],
    [["-o", "x.safetensors", "--target-share", "0.5", "--target-recall", "0.5"], 2, /--target-recall does not go with/],
    [["-o", "x.safetensors", "--target-precision", "95"], 2, /--target-precision: got "95"/],
    [[], 2, /-o is missing/],
  ])("refuses %j", (flags, status, message) => {
    const run = bax(["calibrate", MODEL, at("other.csv"), ...flags]);
    expect(run.status).toBe(status);
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(2);
  });

  it("refuses too little text, and to overwrite what it reads", () => {
    writeFileSync(at("few.csv"), "text,label\nwin a prize,spam\n");
    const few = bax(["calibrate", MODEL, at("few.csv"), "-o", at("x.safetensors")]);
    expect(few.status).toBe(1);
    expect(few.stderr).toContain("1 of 1 texts have a label of the model");
    expect(bax(["calibrate", MODEL, at("other.csv"), "-o", MODEL]).status).toBe(2);
  });
});

describe("how bax predict answers", () => {
  const predict = (flags: readonly string[], input = "win a free prize\n\n") =>
    bax(["predict", MODEL, "-", ...flags], { input });

  it("answers some labels as if there were no others, all with -k all, and logarithms with --log", () => {
    const some = predict(["--labels", "ham, news", "-k", "all"]).stdout.split("\n")[0].split("\t");
    expect([some[0], some[2]].sort()).toEqual(["ham", "news"]);
    expect(Number(some[1]) + Number(some[3])).toBeCloseTo(1, 5);
    expect(predict(["--labels", '["ham","news"]', "-k", "2"]).stdout).toBe(
      predict(["--labels", "news,ham", "-k", "all"]).stdout,
    );
    const logs = predict(["-k", "all", "--log"]).stdout.split("\n")[0].split("\t");
    expect(logs).toHaveLength(6);
    const shares = [1, 3, 5].map((i) => Math.exp(Number(logs[i])));
    expect(shares[0] + shares[1] + shares[2]).toBeCloseTo(1, 4);
    const [first] = predict(["--log", "--json"]).stdout.split("\n");
    expect(json(first)).toMatchObject({ label: "spam", logProbability: Number(logs[1]) });
  });

  it("gives no answer where it abstains, and still a line for each text", () => {
    const input = "win a free prize\nщука жмых кот\n";
    expect(predict(["--abstain", "unknown=0.7"], input).stdout).toMatch(/^spam\t[\d.]+\n\n$/);
    expect(predict(["--abstain", "1"], input).stdout).toBe("\n\n");
    const [, second] = predict(["--abstain", "probability=0.1,unknown=0.7", "--json"], input).stdout.split("\n");
    expect(json(second)).toEqual({ label: null, probability: null, predictions: [] });
  });

  it("writes logarithms into tables under their name", () => {
    writeFileSync(at("rows.csv"), "id,text\n1,win a free prize\n");
    bax(["predict", MODEL, at("rows.csv"), "-o", at("rows.out.csv"), "--log", "--labels", "spam,ham"]);
    const { stdout } = bax(["predict", MODEL, at("rows.csv"), "--keep"]);
    expect(stdout).toContain("win a free prize");
    const written = bax(["predict", MODEL, at("rows.out.csv"), "--json", "--keep"]).stdout;
    expect(json(written)).toHaveProperty("log_probability");
  });

  it("takes the model as it is with --raw", () => {
    expect(predict(["--raw"]).stdout).not.toBe(predict([]).stdout);
  });

  it.each([
    [["--labels", "spam,hamm"], /--labels: the model has no label "hamm"\n.*Did you mean "ham"\?/],
    [["--labels", ","], /--labels: names no label/],
    [["--labels", "[spam"], /--labels: \[spam is not a JSON array/],
    [["--abstain", "mragin=0.5"], /no rule "mragin=0\.5"\n.*Did you mean margin\?/],
    [["--abstain", "margin=2"], /--abstain margin: got "2"/],
    [["-k", "al"], /-k: got "al", expected a whole number of 1 or more, or all/],
  ])("refuses %j", (flags, message) => {
    const run = predict(flags);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
  });
});
