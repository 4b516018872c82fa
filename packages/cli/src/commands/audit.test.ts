import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bax, expectFailure, MAIN, type Outcome, sampleLines, temporaryFolder } from "../../test/command.ts";

const folder = temporaryFolder();
const { at } = folder;
afterAll(() => folder.dispose());

const SUBJECTS: Readonly<Record<string, string>> = {
  spam: "win free prize cash offer click claim urgent bonus lottery winner voucher",
  ham: "lunch meeting tomorrow home thanks dinner later family train garden sister weekend",
  news: "minister election market report police city court budget senate bank strike union",
};

/** Lines of 12 words of a subject, all different, the same every time. */
function linesOf(count: number, seed: number): string[] {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const labels = Object.keys(SUBJECTS);
  return Array.from({ length: count }, (_, n) => {
    const words = SUBJECTS[labels[n % 3]].split(" ");
    return `__label__${labels[n % 3]} ${Array.from({ length: 12 }, () => words[below(words.length)]).join(" ")}`;
  });
}

/** 300 lines, of which 9 are labelled wrong and 3 are there twice: the lines of those, from 1. */
const GOOD = linesOf(300, 1);
const WRONG = [10, 41, 72, 103, 134, 165, 196, 227, 258];
const LINES = [
  ...GOOD.map((line, n) => (WRONG.includes(n + 1) ? line.replace(/^\S+/, flipped) : line)),
  ...GOOD.slice(0, 3).map((line) => line.replace(/ .*/, (text) => `${text.toUpperCase()}!`)),
];
const TRAIN = at("train.txt");
writeFileSync(TRAIN, `${LINES.join("\n")}\n`);
const TEST = at("test.txt");
writeFileSync(TEST, `${[GOOD[20], ...linesOf(20, 2)].join("\n")}\n`);

/** The label of another subject. */
function flipped(label: string): string {
  return label.endsWith("spam") ? "__label__news" : "__label__spam";
}

function audit(args: readonly string[]): Outcome {
  return bax(["audit", ...args]);
}

interface Row {
  rank: number;
  kind: string;
  file: string;
  row: number;
  action: string;
  suggested_label: string;
  label: string;
  text: string;
}

function readRows(file: string): Row[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
}

