import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, sampleLines, temporaryFolder } from "../test/command.ts";

const folder = temporaryFolder();
const { at } = folder;
const QUICK = ["--epochs", "2", "--dim", "8", "--quiet"];

/** Writes a file and returns its path. */
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

let model: Uint8Array;
const train = (data: string, ...flags: string[]) =>
  bax(["train", data, "-o", at("new.safetensors"), ...QUICK, ...flags]);

beforeAll(() => {
  file("train.txt", `${sampleLines(300).join("\n")}\n`);
  mkdirSync(at("folder"));
  const made = bax(["train", at("train.txt"), "-o", at("model.safetensors"), ...QUICK]);
  if (made.status !== 0) throw new Error(made.stderr);
  model = readFileSync(at("model.safetensors"));
}, 60_000);
afterAll(() => folder.dispose());

describe("bax train refuses, in two lines,", () => {
  it.each([
    ["a missing file, with the nearest name", "tran.txt", 1, /tran\.txt: no such file/, /train\.txt/],
    ["a file in a missing folder", "nowhere/a.txt", 1, /folder .* does not exist/, /path/],
    ["an empty folder", "folder", 1, /the folder holds no data/, /\.csv/],
    ["a pattern that matches nothing", "*.jsonl", 1, /no file matches/, /pattern/],
  ])("%s", (_, name, status, what, advice) => {
    expectFailure(train(at(name)), status, what, advice);
  });

  it.each([
    ["a binary file", "b.txt", Uint8Array.from({ length: 9000 }, (_, n) => (n * 151) & 255), 1, /binary file/],
    ["UTF-16", "u.txt", Buffer.from("\uFEFF__label__a b\n", "utf16le"), 1, /UTF-16/],
    [
      "gzip data that were cut short",
      "c.txt.gz",
      gzipSync(sampleLines(500).join("\n")).subarray(0, 900),
      1,
      /gzip data are damaged/,
    ],
    ["an empty file", "e.txt", "", 1, /./],
    ["lines without a label", "n.txt", "one two\nthree four\n", 1, /label/],
    ["nothing but empty lines", "l.txt", "\n\n\n\n", 1, /l\.txt: no labelled example/],
    ["one class only", "k.txt", "__label__a one two\n".repeat(30), 1, /k\.txt: only one label, "a"/],
    ["a single example", "s.txt", "__label__a one two\n", 1, /only one label/],
    ["labels without any text", "w.txt", "__label__a\n__label__b\n", 1, /no text/],
    ["an ending that says nothing", "x.dat", "__label__a b\n", 2, /ending says nothing/],
    ["an empty table", "e.csv", "", 1, /empty/],
    ["a table with a header alone", "h.csv", "text,label\n", 1, /no rows/],
    ["a table whose labels are all empty", "v.csv", "text,label\na,\nb,\n", 1, /no row has a label/],
    ["a table that does not say which column is which", "q.csv", "a,b,c\n1x,2x,3x\n", 2, /which column/],
    ["a row with too many fields", "f.csv", "text,label\na,b\nc,d,e\n", 1, /f\.csv:3: the row has 3 fields/],
    ["a quote that is never closed", "o.csv", `text,label\na,b\n"c,d\n${"e,f\n".repeat(5000)}`, 1, /o\.csv/],
    ["a table that is not UTF-8", "i.csv", Buffer.from("text,label\ncaf\xe9,a\n", "latin1"), 1, /not UTF-8/],
    ["broken JSON lines", "b.jsonl", '{"text":"a","label":"b"}\n{"text":', 1, /b\.jsonl: row 2/],
    ["JSON that holds no objects", "n.json", "[1,2]", 1, /no JSON object/],
    ["a text named .parquet", "p.parquet", "no parquet at all", 1, /p\.parquet/],
  ])("%s", (_, name, content, status, what) => {
    expectFailure(train(file(name, content)), status, what);
  });

  it("a column that is not there, with the columns and the nearest", () => {
    const table = file("t.csv", "text,category\na,b\n");
    expectFailure(
      train(table, "--label", "catgory"),
      2,
      /no column "catgory"/,
      /"text", "category".*Did you mean "category"/,
    );
  });

  it.each([
    ["an unknown flag, with the nearest", ["--epohcs", "3"], /unknown option '--epohcs'/, /--epochs/],
    ["a rate of 1e9", ["--lr", "1e9"], /--lr: got 1000000000, expected/],
    ["a rate that is no number", ["--lr", "fast"], /--lr: got "fast"/],
    ["an empty number", ["--dim", ""], /--dim: got ""/],
    ["no epochs", ["--epochs", "0"], /--epochs: got 0/],
    ["half an epoch", ["--epochs", "1.5"], /--epochs: got 1\.5/],
    ["0 threads", ["--threads", "0"], /--threads: got 0/],
    ["−1 threads", ["--threads", "-1"], /./],
    ["n-grams that run backwards", ["--char-ngrams", "5-2"], /--char-ngrams: got/],
    ["n-grams that are no numbers", ["--char-ngrams", "few"], /--char-ngrams: got "few"/],
    ["an unknown loss", ["--loss", "hinge"], /--loss: got "hinge"/],
    ["a NaN", ["--valid", "NaN"], /--valid: got "NaN"/],
    ["an unknown format", ["--format", "exel"], /unknown format "exel"/],
  ])("%s", (_, flags, what, advice = /\S/) => {
    expectFailure(train(at("train.txt"), ...flags), 2, what, advice);
  });

  it("standard input given twice", () => {
    expectFailure(bax(["train", "-", "-", "-o", at("new.safetensors")]), 2, /standard input \(-\) is given twice/);
  });

  it("no data, no output, an unknown command and an unknown shell", () => {
    expectFailure(bax(["train"]), 2, /missing required argument 'data'/);
    expectFailure(bax(["train", at("train.txt")]), 2, /-o is missing/, /-o model\.safetensors/);
    expectFailure(bax(["tarin"]), 2, /unknown command/, /train/);
    expectFailure(bax(["completion", "powershell"]), 2, /unknown shell/);
  });

  it("an output whose folder is missing, or that is a folder, before it reads a byte", () => {
    const missing = bax(["train", at("missing.txt"), "-o", at("no", "such", "m.safetensors")]);
    expectFailure(missing, 1, /the folder .* does not exist/, /mkdir/);
    expectFailure(bax(["train", at("train.txt"), "-o", at("folder")]), 1, /is a folder/, /-o/);
    expectFailure(bax(["train", at("train.txt"), "-o", at("train.txt", "m")]), 1, /./);
  });

  it("an output that is one of its inputs, which stays as it was", () => {
    const before = readFileSync(at("train.txt"));
    expectFailure(
      bax(["train", at("train.txt"), "-o", at("folder", "..", "train.txt"), ...QUICK]),
      2,
      /one of the files to learn from/,
    );
    expect(readFileSync(at("train.txt")).equals(before)).toBe(true);
  });

  it("an output that may not be written", () => {
    // Root may write anywhere but where there is no file system for it.
    const root = process.getuid?.() === 0;
    mkdirSync(at("locked"), { recursive: true });
    chmodSync(at("locked"), 0o555);
    const output = root ? "/proc/bax.safetensors" : at("locked", "m.safetensors");
    expectFailure(bax(["train", at("train.txt"), "-o", output, ...QUICK]), 1, /bax\.safetensors|locked|\/proc/);
  });
});

