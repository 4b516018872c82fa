import fc from "fast-check";
import { expect, test } from "vitest";
import { huffmanTree, pathOf } from "./index.ts";

const descending = fc
  .array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 })
  .map((counts) => counts.sort((a, b) => b - a));

/** "LR…" from the root down. */
function turns(counts: readonly number[], label: number): string {
  return pathOf(huffmanTree(counts), label)
    .map(({ right }) => (right ? "R" : "L"))
    .reverse()
    .join("");
}

test("the tree of counts 8, 4, 2, 1, 1 is the chain that its ties ask for", () => {
  // Of equal counts the inner node is taken before the leaf: {1, 1} has count 2 and goes left of label 2, and so on up.
  expect([0, 1, 2, 3, 4].map((label) => turns([8, 4, 2, 1, 1], label))).toEqual(["R", "LR", "LLR", "LLLR", "LLLL"]);
});

test("four equal counts give a full tree: the last two labels are its first inner node, the last of them on the left", () => {
  const tree = huffmanTree([5, 5, 5, 5]);
  expect([...tree.children]).toEqual([3, 2, 1, 0, 4, 5]);
  expect([0, 1, 2, 3].map((label) => turns([5, 5, 5, 5], label))).toEqual(["RR", "RL", "LR", "LL"]);
});

test("a single label has an empty path", () => {
  expect(pathOf(huffmanTree([3]), 0)).toEqual([]);
});

test("every path is that of the children, and rows are those of inner nodes, the root at its end", () => {
  fc.assert(
    fc.property(descending, (counts) => {
      const tree = huffmanTree(counts);
      for (let label = 0; label < counts.length; label++) {
        let node = 2 * counts.length - 2;
        for (const { row, right } of pathOf(tree, label).reverse()) {
          expect(row).toBe(node - counts.length);
          node = tree.children[2 * row + (right ? 1 : 0)];
        }
        expect(node).toBe(label);
      }
    }),
  );
});

test("the mean path is as short as merging the two smallest makes it, and no rarer label lies nearer the root", () => {
  fc.assert(
    fc.property(descending, (counts) => {
      const tree = huffmanTree(counts);
      const depths = counts.map((_, label) => pathOf(tree, label).length);
      const heap = [...counts];
      let expected = 0;
      while (heap.length > 1) {
        heap.sort((a, b) => b - a);
        const sum = heap.pop()! + heap.pop()!;
        expected += sum;
        heap.push(sum);
      }
      expect(counts.reduce((sum, count, label) => sum + count * depths[label], 0)).toBe(expected);
      for (let label = 1; label < counts.length; label++)
        if (counts[label] < counts[label - 1]) expect(depths[label]).toBeGreaterThanOrEqual(depths[label - 1]);
    }),
  );
});

test("counts that are not in descending order are refused", () => {
  for (const counts of [[], [1, 2], [3, Number.NaN], [-1], [1e15]])
    expect(() => huffmanTree(counts)).toThrow(RangeError);
});
