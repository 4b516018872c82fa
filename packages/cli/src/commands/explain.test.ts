import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, MAIN, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { model: MODEL } = folder;
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
