import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

describe("bax explain", () => {
  it("gives contributions that add up to the logit, as JSON", () => {
    const explanation = JSON.parse(bax(["explain", MODEL, "win a free prize at lunch", "--json"]).stdout);
    const sum = explanation.spans.reduce(
      (total: number, span: { contribution: number }) => total + span.contribution,
      0,
    );
    expect(sum).toBeCloseTo(explanation.logit, 5);
    expect(explanation).toMatchObject({ text: "win a free prize at lunch", label: "spam" });
    for (const { start, end, text } of explanation.spans)
      if (start < end) expect(explanation.text.slice(start, end)).toBe(text);
  });

  it("prints the text, its spans and the sum, without colour into a pipe", () => {
    const { stdout } = bax(["explain", MODEL, "win", "a", "free", "prize"]);
    expect(stdout).toMatch(/^spam {2}[\d.]+ %\nwin a free prize\n/);
    expect(stdout).toMatch(/^= logit +[+−][\d.]+$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("explains another label when asked, texts of standard input one by one, and an empty text", () => {
    expect(JSON.parse(bax(["explain", MODEL, "win a prize", "--label", "ham", "--json"]).stdout).label).toBe("ham");
    expect(bax(["explain", MODEL, "-", "--json"], { input: "win\nlunch\n" }).stdout.trimEnd().split("\n").length).toBe(
      2,
    );
    expect(bax(["explain", MODEL, ""]).status).toBe(0);
  });
});

describe("bax explain with more to hold it against", () => {
  it("explains the difference to the runner-up, and to a label", () => {
    const text = "win a free lunch";
    const of = (...flags: string[]) => JSON.parse(bax(["explain", MODEL, text, "--json", ...flags]).stdout);
    const runnerUp = of("--against", "runner-up");
    const [first, second] = ["label", "against"].map((name) => of("--label", runnerUp[name]).logit as number);
    expect(runnerUp.logit).toBeCloseTo(first - second, 4);
    expect(bax(["explain", MODEL, text, "--against", "news"]).stdout).toMatch(
      /against news\n[\s\S]*= difference of logits/,
    );
  });

  it("shows the nearest examples, of lines and of a table", () => {
    const { stdout } = bax(["explain", MODEL, "win a free prize", "--examples", at("train.txt"), "--nearest", "3"]);
    const near = stdout.slice(stdout.indexOf("nearest examples")).trimEnd().split("\n").slice(1);
    expect(near).toHaveLength(3);
    for (const line of near) expect(line).toMatch(/spam +(0\.\d{3}|1\.000)$/);
    const { nearest } = JSON.parse(
      bax(["explain", MODEL, "win a free prize", "--examples", at("train.txt"), "--json"]).stdout,
    );
    expect(nearest).toHaveLength(5);
    expect(nearest[0]).toMatchObject({ labels: ["spam"] });
  });

  it("names the strongest features of each label", () => {
    const { stdout } = bax(["explain", MODEL, "--strongest", "3", "--examples", at("train.txt")]);
    expect(stdout).toMatch(/^spam \(200 examples\)/m);
    const one = bax(["explain", MODEL, "--strongest", "--examples", at("train.txt"), "--label", "ham", "--json"]);
    const { label, features } = JSON.parse(one.stdout);
    expect(label).toBe("ham");
    expect(features).toHaveLength(10);
    expect(features.map(({ feature }: { feature: string }) => feature).join(" ")).toMatch(/lunch|meeting|dinner/);
  });

  it("refuses what does not go together", () => {
    expectFailure(bax(["explain", MODEL, "--strongest"]), 2, /--strongest needs --examples/, /--examples train\.txt/);
    const examples = ["--examples", at("train.txt")];
    expectFailure(bax(["explain", MODEL, "win", "--strongest", "3", ...examples]), 2, /explains labels, but got/);
    expectFailure(bax(["explain", MODEL, "win", "--against", "hamm"]), 2, /no label "hamm"/, /Did you mean "ham"/);
    expectFailure(bax(["explain", MODEL, "win", "--examples", at("nothing.txt")]), 1, /nothing\.txt/);
    expectFailure(bax(["explain", MODEL, "win", "--nearest", "0", ...examples]), 2, /--nearest: got "0"/);
  });
});

describe.skipIf(!existsSync("/usr/bin/script"))("colour (needs script)", () => {
  it("is on a terminal, and never with NO_COLOR", () => {
    const command = `'${process.execPath}' '${MAIN}' explain '${MODEL}' 'win a free prize'`;
    const onTerminal = (env: NodeJS.ProcessEnv) =>
      spawnSync("script", ["-qec", command, "/dev/null"], {
        encoding: "utf8",
        env: { ...process.env, TERM: "xterm", ...env },
      }).stdout;
    expect(onTerminal({ NO_COLOR: "" })).toContain("\u001b[32m");
    expect(onTerminal({ NO_COLOR: "1" })).not.toContain("\u001b[");
  });
});

describe("bax info", () => {
  it("tells what is in the file, for people and as JSON", () => {
    const { stdout } = bax(["info", MODEL]);
    expect(stdout).toMatch(/features × 16 × 3 labels/);
    expect(stdout).toMatch(/labels +.*spam/);
    const facts = JSON.parse(bax(["info", MODEL, "--json"]).stdout);
    expect(facts).toMatchObject({ labels: 3, dimension: 16, bytes: readFileSync(MODEL).length });
    expect(facts.labelNames.sort()).toEqual(["ham", "news", "spam"]);
  });
});
describe("bax alone and its help", () => {
  it("shows three examples and exits 0", () => {
    const { status, stdout, stderr } = bax([]);
    expect({ status, stderr, examples: stdout.match(/^ {2}bax /gm)?.length }).toEqual({
      status: 0,
      stderr: "",
      examples: 3,
    });
  });

  it("prints help and version on standard output", () => {
    expect(bax(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = bax(["train", "--help"]);
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^Example: bax train/);
    expect(help.stdout).toMatch(/--char-ngrams <min-max>/);
    expect(help.stdout).toMatch(/--no-lowercase/);
  });
});
