import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readRawLines, splitLines } from "./lines.ts";

function split(text: string, splitAtToken = true): string[] {
  const lines = splitLines(Buffer.from(text), splitAtToken);
  return lines.map(({ bytes, lineEnd }) => `${Buffer.from(bytes).toString()}${lineEnd ? "⏎" : ""}`);
}

describe("splitLines", () => {
  it("parts lines, and tells whether the last one ended", () => {
    expect(split("a\n\nb")).toEqual(["a⏎", "⏎", "b"]);
    expect(split("a\r\n")).toEqual(["a\r⏎"]);
    expect(split("")).toEqual([]);
  });

  it("ends a line at the token </s>, and takes one separator with it", () => {
    expect(split("a </s> b\nc\n")).toEqual(["a </s>", "b⏎", "c⏎"]);
    expect(split("a </s>\nb\n")).toEqual(["a </s>", "⏎", "b⏎"]);
    expect(split("</s>")).toEqual(["</s>"]);
    expect(split("a </s> ")).toEqual(["a </s>"]);
    expect(split("a </s>  ")).toEqual(["a </s>", " "]);
    expect(split("</s> </s>\n")).toEqual(["</s>", "</s>", "⏎"]);
  });

  it("leaves </s> inside a word, or where it is not asked for, alone", () => {
    expect(split("a</s> </s>b\n")).toEqual(["a</s> </s>b⏎"]);
    expect(split("a </s> b\n", false)).toEqual(["a </s> b⏎"]);
  });
});

it("readRawLines gives the same lines however the file is cut into blocks", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bax-lines-"));
  try {
    const file = path.join(folder, "long.txt");
    const text = `${"word ".repeat(500_000)}\nshort\n${"x".repeat(1_500_000)}`;
    writeFileSync(file, text);
    const lines: string[] = [];
    for await (const some of readRawLines(file, true)) {
      for (const { bytes } of some) lines.push(Buffer.from(bytes).toString());
    }
    expect(lines.join("\n")).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
