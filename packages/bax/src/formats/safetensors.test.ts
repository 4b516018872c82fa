import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BaxError } from "../errors.ts";
import { findRepeatedKey } from "./jsonKeys.ts";
import { type Dtype, readSafetensors, type TensorPlan, writeSafetensorsHeader } from "./safetensors.ts";

/** A whole file whose tensor bytes count up. */
function fileOf(plans: TensorPlan[], metadata: Record<string, string> = {}): Uint8Array {
  const { header, byteLength } = writeSafetensorsHeader(plans, metadata);
  const bytes = Uint8Array.from({ length: byteLength }, (_, i) => i & 255);
  bytes.set(header);
  return bytes;
}

/** A file with this very header text. */
function raw(header: string | Uint8Array, dataBytes = 0, claimed?: number): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof BaxError && error.code === "model" && error.advice !== "")) throw error;
    expect(error.message).toMatch(/^byte \d+: /);
    return error.message;
  }
  throw new Error("the file was read");
}

const small = fileOf(
  [
    { name: "words", dtype: "U8", shape: [5] },
    { name: "A", dtype: "F32", shape: [2, 3] },
    { name: "empty", dtype: "F16", shape: [0, 7] },
    { name: "scalar", dtype: "I64", shape: [] },
  ],
  { format: "bax", "": "é\n\u0000" },
);

describe("writeSafetensorsHeader", () => {
  it("is read back: metadata, dtypes, shapes, and offsets in file order", () => {
    const { metadata, tensors } = readSafetensors(small);
    expect(metadata).toEqual({ format: "bax", "": "é\n\u0000" });
    expect([...tensors.keys()]).toEqual(["scalar", "A", "empty", "words"]);
    const start = tensors.get("scalar")!.offset;
    expect(start % 64).toBe(0);
    expect(tensors.get("A")).toEqual({ dtype: "F32", shape: [2, 3], offset: start + 8, byteLength: 24 });
    expect(tensors.get("words")).toEqual({ dtype: "U8", shape: [5], offset: start + 32, byteLength: 5 });
  });

  it("gives the same bytes whatever the order of tensors and metadata", () => {
    const plans: TensorPlan[] = [
      { name: "b", dtype: "U8", shape: [3] },
      { name: "a", dtype: "U8", shape: [1] },
      { name: "c", dtype: "F32", shape: [1] },
    ];
    expect(fileOf([...plans].reverse(), { y: "2", x: "1" })).toEqual(fileOf(plans, { x: "1", y: "2" }));
  });

  it("aligns every tensor to its element, for random shapes, and round-trips them", () => {
    const sizes: Record<string, number> = { F64: 8, F32: 4, U32: 4, F16: 2, U8: 1, I8: 1, BOOL: 1 };
    const plan = fc.record({
      name: fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"),
      dtype: fc.constantFrom(...(Object.keys(sizes) as Dtype[])),
      shape: fc.array(fc.nat(5), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(plan, { selector: (p) => p.name, maxLength: 6 }),
        fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })),
        (plans, metadata) => {
          const { tensors, metadata: read } = readSafetensors(fileOf(plans, metadata));
          expect({ ...read }).toEqual({ ...metadata });
          expect(tensors.size).toBe(plans.length);
          for (const { name, dtype, shape } of plans) {
            const entry = tensors.get(name)!;
            expect({ dtype: entry.dtype, shape: entry.shape }).toEqual({ dtype, shape });
            expect(entry.offset % sizes[dtype]).toBe(0);
          }
        },
      ),
    );
  });

  it("refuses repeated and reserved names and shapes that are no sizes", () => {
    const plan = (name: string, shape: number[]): TensorPlan => ({ name, dtype: "F32", shape });
    expect(() => writeSafetensorsHeader([plan("a", [1]), plan("a", [2])], {})).toThrow(/taken/);
    expect(() => writeSafetensorsHeader([plan("__metadata__", [1])], {})).toThrow(/taken/);
    for (const shape of [[-1], [1.5], [2 ** 53]])
      expect(() => writeSafetensorsHeader([plan("a", shape)], {})).toThrow(RangeError);
  });
});