describe("bax train does the sensible thing with", () => {
  it.each([
    ["invalid UTF-8", Buffer.from(`__label__a caf\xe9\n__label__b \xff\xfe\n`.repeat(20), "latin1")],
    ["NUL, controls and lone surrogates", `__label__a \u0000 \u0007 x\n__label__b \ud800 y \u2028 z\n`.repeat(20)],
    ["a line of 10 MB", `__label__a ${"word ".repeat(2_000_000)}\n${sampleLines(20).join("\n")}`],
    ["one word of 2 MB", `__label__a ${"w".repeat(2_000_000)}\n${sampleLines(20).join("\n")}`],
    ["CRLF, a byte order mark and no newline at the end", `\uFEFF${sampleLines(30).join("\r\n")}`],
    ["labels without text", "__label__a\n__label__b\n__label__a one two\n__label__b two three\n"],
    ["labels with odd characters", '__label__"x,y" one two\n__label__日本 three four\n__label__ five\n'.repeat(9)],
    ["some lines without a label", `no label here\n${sampleLines(60).join("\n")}`],
  ])(
    "%s",
    (_, content) => {
      const made = train(file("odd.txt", content));
      expect(made.status, made.stderr).toBe(0);
      const answered = bax(["predict", at("new.safetensors"), file("ask.txt", "one two\n\n\u0000\nthree")]);
      expect(answered.status, answered.stderr).toBe(0);
      expect(answered.stdout.split("\n").length).toBe(5);
      expect(answered.stdout).not.toMatch(/NaN/);
    },
    60_000,
  );

  it("20,000 labels, one a line", () => {
    const content = Array.from({ length: 20_000 }, (_, n) => `__label__l${n} word${n % 1000} word${n % 77}`).join("\n");
    const made = train(file("labels.txt", content), "--epochs", "1", "--dim", "4", "--valid", "0");
    expect(made.stdout, made.stderr).toMatch(/20,000 labels/);
  }, 120_000);

  it("1,000,000 labels, none of them often enough", () => {
    const content = Array.from({ length: 1_000_000 }, (_, n) => `__label__l${n} word${n % 1000}`).join("\n");
    expectFailure(train(file("labels.txt", content), "--min-count-label", "2"), 1, /label/);
  }, 120_000);

  it("the highest rate allowed: no NaN gets into the model", () => {
    const made = train(at("train.txt"), "--lr", "100", "--optimizer", "sgd");
    if (made.status !== 0) return expectFailure(made, 1, /./);
    const tested = bax(["test", at("new.safetensors"), at("train.txt"), "--json"]);
    expect(Number.isFinite(JSON.parse(tested.stdout).logLoss)).toBe(true);
  });
});

