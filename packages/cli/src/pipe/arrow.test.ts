import { Field, LargeUtf8, Table, tableToIPC, Utf8, Utf8View, vectorFromArray } from "apache-arrow";
import { BaxError } from "bax";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessages } from "./arrowMessages.ts";
import { type TextPlace, textPlace } from "./arrowSchema.ts";
import { textsOf } from "./arrowTexts.ts";
import { ByteSource } from "./byteSource.ts";

const TEXTS = ["oil", null, "", "größer 日本語", "a text that is longer than twelve bytes", null, "b\nc"];
const TYPES = { utf8: new Utf8(), "large utf8": new LargeUtf8(), "utf8 views": new Utf8View() };

/** A stream of two batches; other columns, and columns in them, stand before the text. */
function stream(type: Utf8 | LargeUtf8 | Utf8View): Uint8Array {
  const table = new Table({
    id: vectorFromArray(TEXTS.map((_, n) => n)),
    nested: vectorFromArray(TEXTS.map((_, n) => ({ a: [n, n], b: `${n}` }))),
    coded: vectorFromArray(TEXTS.map((_, n) => `${n % 2}`)),
    viewed: vectorFromArray(
      TEXTS.map((_, n) => `a view of more than twelve bytes ${n}`),
      new Utf8View(),
    ),
    text: vectorFromArray(TEXTS, type),
    flag: vectorFromArray(TEXTS.map(() => true)),
  });
  const again = vectorFromArray(TEXTS, type);
  expect(new Field("text", again.type).type.toString()).toBe(type.toString());
  return tableToIPC(table.concat(table), "stream");
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textsIn(bytes: Uint8Array, size = 1000, name = "text"): Promise<(string | null)[][]> {
  const batches: (string | null)[][] = [];
  let place: TextPlace | undefined;
  for await (const message of readMessages(pieces(bytes, size))) {
    if (place === undefined) place = textPlace(message, name);
    else batches.push(textsOf(message, place).map((text) => (text === null ? null : Buffer.from(text).toString())));
  }
  return batches;
}

describe.each(Object.entries(TYPES))("a column of %s", (_, type) => {
  it("is read, however the bytes are cut", async () => {
    const bytes = stream(type);
    for (const size of [1, 7, 64, 1 << 20]) expect(await textsIn(bytes, size)).toEqual([TEXTS, TEXTS]);
  });

  it("is read from a file, too", async () => {
    const file = Buffer.concat([
      Buffer.from("ARROW1\0\0"),
      stream(type),
      Buffer.from("a footer"),
      Buffer.from("ARROW1"),
    ]);
    expect(await textsIn(file)).toEqual([TEXTS, TEXTS]);
  });

  it("is read, or told to be damaged, whatever its bytes", async () => {
    const bytes = stream(type);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)));
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(bytes.length), { freq: 9 }),
        async (changes, end) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, byte] of changes) damaged[at] = byte;
          try {
            await textsIn(damaged.subarray(0, end ?? bytes.length));
          } catch (error) {
            expect(error).toBeInstanceOf(BaxError);
            expect((error as BaxError).advice).not.toBe("");
            refused++;
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});

describe("a stream", () => {
  it.each([
    ["no bytes", "", /no Arrow stream/],
    ["lines of JSON", '{"text":"a"}\n{"text":"b"}\n', /no Arrow stream/],
    ["the end alone", "\xff\xff\xff\xff\0\0\0\0", /no Arrow stream/],
  ])("that is %s is refused", async (_, bytes, message) => {
    await expect(textsIn(Buffer.from(bytes, "latin1"))).rejects.toThrow(message);
  });

  it("may end without its end, but not within a batch", async () => {
    const bytes = stream(new Utf8());
    expect(await textsIn(bytes.subarray(0, bytes.length - 8))).toEqual([TEXTS, TEXTS]);
    await expect(textsIn(bytes.subarray(0, bytes.length - 9))).rejects.toThrow(/cut short/);
    await expect(textsIn(bytes.subarray(0, bytes.length - 2))).rejects.toThrow(/cut short/);
  });

  it("without a schema is refused: some write it behind, into files", async () => {
    const table = new Table({ text: vectorFromArray(TEXTS, new Utf8()) });
    await expect(textsIn(tableToIPC(table, "file"))).rejects.toThrow(/does not begin with a schema/);
  });

  it.each([
    ["txet", /no column "txet"/, /"text".*Did you mean "text"/],
    ["id", /holds values of type FloatingPoint/, /cast/],
    ["coded", /numbers of a dictionary/, /cast/],
  ])("whose column %s is no text is refused", async (name, message, advice) => {
    await expect(textsIn(stream(new Utf8()), 1000, name)).rejects.toMatchObject({
      code: "data",
      message: expect.stringMatching(message),
      advice: expect.stringMatching(advice),
    });
  });
});

it("bytes are taken in any size, and passed over", async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, n) => n);
  for (const size of [1, 3, 10, 200]) {
    const source = new ByteSource(pieces(bytes, size));
    expect(await source.read(0)).toEqual(new Uint8Array(0));
    expect(await source.read(5)).toEqual(bytes.slice(0, 5));
    expect(await source.skip(20)).toBe(20);
    expect(await source.read(30)).toEqual(bytes.slice(25, 55));
    expect(await source.read(1000)).toEqual(bytes.slice(55));
    expect(await source.read(1)).toEqual(new Uint8Array(0));
    expect(await source.skip(3)).toBe(0);
  }
});
