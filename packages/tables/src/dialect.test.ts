import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectDialect, parseRecords } from "./dialect.ts";

describe("detectDialect", () => {
  const wanted = ["text", "label"];

  it.each([",", ";", "\t", "|"])("finds the delimiter %j and the header", (d) => {
    const dialect = detectDialect([`a${d}b${d}c`, `"one, two; three"${d}x${d}1`], "csv", wanted);
    expect(dialect).toMatchObject({ delimiter: d, quote: '"', header: true, names: ["a", "b", "c"] });
  });

  it("takes a first record for data where one of its cells is a number, empty, or turns up again in its column", () => {
    expect(detectDialect(["3,Fears for pension", "4,Other"], "csv", wanted)).toMatchObject({
      header: false,
      names: ["column1", "column2"],
    });
    expect(detectDialect([",b", "c,d"], "csv", wanted).header).toBe(false);
    const messages = detectDialect(["ham\tGo until", "ham\tOk lar", 'spam\t"Free entry'], "tsv", wanted);
    expect(messages).toMatchObject({
      header: false,
      quote: "",
      rows: [
        ["ham", "Go until"],
        ["ham", "Ok lar"],
        ["spam", '"Free entry'],
      ],
    });
  });

  it("takes a first record for a header when it holds a wanted name", () => {
    expect(detectDialect(["text,1", "text,2"], "csv", wanted)).toMatchObject({ header: true, names: ["text", "1"] });
  });

  it("keeps quotes in TSV unless some field is quoted at both ends", () => {
    expect(detectDialect(["text\tlabel", '"a\tb"\tc'], "tsv", wanted).quote).toBe("");
    expect(detectDialect(["text\tlabel", '"a"\tc'], "tsv", wanted).quote).toBe('"');
    expect(detectDialect(["text\tlabel", '"a"\tc', '"b\tc'], "tsv", wanted).quote).toBe("");
  });

  it("tells repeated names apart and skips a byte order mark", () => {
    expect(detectDialect(["\uFEFFtext,text,label", "a,b,c"], "csv", wanted).names).toEqual(["text", "text_2", "label"]);
  });
});

describe("parseRecords", () => {
  it("reads back what was quoted by the rules of RFC 4180, for random cells", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é") });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (records) => {
        const text = records.map((record) => record.map((c) => `"${c.replaceAll('"', '""')}"`).join(",")).join("\n");
        expect(parseRecords(text, ",", '"')).toEqual(records);
      }),
    );
  });
});
