import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineBuffer } from "../output/lineBuffer.ts";
import { type AnswerColumns, answerColumns } from "./job.ts";
import { type Row, RowReader } from "./rows.ts";
import { RowWriter } from "./rowWriter.ts";

const LABELS = ["spam", 'a "label"\n', "größer"];
const ONE = answerColumns("jsonl", "text", { k: 1, log: false, prefix: "" });
const MANY = answerColumns("jsonl", "text", { k: 2, log: false, prefix: "" });
const ANSWERS = [
  { label: LABELS[1], probability: Math.fround(0.1) },
  { label: LABELS[2], probability: Math.fround(1e-9) },
];

function read(line: string | Uint8Array, columns: AnswerColumns = ONE, text = "text"): Row {
  return new RowReader(text, columns).read(Buffer.from(line as string));
}

/** What is written for a line. */
function written(line: string, columns: AnswerColumns = ONE, answers: typeof ANSWERS | null = ANSWERS): string {
  const out = new LineBuffer(0);
  const writer = new RowWriter("text", columns, LABELS);
  const row = read(line, columns);
  if (row.kind === "text") writer.answered(out, row, row.text === null ? null : answers);
  else writer.refused(out, row, 7);
  return Buffer.from(out.take()).toString();
}

describe("rows", () => {
  it("come out as they came, byte for byte, and the answer behind", () => {
    const blank = fc.stringMatching(/^[ \t]{0,3}$/);
    const key = fc.string().filter((name) => !["text", "label", "probability", "error"].includes(name));
    const members = fc.array(fc.tuple(key, fc.jsonValue()), { maxLength: 5 });
    fc.assert(
      fc.property(members, fc.string({ unit: "binary" }), blank, fc.nat(5), (others, text, space, place) => {
        const parts = others.map(([name, value]) => `${JSON.stringify(name)}:${space}${JSON.stringify(value)}`);
        parts.splice(place, 0, `"text"${space}:${JSON.stringify(text)}`);
        const body = `${space}{${space}${parts.join(`${space},`)}`;
        expect(read(`${body}}`)).toMatchObject({ kind: "text", text });
        const answer = `"label":${JSON.stringify(LABELS[1])},"probability":0.100000001`;
        expect(written(`${body}}${space}\r`)).toBe(`${body},${answer}}${space}\n`);
        expect(JSON.parse(written(`${body}}`))).toEqual({
          ...JSON.parse(`${body}}`),
          label: LABELS[1],
          probability: 0.100000001,
        });
      }),
    );
  });

  it.each([
    [
      '{"n":12345678901234567890,"n":1.0e+02,"text":"}\\"}{"}',
      '{"n":12345678901234567890,"n":1.0e+02,"text":"}\\"}{",',
    ],
    ['{"text":"a","x":{"text":5,"y":[{}]}}', '{"text":"a","x":{"text":5,"y":[{}]},'],
    ['"a text"', '{"text":"a text",'],
  ])("of any shape: %s", (line, begin) => {
    expect(written(line)).toBe(`${begin}"label":"a \\"label\\"\\n","probability":0.100000001}\n`);
  });

  it("have lists where more than one answer is asked for", () => {
    const labels = JSON.stringify(LABELS.slice(1));
    expect(written('{"text":"a"}', MANY)).toBe(
      `{"text":"a","labels":${labels},"probabilities":[0.100000001,9.99999972e-10]}\n`,
    );
    expect(written('{"text":"a"}', MANY, [])).toBe('{"text":"a","labels":[],"probabilities":[]}\n');
    expect(written('{"text":null}', MANY)).toBe('{"text":null,"labels":null,"probabilities":null}\n');
  });

  it("have null where nothing is answered", () => {
    expect(written('{"text":"a"}', ONE, [])).toBe('{"text":"a","label":null,"probability":null}\n');
    expect(written('{"text":null}')).toBe('{"text":null,"label":null,"probability":null}\n');
  });

  it.each([
    ["", /the line is empty/],
    [" \t", /the line is empty/],
    ["nope", /not JSON/],
    ['{"text":"a"', /not JSON/],
    ['{"text":"a"}}', /not JSON/],
    ["5", /a number, expected/],
    ["null", /null, expected/],
    ['["text"]', /an array, expected/],
  ])("that are no row become an error: %j", (line, message) => {
    expect(JSON.parse(written(line))).toEqual({
      error: expect.objectContaining({ row: 7, message: expect.stringMatching(message) }),
    });
  });

  it.each([
    ["{}", /no column "text"/, /--text/],
    ["{ }", /no column "text"/, /--text/],
    ['{"Text":"a"}', /no column "text"/, /--text Text/],
    ['{"text":5,"id":1}', /holds a number/, /./],
    ['{"text":{"text":"a"}}', /holds an object/, /./],
    ['{"text":[]}', /holds an array/, /./],
    ['{"text":false}', /holds a boolean/, /./],
  ])("without a text keep their columns beside the error: %s", (line, message, advice) => {
    const { error, ...rest } = JSON.parse(written(line));
    expect(rest).toEqual(JSON.parse(line));
    expect(error).toEqual({
      row: 7,
      message: expect.stringMatching(message),
      advice: expect.stringMatching(advice),
    });
  });

  it("with a column of an answer's name are told as a whole, so that nobody takes it for the answer", () => {
    for (const name of ["label", "probability", "error"]) {
      const line = `{"text":"a","${name}":{"x":1}}`;
      expect(JSON.parse(written(line))).toEqual({
        error: expect.objectContaining({ row: 7, advice: expect.stringMatching(/--prefix/) }),
        input: JSON.parse(line),
      });
      const columns = answerColumns("jsonl", "text", { k: 1, log: false, prefix: "bax_" });
      expect(JSON.parse(written(line, columns))).toMatchObject({ ...JSON.parse(line), bax_label: LABELS[1] });
    }
    expect(read('{"text":"a","label":1}', MANY).kind).toBe("text");
  });

  it("that are not UTF-8 are an error", () => {
    expect(read(Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')]))).toMatchObject({
      kind: "nothing",
      problem: { message: expect.stringMatching(/UTF-8/) },
    });
  });

  it("have texts under names that objects have anyway", () => {
    expect(read("{}", ONE, "toString").kind).toBe("object");
    expect(read('{"__proto__":"a"}', ONE, "__proto__")).toMatchObject({ kind: "text", text: "a" });
  });
});

it("the text may not have the name of an answer", () => {
  const options = { k: 1, log: false, prefix: "" };
  expect(() => answerColumns("jsonl", "label", options)).toThrow(/--text/);
  expect(answerColumns("jsonl", "label", { ...options, prefix: "p" })).toMatchObject({ label: "plabel" });
  expect(answerColumns("arrow", "label", { ...options, log: true, k: 3 })).toEqual({
    label: "labels",
    probability: "log_probabilities",
    error: "error",
    areLists: true,
  });
});
