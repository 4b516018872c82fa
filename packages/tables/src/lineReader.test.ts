import { expect, it } from "vitest";
import { type Line, LineReader } from "./lineReader.ts";

it("the reader keeps nothing of a line that is too long", () => {
  const reader = new LineReader(10);
  const lines: (string | null)[] = [];
  const push = (text: string): void => {
    for (const line of reader.push(new TextEncoder().encode(text))) lines.push(line && new TextDecoder().decode(line));
  };
  for (const piece of ["abc", "def\n", "0123456789", "\n", "0123456789", "0\n", "x".repeat(1000), "\n\n", "last"])
    push(piece);
  for (const line of reader.end()) lines.push(line && new TextDecoder().decode(line));
  expect(lines).toEqual(["abcdef", "0123456789", null, null, "", "last"]);
});

it("the reader copies what it keeps, since a piece is whoever sent it's", () => {
  const reader = new LineReader(100);
  // A Buffer's own `slice` copies nothing.
  const piece = Buffer.from("one\ntwo");
  expect(Array.from(reader.push(piece), (line) => line && new TextDecoder().decode(line))).toEqual(["one"]);
  piece.fill(0x78);
  expect(Array.from(reader.end(), (line) => line && new TextDecoder().decode(line))).toEqual(["two"]);
});

it("lines are the same however the bytes are cut", () => {
  const text = `one\n\ntwo three\r\n${"x".repeat(300)}\nend`;
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new LineReader(300);
    const lines: (string | null)[] = [];
    const decode = (line: Line): string | null => line && new TextDecoder().decode(line);
    for (let at = 0; at < bytes.length; at += size)
      for (const line of reader.push(bytes.subarray(at, at + size))) lines.push(decode(line));
    for (const line of reader.end()) lines.push(decode(line));
    expect(lines).toEqual(text.split("\n"));
  }
});
