import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DelimitedRecords } from "./delimitedRecords.ts";
import { JsonValues } from "./jsonValues.ts";
import { textsOf, utf8Of, wholeCharacters, wholeLines } from "./pieces.ts";

/** A text cut at some places. */
function cut<T extends string | Uint8Array>(whole: T, places: readonly number[]): T[] {
  const bounds = [...new Set([0, ...places.map((place) => place % (whole.length + 1)), whole.length])].sort(
    (a, b) => a - b,
  );
  return bounds.slice(1).map((end, i) => whole.slice(bounds[i], end) as T);
}

async function* given<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const places = fc.array(fc.nat(200), { maxLength: 12 });

describe("what comes in pieces is read as what comes as a whole", () => {
  it("in records of a table, wherever they are cut", () => {
    const text = fc
      .array(fc.constantFrom('"', '""', ",", "\n", "\r\n", " ", ' "', "a", "bc", '"x, y"', '"\n"', '"\r"'), {
        maxLength: 40,
      })
      .map((parts) => parts.join(""));
    const read = (name: string, parts: readonly string[], quote: string): unknown => {
      const records = new DelimitedRecords(name, { delimiter: ",", quote, header: false }, "\n");
      try {
        const found = parts.flatMap((part) => records.read(part, false));
        return [...found, ...records.read("", true)];
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(text, places, fc.constantFrom('"', ""), (text, places, quote) => {
        expect(read("t", cut(text, places), quote)).toEqual(read("t", [text], quote));
      }),
      { numRuns: 2000 },
    );
  });

  it("in JSON, wherever it is cut", () => {
    const rows = fc.array(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.jsonValue()), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(rows, places, fc.constantFrom("list", "objects"), (rows, places, form) => {
        const expected = form === "list" ? rows : rows.map((value) => ({ value }));
        const text =
          form === "list" ? JSON.stringify(rows, null, 1) : expected.map((row) => JSON.stringify(row)).join(" ");
        const values = new JsonValues("t");
        const found = [...cut(text, places).flatMap((part) => values.read(part, false)), ...values.read("", true)];
        expect(found.map(({ text }) => JSON.parse(text))).toEqual(
          expected.map((row) => JSON.parse(JSON.stringify(row))),
        );
        expect(found.map(({ index }) => index)).toEqual(found.map((_, n) => n));
      }),
      { numRuns: 500 },
    );
  });

  it("in texts, in the midst of characters and lines", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "語", "😀", "\n", "\r\n"), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, places, fc.constantFrom(wholeCharacters, wholeLines), async (text, places, whole) => {
        const bytes = cut(
          new TextEncoder().encode(`\ufeff${text}`),
          places.map((place) => place + 3),
        );
        // The mark is told from the first piece, which is a megabyte or all there is.
        fc.pre(bytes[0].length >= 3);
        let found = "";
        for await (const piece of textsOf("t", whole("t", utf8Of("t", given(bytes))))) {
          expect(piece.firstLine).toBe(found.split("\n").length);
          found += piece.text;
        }
        expect(found).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("names the line that is not UTF-8, in whichever piece", async () => {
    const bytes = new TextEncoder().encode("é\n".repeat(50));
    bytes[3 * 41 + 1] = 0x41;
    for (const whole of [wholeCharacters, wholeLines]) {
      const read = async () => {
        for await (const _ of textsOf("t", whole("t", given(cut(bytes, [31, 80, 122, 124]))))) void _;
      };
      await expect(read()).rejects.toThrow(/^t: line 42 is not UTF-8/);
    }
  });
});