describe("bax predict, test, explain and info refuse, in two lines,", () => {
  const commands = [
    ["info", []],
    ["test", ["train.txt"]],
    ["predict", ["train.txt"]],
    ["explain", ["word"]],
  ] as const;
  const runAll = (name: string, what: RegExp) => {
    for (const [command, rest] of commands) {
      expectFailure(bax([command, at(name), ...rest.map((arg) => (arg.endsWith(".txt") ? at(arg) : arg))]), 1, what);
    }
  };

  it("a model that is missing, or a folder", () => {
    runAll("modle.safetensors", /modle\.safetensors: no such file/);
    runAll("folder", /is a folder/);
    expectFailure(bax(["info", at("modle.safetensors")]), 1, /no such file/, /model\.safetensors/);
  });

  it.each([
    ["a text file", "__label__a b\n", /text file/],
    ["an empty file", "", /empty/],
    ["gzip", gzipSync("x"), /gzip/],
    ["the start of a fastText model", Uint8Array.of(0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0, 1), /byte 8: the file ends/],
    [
      "a safetensors file of another program",
      Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("{}")]),
      /./,
    ],
  ])("%s in a model's place", (_, content, what) => {
    file("foreign.safetensors", content);
    expectFailure(bax(["info", at("foreign.safetensors")]), 1, what);
  });

  it("a model cut short anywhere", () => {
    for (const share of [0.001, 0.1, 0.5, 0.99]) {
      file("cut.safetensors", model.subarray(0, Math.floor(model.length * share)));
      expectFailure(bax(["predict", at("cut.safetensors"), at("train.txt")]), 1, /byte \d+/);
    }
  });

  it("a model with NaN in its tensors", () => {
    // Every tensor's bytes become 0xff, which is NaN as a float: whatever reads them must notice.
    const damaged = Uint8Array.from(model);
    const header = Number(new DataView(damaged.buffer).getBigUint64(0, true));
    damaged.fill(0xff, 8 + header);
    file("nan.safetensors", damaged);
    runAll("nan.safetensors", /./);
  });

  it("test data without labels, a k of 0 and a threshold of 2", () => {
    expectFailure(bax(["test", at("model.safetensors"), file("plain.txt", "one two\n")]), 1, /no example has a label/);
    expectFailure(bax(["test", at("model.safetensors"), at("train.txt"), "-k", "0"]), 2, /-k: got "0"/);
    expectFailure(bax(["predict", at("model.safetensors"), at("train.txt"), "--threshold", "2"]), 2, /--threshold/);
    expectFailure(bax(["predict", at("model.safetensors"), at("missing.txt")]), 1, /no such file/);
  });

  it("a text where a file belongs, with the command that takes it", () => {
    expectFailure(
      bax(["predict", at("model.safetensors"), "win a prize"]),
      1,
      /no such file/,
      /echo "win a prize" \| bax predict/,
    );
  });

  it("a label that the model lacks, with the nearest", () => {
    expectFailure(
      bax(["explain", at("model.safetensors"), "word", "--label", "spma"]),
      2,
      /no label "spma"/,
      /Did you mean "spam"/,
    );
  });

  it("nothing at all without --debug but the two lines, and the stack with it", () => {
    expect(bax(["info", at("missing"), "--debug"]).stderr).toMatch(/\n\s+at /);
  });
});

describe("a model file", () => {
  const limited = (blocks: number) =>
    spawnSync(
      "bash",
      [
        "-c",
        `ulimit -f ${blocks}; exec "$0" "$@"`,
        process.execPath,
        MAIN,
        "train",
        at("train.txt"),
        "-o",
        at("kept.safetensors"),
        ...QUICK,
      ],
      {
        encoding: "utf8",
      },
    );

  it("is never left broken when the disk is full: the old one stays and nothing is left beside it", () => {
    file("kept.safetensors", model);
    const { status, stdout, stderr } = limited(1);
    expectFailure({ status, stdout, stderr }, 1, /kept\.safetensors/);
    expect(readFileSync(at("kept.safetensors"))).toEqual(Buffer.from(model));
    expect(bax(["info", at("kept.safetensors")]).status).toBe(0);
    expect(
      spawnSync("ls", ["-a", at()], { encoding: "utf8" })
        .stdout.split("\n")
        .filter((name) => /kept/.test(name)),
    ).toEqual(["kept.safetensors"]);
  });
});
