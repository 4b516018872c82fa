import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type DataType, Table, tableFromIPC, tableToIPC, Utf8, Utf8View, vectorFromArray } from "apache-arrow";
import { afterAll, describe, expect, it } from "vitest";
import { bax, MAIN, sampleRows, trainedFolder } from "../../test/command.ts";

const folder = trainedFolder();
const { at, model: MODEL } = folder;
afterAll(() => folder.dispose());

const TEXTS = [...sampleRows(40).map(({ text }) => text), null, "", "win\nlunch", "minister\r", null, "größer 日本語"];

type Row = Record<string, unknown>;

function tableOf(texts: readonly (string | null)[], type: DataType = new Utf8()): Table {
  return new Table({ id: vectorFromArray(texts.map((_, n) => n)), text: vectorFromArray(texts, type) });
}

function run(bytes: Uint8Array, ...flags: string[]): { status: number | null; stdout: Buffer; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "pipe", MODEL, "--format", "arrow", ...flags], {
    input: bytes,
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr: String(stderr) };
}

/** The answers to a table, row by row. */
function answers(table: Table, ...flags: string[]): Row[] {
  const { status, stdout, stderr } = run(tableToIPC(table, "stream"), ...flags);
  expect(status, stderr).toBe(0);
  const answered = tableFromIPC(stdout);
  expect(answered.batches.map(({ numRows }) => numRows)).toEqual(table.batches.map(({ numRows }) => numRows));
  return answered.toArray().map((row) => JSON.parse(JSON.stringify(row)));
}

/** What the lines of JSON answer, which are held against `bax predict`. */
function lines(...flags: string[]): Row[] {
  const input = TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join("");
  return bax(["pipe", MODEL, ...flags], { input })
    .stdout.trimEnd()
    .split("\n")
    .map((line) => {
      const { text: _, ...answer } = JSON.parse(line);
      return { ...answer, error: null };
    });
}

describe("bax pipe --format arrow", () => {
  it.each([[[]], [["--threshold", "0.6"]], [["-k", "2"]], [["-k", "all", "--abstain", "0.8"]], [["--threads", "2"]]])(
    "answers as lines do, to the last bit: %j",
    (flags) => {
      const expected = lines(...flags);
      for (const type of [new Utf8(), new Utf8View()]) {
        const table = tableOf(TEXTS, type);
        expect(answers(table.concat(table), ...flags)).toEqual([...expected, ...expected]);
      }
    },
  );

  it("names columns as tables do, and as it is told", () => {
    expect(Object.keys(answers(tableOf(["win"]), "--log", "--prefix", "bax_")[0])).toEqual([
      "bax_label",
      "bax_log_probability",
      "bax_error",
    ]);
  });

  it("has columns of the same types where a stream has no rows", () => {
    const { stdout, stderr } = run(tableToIPC(tableOf(["win"]).slice(0, 0), "stream"));
    expect(tableFromIPC(stdout).schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "label Utf8",
      "probability Float64",
      "error Utf8",
    ]);
    expect(stderr).toMatch(/^0 rows, 0 errors/m);
  });

  it("puts an error in the place of a text that is not UTF-8", () => {
    const bytes = tableToIPC(tableOf(["win a prize", "??broken??", "lunch tomorrow"]), "stream");
    bytes[Buffer.from(bytes).indexOf("??broken")] = 0xff;
    const { status, stdout, stderr } = run(bytes);
    expect(status).toBe(0);
    expect(
      tableFromIPC(stdout)
        .toArray()
        .map((row) => ({ ...row.toJSON() })),
    ).toEqual([
      { label: "spam", probability: expect.any(Number), error: null },
      { label: null, probability: null, error: "the text is not UTF-8" },
      { label: "ham", probability: expect.any(Number), error: null },
    ]);
    expect(stderr).toMatch(/^3 rows, 1 error,/m);
  });

  it.each([
    ["without the column", () => tableToIPC(tableOf(["win"]), "stream"), ["--text", "body"], /no column "body"/],
    ["that is no stream", () => Buffer.from('{"text":"win"}\n'), [], /no Arrow stream/],
    ["that is empty", () => Buffer.alloc(0), [], /no Arrow stream/],
  ])("refuses input %s before it writes anything", (_, input, flags, message) => {
    const { status, stdout, stderr } = run(input(), ...flags);
    expect(status).toBe(1);
    expect(stdout.length).toBe(0);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n").length).toBe(2);
  });

  it("fails where a stream is cut short, after the batches before", () => {
    const bytes = tableToIPC(tableOf(TEXTS).concat(tableOf(TEXTS)), "stream");
    const { status, stdout, stderr } = run(bytes.subarray(0, bytes.length - 100));
    expect(status).toBe(1);
    expect(stderr).toMatch(/cut short/);
    expect(tableFromIPC(stdout).numRows).toBe(TEXTS.length);
  });

  it("answers a batch before the next one comes", async () => {
    const child = spawn(process.execPath, [MAIN, "pipe", MODEL, "--format", "arrow"]);
    const one = tableToIPC(tableOf(["win a prize"]), "stream");
    const two = tableToIPC(tableOf(["win a prize"]).concat(tableOf(["win a prize"])), "stream");
    // Two batches alike: what the longer stream has more is the second.
    const end = one.length - 8;
    child.stdin.write(one.subarray(0, end));
    let out = Buffer.alloc(0);
    const got = (async () => {
      for await (const piece of child.stdout as AsyncIterable<Buffer>) {
        out = Buffer.concat([out, piece]);
        if (child.stdin.writable && out.includes("spam")) child.stdin.end(two.subarray(end));
      }
    })();
    await got;
    expect(
      tableFromIPC(out)
        .toArray()
        .map(({ label }) => label),
    ).toEqual(["spam", "spam"]);
  });

  const python = "python3";
  const hasPyArrow = spawnSync(python, ["-c", "import pyarrow"]).status === 0;
  it.skipIf(!hasPyArrow)("is what pyarrow writes and reads (needs pyarrow)", () => {
    const program = `
import json, subprocess, sys
import pyarrow as pa
texts = json.load(open(sys.argv[1]))
command = sys.argv[2:]
for kind in (pa.string(), pa.large_string()):
    table = pa.table({"n": pa.array([[i] for i in range(len(texts))]), "text": pa.array(texts, kind)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=10)
    done = subprocess.run(command, input=sink.getvalue(), capture_output=True, check=True)
    answers = pa.ipc.open_stream(done.stdout).read_all()
    answers.validate(full=True)
    print(json.dumps(answers.to_pylist()))
`;
    writeFileSync(at("texts.json"), JSON.stringify(TEXTS));
    for (const flags of [[], ["-k", "2"]]) {
      const args = [at("texts.json"), process.execPath, MAIN, "pipe", MODEL, "--format", "arrow", ...flags];
      const { stdout, stderr } = spawnSync(python, ["-c", program, ...args], { encoding: "utf8" });
      const printed = stdout.trimEnd().split("\n");
      expect(printed.length, stderr).toBe(2);
      for (const line of printed) expect(JSON.parse(line)).toEqual(lines(...flags));
    }
  });
});
