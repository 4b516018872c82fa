import fc from "fast-check";
import { expect, test } from "vitest";
import { packAscending, unpackAscending } from "./featureTensors.ts";

const ascending = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffffffff })), { maxLength: 200 })
  .map((values) => Uint32Array.from(values).sort());

test("ascending numbers are packed and unpacked, at one to five bytes each", () => {
  fc.assert(
    fc.property(ascending, (values) => {
      const bytes = packAscending(values);
      expect(unpackAscending(bytes, values.length)).toEqual(values);
      expect(bytes.length).toBeGreaterThanOrEqual(values.length);
      expect(bytes.length).toBeLessThanOrEqual(5 * values.length);
    }),
    { numRuns: 500 },
  );
});

test("the edges of the lengths are right: 7, 14, 21, 28 and 32 bits", () => {
  for (const [value, length] of [
    [0, 1],
    [127, 1],
    [128, 2],
    [16383, 2],
    [16384, 3],
    [2097151, 3],
    [2097152, 4],
    [268435455, 4],
    [268435456, 5],
    [0xffffffff, 5],
  ]) {
    const bytes = packAscending(Uint32Array.of(value));
    expect(bytes.length, `${value}`).toBe(length);
    expect(unpackAscending(bytes, 1)).toEqual(Uint32Array.of(value));
  }
  // By hand: 300 = 2 · 128 + 44, then 1 more.
  expect(packAscending(Uint32Array.of(300, 301))).toEqual(Uint8Array.of(172, 2, 1));
});

test("many keys, as far apart as those of a large model, take at most two and a half bytes", () => {
  const values = Uint32Array.from({ length: 500_000 }, (_, i) => i * 8589);
  const bytes = packAscending(values);
  expect(bytes.length / values.length).toBeLessThan(2.5);
  expect(unpackAscending(bytes, values.length)).toEqual(values);
});

test("another count than was packed is no list", () => {
  const bytes = packAscending(Uint32Array.of(1, 5, 70_000));
  for (const count of [0, 1, 2, 4, 5, 6, 2 ** 31]) expect(unpackAscending(bytes, count), `${count}`).toBeNull();
});

test("bytes that end too early, numbers past 32 bits, and a difference of 0 are no list", () => {
  for (const [bytes, count] of [
    [[128], 1],
    [[1, 255], 2],
    [[255, 255, 255, 255, 16], 1],
    [[255, 255, 255, 255, 255, 1], 1],
    [[255, 255, 255, 255, 15, 1], 2],
    [[5, 0], 2],
    [[5, 128, 0], 2],
  ] satisfies [number[], number][]) {
    expect(unpackAscending(Uint8Array.from(bytes), count), bytes.join()).toBeNull();
  }
  expect(unpackAscending(Uint8Array.of(255, 255, 255, 255, 15), 1)).toEqual(Uint32Array.of(0xffffffff));
  expect(unpackAscending(new Uint8Array(0), 0)).toEqual(new Uint32Array(0));
});

test("damaged bytes are no list, or another ascending list: never a wrong order", () => {
  fc.assert(
    fc.property(
      ascending.filter((values) => values.length > 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (values, where, flipped) => {
        const bytes = packAscending(values);
        bytes[where % bytes.length] ^= flipped;
        const read = unpackAscending(bytes, values.length);
        if (read === null) return;
        expect(read.length).toBe(values.length);
        for (let i = 1; i < read.length; i++) expect(read[i]).toBeGreaterThan(read[i - 1]);
      },
    ),
    { numRuns: 500 },
  );
});
