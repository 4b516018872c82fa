import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eachLine, type Line, readLine } from "./fastTextLines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Labels and text of one line, which stands between others so that a read past its bounds would show. */
function read(content: string): { labels: string[]; text: string } {
  const [before, bytes, after] = ["__label__before x", content, "__label__after y"].map((part) => encoder.encode(part));
  const all = new Uint8Array([...before, ...bytes, ...after]);
  const line: Line = { labels: ["left over"], textBegin: 0, textEnd: 0, cleaned: new Uint8Array(3) };
  readLine(all, before.length, before.length + bytes.length, line);
  return { labels: line.labels, text: decoder.decode(line.cleaned ?? all.subarray(line.textBegin, line.textEnd)) };
}

describe("a line", () => {
  test.each([
    ["one label", "__label__a some text", ["a"], "some text"],
    ["several labels", "__label__a __label__b text", ["a", "b"], "text"],
    ["a label with signs and other scripts", "__label__日本-語_é/1 text", ["日本-語_é/1"], "text"],
    ["a label that has the prefix in it", "__label__a__label__b text", ["a__label__b"], "text"],
    ["an empty label", "__label__ text", [""], "text"],
    ["no label", "some text", [], "some text"],
    ["no text", "__label__a", ["a"], ""],
    ["spaces before the label and the text", " \t __label__a \t text ", ["a"], "text "],
    ["every separator of fastText", "__label__a\u000b\u000c\u0000\r\t text", ["a"], "text"],
    ["a prefix that is cut short", "__label_ text", [], "__label_ text"],
    ["a prefix in upper case", "__LABEL__a text", [], "__LABEL__a text"],
    ["a prefix inside a word", "__label__a x__label__b", ["a"], "x__label__b"],
    ["a no-break space, which does not end a label", "__label__a\u00a0b text", ["a\u00a0b"], "text"],
    ["nothing", "", [], ""],
    ["underscores in the text", "__label__a _ __ ___ __label", ["a"], "_ __ ___ __label"],
  ])("with %s gives its labels and its text", (_, content, labels, text) => {
    expect(read(content)).toEqual({ labels, text });
  });

  test.each([
    ["at the end", "__label__a text __label__b", ["a", "b"]],
    ["in the middle", "__label__a some __label__b text", ["a", "b"]],
    ["nowhere else", "text __label__b", ["b"]],
    ["twice", "x __label__a y\t__label__b z", ["a", "b"]],
  ])("with a label %s gives it, and the text without it", (_, content, labels) => {
    const line = read(content);
    expect(line.labels).toEqual(labels);
    expect(line.text.split(/\s+/).filter(Boolean)).toEqual(
      content.split(/\s+/).filter((word) => !word.startsWith("__label__")),
    );
  });

  test("of any words, labels among them, gives the labels in order and the other words in order", () => {
    const word = fc.oneof(
      fc.constantFrom("__label__a", "__label__b", "_", "__label_", "x__label__a"),
      fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/\s|\0/g, "")),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { labels, text } = read(words.join(" "));
        const isLabel = (part: string) => part.startsWith("__label__");
        expect(labels).toEqual(words.filter(isLabel).map((part) => part.slice("__label__".length)));
        expect(text.split(" ").filter(Boolean)).toEqual(words.filter((part) => part && !isLabel(part)));
      }),
    );
  });
});

describe("lines", () => {
  const linesOf = (text: string, first = 1) => {
    const bytes = encoder.encode(text);
    const found: [number, string][] = [];
    eachLine(bytes, first, (begin, end, line) => found.push([line, decoder.decode(bytes.subarray(begin, end))]));
    return found;
  };

  test.each([
    ["nothing at all", "", []],
    ["a last line without its end", "a\nb", ["a", "b"]],
    ["a last line with its end", "a\nb\n", ["a", "b"]],
    ["empty lines", "\n\na\n\n", ["", "", "a", ""]],
    ["line ends of Windows", "a\r\n\r\nb\r\n", ["a", "", "b"]],
    ["a carriage return inside a line", "a\rb\n", ["a\rb"]],
  ])("are found in %s", (_, text, lines) => {
    expect(linesOf(text).map(([, line]) => line)).toEqual(lines);
  });

  test("are numbered from the first line of their block", () => {
    expect(linesOf("a\n\nb", 41)).toEqual([
      [41, "a"],
      [42, ""],
      [43, "b"],
    ]);
  });
});
