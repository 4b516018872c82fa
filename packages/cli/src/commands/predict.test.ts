import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, MAIN, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

describe("bax predict", () => {
  it("writes a line for each line, in order, empty ones too", () => {
    const { status, stdout } = bax(["predict", MODEL, at("texts.txt")]);
    const lines = stdout.split("\n");
    expect(status).toBe(0);
    expect(lines.length).toBe(5);
    expect([lines[0], lines[2], lines[3]].map((line) => line.split("\t")[0])).toEqual(["spam", "ham", "news"]);
    for (const line of lines.slice(0, 4)) expect(line).toMatch(/^\w+\t[01]\.\d{6}$/);
  });

  it("reads standard input by default, and writes k pairs a line, no more than there are labels", () => {
    const { stdout } = bax(["predict", MODEL, "-k", "9"], { input: "win a prize\n" });
    const cells = stdout.trimEnd().split("\t");
    expect(cells.length).toBe(6);
    expect(new Set([cells[0], cells[2], cells[4]]).size).toBe(3);
    expect(Number(cells[1]) + Number(cells[3]) + Number(cells[5])).toBeCloseTo(1, 4);
  });

  it("answers lines of text and rows of a table alike", () => {
    const texts = sampleRows(50).map((row) => row.text);
    writeFileSync(at("same.txt"), texts.join("\n"));
    writeFileSync(at("same.csv"), `id,text\n${texts.map((text, n) => `${n},${text}`).join("\n")}\n`);
    expect(bax(["predict", MODEL, at("same.csv"), "-k", "2"]).stdout).toBe(
      bax(["predict", MODEL, at("same.txt"), "-k", "2"]).stdout,
    );
  });

  it("answers the same whatever the line ends", () => {
    const texts = sampleRows(30).map((row) => row.text);
    writeFileSync(at("lf.txt"), texts.join("\n"));
    writeFileSync(at("crlf.txt"), `${texts.join("\r\n")}\r\n`);
    const answers = bax(["predict", MODEL, at("lf.txt")]).stdout;
    expect(answers.split("\n").length).toBe(31);
    expect(bax(["predict", MODEL, at("crlf.txt")]).stdout).toBe(answers);
  });

  it("writes JSON lines, with the row's own columns when they are kept", () => {
    writeFileSync(at("keep.jsonl"), '{"id":1,"text":"win a free prize","label":"?"}\n{"id":2,"text":"lunch"}\n');
    const [first, second] = bax(["predict", MODEL, at("keep.jsonl"), "--json", "--keep"])
      .stdout.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      id: 1,
      text: "win a free prize",
      "input.label": "?",
      label: "spam",
      predictions: [{ label: "spam" }],
    });
    expect(second).toMatchObject({ id: 2, label: "ham" });
  });

  it("streams 200,000 lines in order within 300 MB", () => {
    const words = ["win free prize", "lunch tomorrow home", "minister election"];
    writeFileSync(
      at("many.txt"),
      Array.from({ length: 200_000 }, (_, n) => `${words[n % 3]} ${"padding ".repeat(20)}`).join("\n"),
    );
    const hook = 'process.on("exit", () => process.stderr.write("RSS " + process.resourceUsage().maxRSS))';
    const { stdout, stderr } = bax(["predict", MODEL, at("many.txt")], {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` },
    });
    const labels = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    expect(labels.length).toBe(200_000);
    expect(labels.every((label, n) => label === ["spam", "ham", "news"][n % 3])).toBe(true);
    expect(Number(/RSS (\d+)/.exec(stderr)?.[1])).toBeLessThan(300_000);
  }, 60_000);

  it("ends quietly when the reader goes away", () => {
    writeFileSync(at("pipe.txt"), "win a free prize\n".repeat(300_000));
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", `"$0" "$1" predict "$2" "$3" | head -1`, process.execPath, MAIN, MODEL, at("pipe.txt")],
      {
        encoding: "utf8",
      },
    );
    expect(stdout).toMatch(/^spam\t/);
    expect(stderr).toBe("");
  });

  it.skipIf(!existsSync("/usr/bin/script"))("asks and answers line by line on a terminal (needs script)", () => {
    const command = `'${process.execPath}' '${MAIN}' predict '${MODEL}'`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      input: "win a free prize\nlunch tomorrow\n\u0004",
      encoding: "utf8",
    });
    expect(stdout).toMatch(/Ctrl-D ends/);
    expect(stdout).toMatch(/spam\t[01]\.\d+/);
    expect(stdout).toMatch(/ham\t[01]\.\d+/);
  });
});
