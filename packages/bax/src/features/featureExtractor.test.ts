import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { FeatureExtractor, type FeatureOptions } from "./featureExtractor.ts";
import { type FeatureTrace, traceFeatures } from "./featureTracer.ts";

const plain: FeatureOptions = { tokenizer: "unicode", lowercase: true, wordNgrams: 1, charNgrams: [0, 0] };

function extractor(options: Partial<FeatureOptions>) {
  const heap = new Heap();
  const features = new FeatureExtractor(heap, { ...plain, ...options });
  return (text: string, trace?: FeatureTrace) => {
    const bytes = new TextEncoder().encode(text);
    const at = heap.allocateCopy(bytes);
    const distinct = trace
      ? traceFeatures(heap, features, at, bytes.length, trace)
      : features.extract(at, bytes.length);
    heap.release(at);
    const hashes = Array.from(heap.u32At(features.hashes, distinct));
    return { hashes, counts: Array.from(heap.u8At(features.counts, distinct)), wordCount: features.wordCount };
  };
}

test("ASCII text has the same features the short way and the long way, for both tokenisers and cases", () => {
  for (const tokenizer of ["unicode", "whitespace"] as const) {
    for (const lowercase of [true, false]) {
      const run = extractor({ tokenizer, lowercase, wordNgrams: 3 });
      const character = fc.oneof(
        fc.constantFrom(..."aB9 _'.,!-\t\0x"),
        fc.integer({ min: 0, max: 127 }).map((n) => String.fromCharCode(n)),
      );
      fc.assert(
        fc.property(fc.array(character, { maxLength: 20 }), (characters) => {
          const text = characters.join("");
          // A trace asks for the long way.
          expect(run(text)).toEqual(run(text, { places: [], spans: [], edges: [] }));
        }),
        { numRuns: 5000 },
      );
      // Words of many bytes, and lines of many words.
      const letter = fc.constantFrom(..."aB9 _'.,!-\t\0xyzabcdefgh");
      fc.assert(
        fc.property(fc.array(letter, { minLength: 50, maxLength: 300 }), (letters) => {
          const text = letters.join("");
          expect(run(text)).toEqual(run(text, { places: [], spans: [], edges: [] }));
        }),
        { numRuns: 300 },
      );
    }
  }
});

test("short words beside a very long one are read no further than the text goes, also where the memory ends", () => {
  const run = extractor({ tokenizer: "whitespace" });
  const text = (length: number): string => `${"y".repeat(length)} a b c`;
  // The first makes the room that both need; the second lies behind it.
  run(text(300_000));
  expect(run(text(330_000))).toEqual(run(text(330_000), { places: [], spans: [], edges: [] }));
});

test("features are words, then word n-grams, then character n-grams, each once with its count", () => {
  const one = extractor({})("the cat the dog");
  expect(one.counts).toEqual([2, 1, 1]);
  const two = extractor({ wordNgrams: 2 })("the cat the dog");
  expect(two.hashes.slice(0, 3)).toEqual(one.hashes);
  expect(two.counts).toEqual([2, 1, 1, 1, 1, 1]);
  expect(two.wordCount).toBe(6);
  // <cat>: <c ca at t> <ca cat at> <cat cat> <cat> without the single < and >.
  const characters = extractor({ charNgrams: [2, 5] })("cat");
  expect(characters.hashes.length - characters.wordCount).toBe(4 + 3 + 2 + 1);
});

test("a character n-gram has the same hash wherever it stands, and another than the word spelt alike", () => {
  const run = extractor({ charNgrams: [3, 3] });
  const inside = (text: string) => {
    const { hashes, wordCount } = run(text);
    return hashes.slice(wordCount);
  };
  expect(inside("xabcx").filter((hash) => inside("yabcy").includes(hash))).toHaveLength(1);
  expect(inside("xabcx")).not.toContain(run("abc").hashes[0]);
});

test("characters between the edges that a trace tells stand for one hash, and for one alone", () => {
  const trace: FeatureTrace = { places: [], spans: [], edges: [] };
  const text = "I can't sing la, a lala la: 3 of 3.5 x é";
  const { hashes, wordCount } = extractor({ charNgrams: [1, 4] })(text, trace);
  expect(trace.edges).toHaveLength(trace.spans.length);
  const codePoints = [...text.toLowerCase()];
  const names = new Map<number, string>();
  for (const [i, place] of trace.places.entries()) {
    if (place < wordCount) continue;
    const edge = trace.edges[i];
    const name = `${edge & 1 ? "<" : ""}${codePoints.slice(...trace.spans[i]).join("")}${edge & 2 ? ">" : ""}`;
    expect(names.get(hashes[place]) ?? name).toBe(name);
    names.set(hashes[place], name);
  }
  expect(new Set(names.values()).size).toBe(names.size);
  expect([...names.values()]).toEqual(expect.arrayContaining(["<la", "la", "la>", "<la>", "<a>", "3.5>", "n't>", "l"]));
});

test("a trace gives every occurrence its span, in the order of the text", () => {
  const trace: FeatureTrace = { places: [], spans: [], edges: [] };
  extractor({ wordNgrams: 2 })("a bee a", trace);
  expect(trace.spans).toEqual([
    [0, 1],
    [2, 5],
    [6, 7],
    [0, 5],
    [2, 7],
  ]);
  expect(trace.places).toEqual([0, 1, 0, 2, 3]);
});

test("a word that occurs 300 times counts as 255", () => {
  expect(extractor({})("ha ".repeat(300)).counts).toEqual([255]);
});