describe("readSafetensors", () => {
  it("refuses every truncation of a file", () => {
    for (let length = 0; length < small.length; length++) expect(refusal(small.subarray(0, length))).toMatch(/byte/);
  });

  it("refuses left-over bytes, with their offset", () => {
    const longer = new Uint8Array(small.length + 3);
    longer.set(small);
    expect(refusal(longer)).toBe(`byte ${small.length}: 3 bytes after the last tensor belong to no tensor`);
  });

  it("reads a file with any bytes flipped to a layout inside the file without overlaps, or throws a BaxError", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(small.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
        (flips) => {
          const bytes = small.slice();
          for (const [at, mask] of flips) bytes[at] ^= mask;
          try {
            const { tensors } = readSafetensors(bytes);
            let end = 0;
            for (const { offset, byteLength } of tensors.values()) {
              expect(offset).toBeGreaterThanOrEqual(end);
              end = offset + byteLength;
            }
            expect(end).toBe(bytes.length);
          } catch (error) {
            if (!(error instanceof BaxError)) throw error;
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("never throws anything but BaxError on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, framed) => {
        try {
          readSafetensors(framed ? raw(noise) : noise);
        } catch (error) {
          if (!(error instanceof BaxError)) throw error;
        }
      }),
    );
  });

  it.each([
    ["a header longer than the file", raw("{}", 0, 3), /header's length is 3, but only 2/],
    ["a header of 2^60 bytes", raw("{}", 0, 2 ** 60), /more than the 100000000/],
    ["no object", raw("[]"), /expected "\{"/],
    ["an empty header", raw("", 4), /starts with nothing/],
    ["a leading space", raw(" {}"), /expected "\{"/],
    ["bad JSON", raw('{"a":}'), /not valid JSON/],
    ["bad UTF-8", raw(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /UTF-8/],
    [
      "a repeated name",
      raw(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /"a" twice/,
    ],
    ["a number in the metadata", raw('{"__metadata__":{"a":1}}'), /not a string/],
    ["a list for metadata", raw('{"__metadata__":[]}'), /not a JSON object/],
    ["an unknown dtype", raw('{"a":{"dtype":"Q4","shape":[0],"data_offsets":[0,0]}}'), /dtype "Q4"/],
    [
      "a dtype from Object.prototype",
      raw('{"a":{"dtype":"toString","shape":[0],"data_offsets":[0,0]}}'),
      /dtype "toString"/,
    ],
    ["an unknown key", raw('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}'), /unknown key "x"/],
    ["a null tensor", raw('{"a":null}'), /not a JSON object/],
    ["a negative size", raw('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}', 1), /list of sizes/],
    ["a fractional size", raw('{"a":{"dtype":"U8","shape":[0.5],"data_offsets":[0,1]}}', 1), /list of sizes/],
    [
      "sizes whose product overflows",
      raw('{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}'),
      /but has 0/,
    ],
    ["an end before its begin", raw('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', 1), /begin and an end/],
    [
      "an end past the file",
      raw('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 1),
      /ends at byte \d+, but the file has/,
    ],
    ["a shape that disagrees", raw('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4), /8 bytes, but has 4/],
    [
      "an overlap",
      raw(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      /"b" overlaps/,
    ],
    [
      "a hole",
      raw(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
        3,
      ),
      /1 bytes before tensor "b"/,
    ],
  ])("refuses %s", (_, bytes, reason) => {
    expect(refusal(bytes)).toMatch(reason);
  });

  it.each([
    ["an empty file", []],
    ["a fastText model", [0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0, 0]],
    ["a gzip file", [0x1f, 0x8b, 8, 0, 0]],
    ["a zip file", [0x50, 0x4b, 3, 4, 0]],
    ["a Python pickle", [0x80, 4, 0x95, 0]],
    ["a text file", [...new TextEncoder().encode("__label__spam win a prize\n")]],
    ["a text file", [...new TextEncoder().encode("héllo")]],
    ["a Git LFS pointer", [...new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n")]],
  ])("names %s for what it is", (kind, bytes) => {
    expect(refusal(Uint8Array.from(bytes as number[]))).toContain(kind);
  });

  it("takes a file whose header's length looks like another file's magic for safetensors", () => {
    // 0x8b1f is 35,615: a header of that length starts like gzip.
    const bytes = raw("{}".padEnd(0x8b1f, " "));
    expect([bytes[0], bytes[1]]).toEqual([0x1f, 0x8b]);
    expect(readSafetensors(bytes).tensors.size).toBe(0);
  });

  it("gives offsets from the first byte of the file, also for a view into a larger buffer", () => {
    const shifted = new Uint8Array(small.length + 5);
    shifted.set(small, 5);
    expect(readSafetensors(shifted.subarray(5))).toEqual(readSafetensors(small));
  });
});

describe("findRepeatedKey", () => {
  it("finds a repeat at any depth and none where equal strings are values or in other objects", () => {
    expect(findRepeatedKey('{"a":"a","b":["a","a",{"a":1}],"c":{"a":"a"}}')).toBeNull();
    expect(findRepeatedKey(`{"a"${" ".repeat(99)}:1,"a":2}`)).toBe("a");
    expect(findRepeatedKey('{"x":[{"k\\"" : 1, "k\\u0022":2}]}')).toBe('k"');
  });

  it("finds nothing in what JSON.stringify wrote", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findRepeatedKey(text)).toBeNull();
      }),
    );
  });
});