describe("bax audit", () => {
  it("shows what it found, by kind, with the evidence, and what to do next", () => {
    const { status, stdout, stderr } = audit([TRAIN, "--test", TEST]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^audited {3}303 rows, 3 labels, beside 21 rows of test data, in [\d.]+ s\n/);
    expect(stdout).toMatch(/^1 leak into the test data: remove 1$/m);
    expect(stdout).toContain(`${TRAIN}:21 `);
    expect(stdout).toMatch(/^\d+ label errors: .*$/m);
    expect(stdout).toMatch(/labelled "spam", but models that did not see it say "\w+" with [\d.]+ and "spam" with/);
    expect(stdout).toMatch(/^3 duplicates: remove 3$/m);
    expect(stdout).toMatch(/^none +.*outliers/m);
    expect(stdout).toMatch(/^next {6}bax audit \S+train\.txt --test \S+test\.txt -o findings\.csv$/m);
    expect(stderr).toMatch(/comparing texts: 303 rows/);
  });

  it("writes a table to edit: ranked, with the line of each row", () => {
    const [table, lines] = [at("f.csv"), at("f.jsonl")];
    expect(audit([TRAIN, "-o", table, "--quiet"]).status).toBe(0);
    expect(audit([TRAIN, "-o", lines, "--quiet"]).status).toBe(0);
    expect(readFileSync(table, "utf8").split("\n")[0]).toBe(
      "rank,kind,score,file,row,action,suggested_label,label,reason,text,other_rows",
    );
    const rows = readRows(lines);
    expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, n) => n + 1));
    const first = rows.filter(({ kind }) => kind === "label-error").slice(0, WRONG.length);
    expect(first.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual(WRONG);
    for (const { row, text, label } of first) expect(LINES[row - 1]).toBe(`__label__${label} ${text}`);
    expect(rows.filter(({ kind }) => kind === "duplicate").map(({ row }) => row)).toEqual([301, 302, 303]);
  });

  it("gives the same findings on one thread and on two, and as one JSON document", () => {
    const [one, two] = ["1", "2"].map((threads) => {
      const { stdout, stderr } = audit([TRAIN, "--threads", threads, "--json", "--quiet"]);
      expect(stderr).toBe("");
      const { seconds, ...rest } = JSON.parse(stdout);
      expect(seconds).toBeGreaterThan(0);
      return rest;
    });
    expect(two).toEqual(one);
    expect(one).toMatchObject({ rows: 303, testRows: null, output: null, fixed: null });
    expect(one.findings[0]).toMatchObject({ rank: 1, place: { file: TRAIN } });
  });

  it("writes a cleaned copy: other labels, fewer rows, all else byte for byte", () => {
    const copy = at("cleaned.txt");
    const before = readFileSync(TRAIN);
    const { stdout } = audit([TRAIN, "--fix", copy, "-o", at("g.jsonl")]);
    expect(readFileSync(TRAIN).equals(before)).toBe(true);
    const does = new Map(readRows(at("g.jsonl")).map((row) => [row.row, row]));
    const expected = LINES.flatMap((line, n) => {
      const finding = does.get(n + 1);
      if (finding?.action === "remove") return [];
      return [finding?.action === "relabel" ? line.replace(/^\S+/, `__label__${finding.suggested_label}`) : line];
    });
    expect(readFileSync(copy, "utf8")).toBe(`${expected.join("\n")}\n`);
    expect(stdout).toMatch(/^cleaned {3}\S+cleaned\.txt \(.*\): \d+ rows, \d+ with another label; \d+ rows left out$/m);
  });

  it("does what an edited table says, also with semicolons, and keeps all columns of a table", () => {
    const data = at("data.csv");
    writeFileSync(data, 'id,text,label,note\n1,=1+1,sum,"a, b"\n2,-two,word,\n3,"three ""x""",word,n\n4,=1+1,sum,z\n');
    const findings = at("h.csv");
    const { status, stderr } = audit([data, "--checks", "duplicates", "-o", findings]);
    expect(status, stderr).toBe(0);
    // A cell that a spreadsheet would run as a formula has an apostrophe in front.
    expect(readFileSync(findings, "utf8")).toContain(",'=1+1,");
    const edited = at("edited.csv");
    const cells = [
      ["file", "row", "action", "suggested_label", "text"],
      [data, "4", "keep", "", "'=1+1"],
      [data, "1", "remove", "", "'=1+1"],
      [data, "2", "relabel", "number", "'-two"],
      [data, "3", "relabel", '"[""a"", ""b""]"', ""],
    ];
    writeFileSync(edited, `${cells.map((row) => row.join(";")).join("\r\n")}\r\n`);
    const done = audit([data, "--findings", edited, "--fix", at("done.csv")]);
    expect(done.status, done.stderr).toBe(0);
    expect(readFileSync(at("done.csv"), "utf8")).toBe(
      'id,text,label,note\n2,-two,number,\n3,"three ""x""","[""a"",""b""]",n\n4,=1+1,sum,z\n',
    );
    expect(done.stdout).toMatch(/3 rows, 2 with another label; 1 row left out/);
    const asLines = audit([data, "--findings", edited, "--fix", at("done.jsonl"), "--json"]);
    expect(JSON.parse(asLines.stdout).fixed).toMatchObject({ rows: 3, relabelled: 2, removed: 1 });
    expect(readRows(at("done.jsonl"))[1]).toMatchObject({ id: "3", label: '["a","b"]' });
  });

  it("writes text and label where lines of text become a table, and the other way round", () => {
    writeFileSync(at("two.txt"), "__label__a __label__b one two\n__label__c one\u00a0\ufffdthree\n\none two\n");
    const nothing = ["--checks", "duplicate"];
    expect(audit([at("two.txt"), ...nothing, "--fix", at("two.csv")]).status).toBe(0);
    expect(readFileSync(at("two.csv"), "utf8")).toBe(
      'text,label\none two,"[""a"",""b""]"\none\u00a0\ufffdthree,c\none two,\n',
    );
    writeFileSync(at("three.jsonl"), '{"text": "a\\nb", "label": "big bank", "n": 12345678901234567890}\n');
    expect(audit([at("three.jsonl"), ...nothing, "--fix", at("three.txt")]).status).toBe(0);
    expect(readFileSync(at("three.txt"), "utf8")).toBe("__label__big-bank a b\n");
    expect(audit([at("three.jsonl"), ...nothing, "--fix", at("four.jsonl")]).status).toBe(0);
    expect(readFileSync(at("four.jsonl"), "utf8")).toContain("12345678901234567890");
  });

  it("looks for what it is asked for alone", () => {
    const { stdout, stderr } = audit([TRAIN, "--checks", "duplicates,near-duplicates", "--json"]);
    const found = JSON.parse(stdout);
    expect(found.checks).toEqual(["duplicate", "near-duplicate"]);
    expect(found.counts.duplicate).toBe(3);
    expect(stderr).not.toMatch(/learning/);
  });

  it("refuses what cannot be, in two lines", () => {
    expectFailure(
      audit([TRAIN, "--checks", "duplicats"]),
      2,
      /unknown check "duplicats"/,
      /Did you mean "duplicate"\?/,
    );
    expectFailure(audit([TRAIN, "--checks", "leaks"]), 2, /no test data/, /--test/);
    expectFailure(
      audit([TRAIN, "--fix", TRAIN]),
      2,
      /--fix: .*train\.txt is one of the files to read/,
      /never changed/,
    );
    expectFailure(audit([TRAIN, "--test", TEST, "-o", TEST]), 2, /\.csv/);
    expectFailure(audit([TRAIN, "-o", at("x.cvs")]), 2, /ends in none of \.csv/, /Did you mean "csv"\?/);
    expectFailure(audit([TRAIN, "--fix", at("x.parquet")]), 2, /ends in none of \.txt/);
    expectFailure(audit([TRAIN, "--fix", at("no", "x.txt")]), 1, /folder .* does not exist/);
    expectFailure(audit([TRAIN, "--findings", at("f.csv")]), 2, /--findings needs --fix/);
    expectFailure(audit([TRAIN, "--similarity", "80"]), 2, /--similarity: got "80"/);
    expectFailure(audit([TRAIN, "--folds", "1"]), 2, /--folds/);
    expectFailure(audit([at("trian.txt")]), 1, /no such file/, /Did you mean/);
    expectFailure(audit(["-", "--fix", at("x.txt")]), 2, /cannot be read twice/);
    expectFailure(audit([TRAIN, "--fix", at("x.csv"), "-o", at("x.csv")]), 2, /both are/);
    writeFileSync(at("empty.txt"), "");
    expectFailure(audit([at("empty.txt")]), 1, /no row that could be used/);
    expect(readdirSync(at()).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses an edited table that says what cannot be done, with its row", () => {
    const edited = at("bad.csv");
    const apply = (...rows: string[]): Outcome => {
      writeFileSync(edited, `file,row,action,suggested_label,text\n${rows.join("\n")}\n`);
      return audit([TRAIN, "--findings", edited, "--fix", at("never.txt")]);
    };
    const good = `${TRAIN},1,remove,,`;
    expectFailure(apply(good, `${TRAIN},2,delete,,`), 1, /bad\.csv: row 2: unknown action "delete"/);
    expectFailure(apply(good, `${TRAIN},2,relabel,,`), 1, /row 2: is to be relabelled, but suggested_label is empty/);
    expectFailure(apply(good, `${TRAIN},999,remove,,`), 1, /row 2: there is no row 999/);
    expectFailure(apply(good, ",,remove,,"), 1, /row 2: does not say which row/);
    expectFailure(apply(good, `${TRAIN},2,remove,,another text`), 1, /row 2: .*train\.txt:2 begins/, /unchanged/);
    expect(existsSync(at("never.txt"))).toBe(false);
  });

  it("reads rows that cannot be used as the other commands do", () => {
    writeFileSync(
      at("rows.jsonl"),
      '{"text": "a", "label": "x"}\n{"text": null, "label": "x"}\n{"text": "a", "label": "x"}\n',
    );
    expectFailure(audit([at("rows.jsonl")]), 1, /row 2: the text is missing/);
    const { stdout, status } = audit([
      ...[at("rows.jsonl"), "--on-error", "skip", "--checks", "duplicate", "--json"],
      ...["--fix", at("rows.csv")],
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).findings[0].place.row).toBe(3);
    expect(readFileSync(at("rows.csv"), "utf8")).toBe("text,label\na,x\n");
  });

  it("ends on Ctrl-C with 130, and leaves nothing behind", async () => {
    const many = at("many.txt");
    writeFileSync(many, `${Array.from({ length: 40 }, (_, n) => sampleLines(1000, n * 1000).join("\n")).join("\n")}\n`);
    const child = spawn(process.execPath, [MAIN, "audit", many, "-o", at("many.csv")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (!stderr.includes("learning") || child.killed) return;
      child.kill("SIGINT");
    });
    const status = await new Promise((resolve) => child.on("exit", resolve));
    expect(status, stderr).toBe(130);
    expect(stderr).toMatch(/^bax: the audit was stopped$/m);
    expect(readdirSync(at()).filter((name) => name.includes("many.csv"))).toEqual([]);
  });
});
