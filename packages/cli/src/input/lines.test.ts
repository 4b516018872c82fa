import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readLineBlocks } from "./lines.ts";
import { findSources } from "./sources.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bax-lines-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(
  name: string,
  bytes: Uint8Array | string,
): Promise<{ blocks: [number, string][]; notes: string[] }> {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  const [source] = await findSources([file], { format: "txt" });
  const notes: string[] = [];
  const blocks: [number, string][] = [];
  for await (const { lines, firstLine } of readLineBlocks(source, (note) => notes.push(note))) {
    blocks.push([firstLine, Buffer.from(lines).toString("latin1")]);
  }
  return { blocks, notes };
}

describe("readLineBlocks", () => {
  it("gives whole lines only, whose bytes and first line numbers add up, for 3 MB of uneven lines", async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => "x".repeat((n * 37) % 211));
    const text = lines.join("\n");
    const { blocks } = await read("large.txt", text);
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.map(([, block]) => block).join("")).toBe(text);
    let line = 1;
    for (const [n, [firstLine, block]] of blocks.entries()) {
      expect(firstLine).toBe(line);
      expect(block.endsWith("\n")).toBe(n < blocks.length - 1);
      line += block.split("\n").length - 1;
    }
  });

  it("gives the same where the memory of blocks is used again, as long as so many are kept", async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n} ${"x".repeat((n * 37) % 211)}`);
    lines.splice(30_000, 0, "y".repeat(5 << 20));
    const file = path.join(folder, "again.txt");
    writeFileSync(file, lines.join("\n"));
    const [source] = await findSources([file], { format: "txt" });
    for (const kept of [0, 1, 3]) {
      const held: Uint8Array[] = [];
      let text = "";
      const take = () => {
        text += Buffer.from(held.shift() as Uint8Array).toString("latin1");
      };
      for await (const { lines: block } of readLineBlocks(source, () => {}, undefined, kept)) {
        held.push(block);
        // What is being read meanwhile has time to come.
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (held.length > kept) take();
      }
      while (held.length > 0) take();
      expect(text === lines.join("\n"), `${kept} kept`).toBe(true);
    }
  }, 60_000);

  it("keeps a line of 3 MB in one piece", async () => {
    const text = `a\n${"y".repeat(3_000_000)}\nb\n`;
    const { blocks } = await read("long.txt", text);
    expect(blocks.map(([, block]) => block).join("")).toBe(text);
    expect(blocks.some(([, block]) => block.includes("y".repeat(3_000_000)))).toBe(true);
  });

  it("unpacks gzip whatever the name says", async () => {
    const text = "__label__a one\n".repeat(100_000);
    for (const name of ["packed.txt.gz", "packed.txt"]) {
      const { blocks } = await read(name, gzipSync(text));
      expect(blocks.map(([, block]) => block).join("")).toBe(text);
    }
  });

  it("refuses gzip data that were cut short or changed, and says so", async () => {
    const packed = gzipSync("__label__a one two three\n".repeat(10_000));
    await expect(read("cut.txt.gz", packed.subarray(0, packed.length / 2))).rejects.toMatchObject({
      code: "data",
      message: expect.stringContaining("gzip data are damaged"),
    });
    const changed = Uint8Array.from(packed);
    changed[packed.length >> 1] ^= 0xff;
    await expect(read("changed.txt.gz", changed)).rejects.toMatchObject({ code: "data" });
  });

  it("drops a byte order mark and gives nothing for an empty file", async () => {
    expect((await read("bom.txt", "\uFEFFa\n")).blocks).toEqual([[1, "a\n"]]);
    expect((await read("empty.txt", "")).blocks).toEqual([]);
  });

  it("passes bytes that are no UTF-8 on, and notes the first line of them once", async () => {
    const { blocks, notes } = await read("latin.txt", Buffer.from("fine\ncaf\xe9\ncaf\xe9\n", "latin1"));
    expect(blocks).toEqual([[1, "fine\ncaf\xe9\ncaf\xe9\n"]]);
    expect(notes).toEqual([expect.stringMatching(/latin\.txt:2: bytes that are not UTF-8/)]);
  });

  it.each([
    ["a binary file", Uint8Array.from({ length: 5000 }, (_, n) => (n * 151) & 255)],
    ["a Parquet table", Buffer.from("PAR1\u0000\u0000")],
    ["UTF-16 text", Buffer.from("\uFEFFhello", "utf16le")],
  ])("refuses %s", async (kind, bytes) => {
    await expect(read("binary.txt", bytes)).rejects.toMatchObject({
      code: "data",
      message: expect.stringContaining(kind),
    });
  });
});
