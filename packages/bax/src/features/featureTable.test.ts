import { expect, test } from "vitest";
import { Heap } from "../kernels/index.ts";
import { Random } from "../math/random.ts";
import { FeatureTable } from "./featureTable.ts";

/** What a table of `keys` says of `hashes`: their rows, −1 for none. */
function rowsOf(keys: readonly number[], hashes: readonly number[]): number[] {
  const heap = new Heap();
  const table = new FeatureTable(heap, heap.allocateCopy(Uint32Array.from(keys)), keys.length);
  const count = hashes.length;
  const at = heap.allocateCopy(Uint32Array.from(hashes));
  const counts = heap.allocateCopy(Uint8Array.from(hashes, (_, i) => i % 255));
  const [ids, kept, places] = [heap.allocate(count * 4), heap.allocate(count), heap.allocate(count * 4)];
  const known = table.find(at, counts, count, ids, kept, places);
  const found = Array.from(heap.u32At(ids, known));
  const keptCounts = Array.from(heap.u8At(kept, known));
  const all = Array.from(heap.u32At(places, count));
  // In order, each with its own count.
  const expected = hashes.flatMap((_, i) => (all[i] === 0xffffffff ? [] : [i % 255]));
  expect(keptCounts).toEqual(expected);
  expect(all.filter((place) => place !== 0xffffffff)).toEqual(found.map((_, i) => i));
  return all.map((place) => (place === 0xffffffff ? -1 : found[place]));
}

/** The same, plainly. */
function plainly(keys: readonly number[], hashes: readonly number[]): number[] {
  const rows = new Map<number, number>();
  for (const [row, key] of keys.entries()) if (!rows.has(key)) rows.set(key, row);
  return hashes.map((hash) => rows.get(hash) ?? -1);
}

const random = new Random(3);
const numbers = (count: number) => Array.from({ length: count }, () => random.uint32());

test.each([0, 1, 2, 11, 12, 13, 100, 5000, 60_000])(
  "of %i random keys each has its row, and other hashes have none",
  (size) => {
    const keys = [...new Set(numbers(size))];
    const near = keys
      .slice(0, 2000)
      .flatMap((key) => [key ^ 1, key ^ 0x80000000, key ^ 0x10000].map((hash) => hash >>> 0));
    const hashes = [0, 1, 0xffffffff, ...keys.slice(0, 3000), ...keys.slice(-3000), ...near, ...numbers(3000)];
    expect(rowsOf(keys, hashes)).toEqual(plainly(keys, hashes));
  },
);

test("keys that all belong into a few lines, at the start and at the end, are told apart", () => {
  for (const first of [0, 0x7fff0000, 0xffffffff - 2999]) {
    const keys = Array.from({ length: 3000 }, (_, i) => first + i);
    const around = Array.from({ length: 6000 }, (_, i) => (first - 1500 + i) >>> 0);
    expect(rowsOf(keys, around)).toEqual(plainly(keys, around));
  }
});

test("of equal keys the first counts", () => {
  const keys = [5, 9, 5, 0, 9, 0, 7];
  expect(rowsOf(keys, [0, 5, 7, 9, 11])).toEqual([3, 0, 6, 1, -1]);
});
