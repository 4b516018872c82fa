import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { Tokenizer, type TokenizerOptions } from "./tokenizer.ts";

const encoder = new TextEncoder();

function tokenizer(options: Partial<TokenizerOptions> = {}) {
  const heap = new Heap();
  const tokenizer = new Tokenizer(heap, { tokenizer: "unicode", lowercase: true, ...options });
  return (text: string | Uint8Array) => {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    const source = heap.allocateCopy(bytes);
    const count = tokenizer.run(source, bytes.length);
    const codePoints = Array.from(
      heap.u32At(tokenizer.codePoints, tokenizer.codePointCount),
      (entry) => entry & 0xffffff,
    );
    const bounds = heap.u32At(tokenizer.tokens, 2 * count);
    const tokens: string[] = [];
    for (let i = 0; i < count; i++)
      tokens.push(String.fromCodePoint(...codePoints.slice(bounds[2 * i], bounds[2 * i + 1])));
    heap.release(source);
    return { tokens, text: codePoints.reduce((all, cp) => all + String.fromCodePoint(cp), "") };
  };
}

/** The definition that the kernel must meet: decompose, lower each code point, compose; default-ignorable ones left out. */
function reference(text: string): string {
  const lowered = Array.from(text.normalize("NFKD"), (c) => {
    const lower = Array.from(c.toLowerCase());
    return lower.length === 1 ? lower[0] : c;
  }).join("");
  return lowered.normalize("NFC").replaceAll("\u2019", "'");
}
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

test("every assigned code point alone is normalised as the definition says", () => {
  const run = tokenizer();
  const wrong: string[] = [];
  for (let cp = 0; cp <= 0x10ffff; cp++) {
    if (cp >= 0xd800 && cp <= 0xdfff) continue;
    const s = String.fromCodePoint(cp);
    // A modifier or joiner is kept after an emoji only.
    const expected = reference(s).replace(ignorable, "");
    if (run(`${s}`).text !== expected) wrong.push(cp.toString(16));
  }
  expect(wrong).toEqual([]);
}, 60_000);

test("random mixtures of marks, jamo, composites and letters are normalised as the definition says", () => {
  const run = tokenizer();
  const piece = fc.oneof(
    fc.integer({ min: 0x300, max: 0x36f }),
    fc.integer({ min: 0x1100, max: 0x11ff }),
    fc.integer({ min: 0xac00, max: 0xd7a3 }),
    fc.integer({ min: 0xc0, max: 0x24f }),
    fc.integer({ min: 0x1e00, max: 0x1fff }),
    fc.integer({ min: 0x900, max: 0xdff }),
    fc.integer({ min: 0x61, max: 0x7a }),
    fc.constantFrom(0xfdfa, 0xfb01, 0xff76, 0xff9e, 0x212b, 0x0345, 0x1d15e, 0x30ab, 0x3099),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (codePoints) => {
      const text = String.fromCodePoint(...codePoints);
      // Marks that follow an ignorable code point may compose across it; leave those out of the comparison.
      fc.pre(text.search(ignorable) < 0);
      expect(run(text).text).toBe(reference(text));
    }),
    { numRuns: 20_000 },
  );
});

test("words, numbers, punctuation and emoji are tokens of their own", () => {
  const run = tokenizer();
  const cases: [string, string[]][] = [
    ["I don't KNOW, really!", ["i", "don't", "know", ",", "really", "!"]],
    ["it costs 3.14€ or 1,000", ["it", "costs", "3.14", "€", "or", "1,000"]],
    ["end. Next", ["end", ".", "next"]],
    ["rock\u2019n\u2019roll 'quoted'", ["rock'n'roll", "'", "quoted", "'"]],
    ["e\u0301te\u0301 = été", ["été", "=", "été"]],
    ["ﬁne ½", ["fine", "1", "⁄", "2"]],
    ["東京タワー", ["東", "京", "タ", "ワ", "ー"]],
    ["ภาษาไทย", ["ภ", "า", "ษ", "า", "ไ", "ท", "ย"]],
    ["a👩‍👩‍👧👍🏽b ❤️ 🇩🇪🇫🇷", ["a", "👩‍👩‍👧", "👍🏽", "b", "❤️", "🇩🇪", "🇫🇷"]],
    ["soft\u00adhyphen می\u200cخواهم", ["softhyphen", "میخواهم"]],
    ["", []],
    [" \t\r\n\0 ", []],
    ["snake_case b2b", ["snake_case", "b2b"]],
    ["\ud800", ["\ufffd"]],
  ];
  for (const [text, tokens] of cases) expect(run(text).tokens, text).toEqual(tokens);
});

test("the whitespace tokeniser cuts at fastText's separators only", () => {
  const run = tokenizer({ tokenizer: "whitespace", lowercase: false });
  expect(run("Ab,c\u00a0d\te\v\ff\0g\u3000h").tokens).toEqual(["Ab,c\u00a0d", "e", "f", "g\u3000h"]);
  expect(tokenizer({ tokenizer: "whitespace" })("ÀB").tokens).toEqual(["àb"]);
});

test("any bytes are text: ill-formed UTF-8 is read as the WHATWG decoder reads it", () => {
  const run = tokenizer({ tokenizer: "whitespace", lowercase: false });
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      expect(run(bytes).text).toBe(decoder.decode(bytes));
    }),
    { numRuns: 20_000 },
  );
});

test("long runs of marks and a text of 3 MB are bounded and finish", () => {
  const run = tokenizer();
  expect(run(`a${"\u0301\u0323".repeat(50_000)}`).tokens.length).toBeGreaterThan(0);
  expect(run("ﷺ".repeat(20_000)).text.length).toBe(18 * 20_000);
  const heap = new Heap();
  const big = new Tokenizer(heap, { tokenizer: "unicode", lowercase: true });
  const bytes = encoder.encode("lorem ipsum ".repeat(250_000));
  expect(big.run(heap.allocateCopy(bytes), bytes.length)).toBe(500_000);
});
