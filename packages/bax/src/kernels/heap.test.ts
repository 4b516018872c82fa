import { describe, expect, it } from "vitest";
import { BaxError } from "../errors.ts";
import { Heap } from "./heap.ts";
import { kernelModule, PAGE_BYTES } from "./module.ts";

/** Small numbers that look random and are always the same. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** Whether `bytes` bytes at an address all have a value. */
function holds(heap: Heap, at: number, bytes: number, value: number): boolean {
  return Buffer.alloc(bytes, value).equals(heap.u8At(at, bytes).slice());
}

function refusalOf(work: () => void): BaxError {
  try {
    work();
  } catch (error) {
    if (error instanceof BaxError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a heap on the memory of another", () => {
  it("never hands out what another has: three that allocate and release in turn", () => {
    const first = new Heap(true);
    const heaps = [first, Heap.on(first.memory, kernelModule(true)), Heap.on(first.memory, kernelModule(true))];
    const next = numbers(5);
    const blocks: { heap: Heap; at: number; bytes: number; mark: number }[] = [];
    for (let turn = 0; turn < 3000; turn++) {
      const heap = heaps[next() % heaps.length];
      if (next() % 3 === 0 && blocks.length > 0) {
        const index = next() % blocks.length;
        const [block] = blocks.splice(index, 1);
        block.heap.release(block.at);
        continue;
      }
      const bytes = 1 + (next() % 4 === 0 ? next() % 3_000_000 : next() % 3000);
      if (blocks.reduce((sum, block) => sum + block.bytes, 0) + bytes > 200e6) continue;
      const isZeroed = next() % 2 === 0;
      const at = isZeroed ? heap.allocateZeroed(bytes) : heap.allocate(bytes);
      expect(at % 64).toBe(0);
      expect(at).toBeGreaterThan(0);
      if (isZeroed) expect(holds(heap, at, bytes, 0)).toBe(true);
      const mark = 1 + (turn % 255);
      heap.u8At(at, bytes).fill(mark);
      blocks.push({ heap, at, bytes, mark });
    }
    expect(blocks.length).toBeGreaterThan(100);
    const sorted = [...blocks].sort((a, b) => a.at - b.at);
    for (let i = 1; i < sorted.length; i++) {
      const before = sorted[i - 1];
      expect(before.at + before.bytes).toBeLessThanOrEqual(sorted[i].at);
    }
    for (const { heap, at, bytes, mark } of blocks) expect(holds(heap, at, bytes, mark)).toBe(true);
  });

  it("goes on in a new segment where another's memory begins, and uses what it left", () => {
    const first = new Heap(true);
    const a = first.allocate(1000);
    const second = Heap.on(first.memory, kernelModule(true));
    const b = second.allocate(1000);
    expect(b).toBe(PAGE_BYTES);
    const c = first.allocate(100_000);
    expect(c).toBeGreaterThan(b + (4 << 20) - 1);
    // The rest of its first page is still the first one's.
    const d = first.allocate(2000);
    expect(d).toBe(a + 1024);
    expect(first.handedOut).toBeGreaterThanOrEqual(101_000);
    expect(first.handedOut).toBeLessThan(200_000);
  });

  it("has all its segments again after it was cleared, and only those", () => {
    const first = new Heap(true);
    const second = Heap.on(first.memory, kernelModule(true));
    second.allocate(1000);
    first.allocate(100_000);
    second.allocate(5 << 20);
    const pages = first.memory.grow(0);
    second.clear();
    expect(second.allocate(4 << 20)).toBe(PAGE_BYTES);
    second.allocate(5 << 20);
    expect(first.memory.grow(0)).toBe(pages);
  });

  it("is taken over by the first when it is no longer wanted, and zeroed where that is asked for", () => {
    const first = new Heap(true);
    const second = Heap.on(first.memory, kernelModule(true));
    const at = second.allocate(100_000);
    second.u8At(at, 100_000).fill(7);
    const whole = first.memory.grow(0) * PAGE_BYTES;
    first.adopt(second.owned);
    const blocks = Array.from({ length: 40 }, () => first.allocateZeroed(100_000));
    expect(blocks).toContain(at);
    for (const block of blocks) expect(holds(first, block, 100_000, 0)).toBe(true);
    expect(first.memory.buffer.byteLength).toBeLessThan(whole + 500_000);
    for (const block of blocks) first.release(block);
    first.clear();
    expect(first.allocate(4 << 20)).toBe(PAGE_BYTES);
  });

  it("sees what lies behind the end that it knew", () => {
    const first = new Heap(true);
    const second = Heap.on(first.memory, kernelModule(true));
    const at = first.allocateCopy(Uint8Array.from({ length: 300_000 }, (_, i) => i));
    second.reach(at + 300_000);
    expect(Buffer.from(second.u8At(at, 300_000).slice()).equals(first.u8At(at, 300_000).slice())).toBe(true);
  });

  it("ends at 4 GiB with a BaxError, and what it had stays", () => {
    const first = new Heap(true);
    const second = Heap.on(first.memory, kernelModule(true));
    const at = second.allocateCopy(Uint8Array.of(1, 2, 3));
    first.allocate(2 ** 31);
    const refused = refusalOf(() => second.allocate(2 ** 31));
    expect(refused.code).toBe("limit");
    expect(refused.message).toMatch(/4 GiB/);
    expect([...second.u8At(at, 3)]).toEqual([1, 2, 3]);
    expect(second.allocate(1000)).toBeGreaterThan(at);
  });
});

it("a heap alone grows by what it needs, page by page", () => {
  for (const shared of [true, false]) {
    const heap = new Heap(shared);
    expect(heap.memory.buffer.byteLength).toBe(PAGE_BYTES);
    heap.allocate(PAGE_BYTES - 64 - 512);
    expect(heap.memory.buffer.byteLength).toBe(PAGE_BYTES);
    heap.allocate(1);
    expect(heap.memory.buffer.byteLength).toBe(2 * PAGE_BYTES);
    expect(heap.u8.byteLength).toBe(2 * PAGE_BYTES);
    expect(refusalOf(() => heap.allocate(2 ** 33)).code).toBe("limit");
  }
});
