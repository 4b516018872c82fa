import { expect, test } from "vitest";
import { Random } from "../math/random.ts";
import { checkOptions, OPTIONS, type TrainingChoices } from "../training/index.ts";
import { parseMetric } from "./metric.ts";
import { type Point, SearchSpace } from "./searchSpace.ts";

const FACTS = { examples: 7000, labels: 20 };
const accuracy = parseMetric("accuracy");

/** Many points, each near the last. */
function walk(space: SearchSpace, count: number): Point[] {
  const points: Point[] = [{}];
  for (let i = 0; i < count; i++) points.push(space.draw(new Random(i), points[i], FACTS, i % 3));
  return points.slice(1);
}

test("every option with a `search` in the table is drawn, no other, and what is drawn is allowed", () => {
  const space = new SearchSpace({}, accuracy);
  const drawn = new Set<string>();
  for (const point of walk(space, 600)) {
    const choices = space.choices(point, FACTS);
    for (const key of Object.keys(choices)) drawn.add(key);
    expect(() => checkOptions({ ...choices })).not.toThrow();
  }
  expect([...drawn].sort()).toEqual(
    OPTIONS.filter((row) => row.search)
      .map((row) => row.key as string)
      .sort(),
  );
});

test("options that are given are never changed", () => {
  const given: TrainingChoices = { dim: 24, charNgrams: [3, 5], lowercase: false, lr: 0.2, seed: 9 };
  const space = new SearchSpace(given, accuracy);
  for (const point of walk(space, 200)) expect(space.choices(point, FACTS)).toMatchObject(given);
});

test("with everything given there is nothing to draw", () => {
  const given = Object.fromEntries(
    OPTIONS.flatMap(({ key, search }) => (search && "values" in search ? [[key, search.values[0]]] : [])),
  );
  const space = new SearchSpace({ ...given, dim: 16, epochs: 5, lr: 0.1, charScale: 1 } as TrainingChoices, accuracy);
  expect(space.rows).toEqual([]);
  expect(space.draw(new Random(1), {}, FACTS)).toEqual({});
});

test("a loss other than softmax has no smoothing, and without runs of characters nothing is said of them", () => {
  const space = new SearchSpace({}, accuracy);
  const points = walk(space, 600);
  const ova = points.filter((point) => point["loss"] === "ova");
  const none = points.filter((point) => JSON.stringify(point["charNgrams"]) === "[0,0]");
  expect(ova.length).toBeGreaterThan(10);
  expect(none.length).toBeGreaterThan(10);
  for (const point of ova) expect(point).not.toHaveProperty("smoothing");
  for (const point of none) expect(Object.keys(point)).not.toEqual(expect.arrayContaining(["charScale"]));
});

test("the log loss compares models of one loss only, and smoothing that is given needs softmax", () => {
  const keysOf = (space: SearchSpace) => space.rows.map((row) => row.key);
  expect(keysOf(new SearchSpace({}, accuracy))).toContain("loss");
  expect(keysOf(new SearchSpace({}, parseMetric("log-loss")))).not.toContain("loss");
  expect(keysOf(new SearchSpace({ smoothing: 0.1 }, accuracy))).not.toContain("loss");
  expect(keysOf(new SearchSpace({ loss: "ova" }, accuracy))).not.toContain("smoothing");
});

test("a factor is of the default for the data at hand", () => {
  const space = new SearchSpace({}, accuracy);
  const [few, many] = [300, 100_000].map((examples) => space.choices({ epochs: 2 }, { examples, labels: 20 }).epochs);
  expect([few, many]).toEqual([200, 10]);
  expect(space.choices({ dim: 0.25 }, FACTS).dim).toBe(8);
  expect(space.choices({ dim: 1.01 }, FACTS)).toEqual({});
});
