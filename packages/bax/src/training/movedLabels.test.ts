import { expect, test } from "vitest";
import { prepareEngine, words } from "../../test/preparedEngine.ts";
import { gradient } from "../math/cost.ts";

const LABELS = 120;
const RATE = 0.1;
/** Other seeds of chance. */
const DRAWS = 300;

test("where labels are many, rows of B move as by the whole gradient on average, but few of them at a time", async () => {
  const texts = Array.from({ length: 16 }, (_, i) => ({
    text: `${words[i % 10]} ${words[(i * 3) % 7]}`,
    labels: [`l${i % 5}`],
  }));
  const example = { texts, labels: LABELS, dimension: 8 };
  const { engine, epoch, read, numeric } = await prepareEngine(example, "sgd", 0);
  const before = read();
  const { dOutput } = gradient(before, numeric);
  const order = Uint32Array.from(numeric.keys());
  const sum = new Float64Array(before.output.length);
  const moved: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    engine.initialize(3, { columns: before.dimension });
    // Every epoch draws its own chance.
    for (let skipped = 0; skipped < draw; skipped++) engine.beginEpoch();
    await epoch(order, { start: RATE, slope: 0 });
    const { output } = read();
    const steps = output.map((value, i) => value - before.output[i]);
    for (const [i, step] of steps.entries()) sum[i] += step;
    moved.push(
      Array.from({ length: LABELS }, (_, c) => steps.subarray(c * 8, c * 8 + 8)).filter((row) => row.some(Boolean))
        .length,
    );
  }
  engine.close();
  let [difference, size] = [0, 0];
  for (const [i, total] of sum.entries()) {
    const expected = -RATE * numeric.length * dOutput[i];
    difference += (total / DRAWS - expected) ** 2;
    size += expected ** 2;
  }
  // Wrong labels have a gradient of 1/120 each, so that nearly all of them move; only chance may keep some.
  expect(Math.max(...moved)).toBeLessThanOrEqual(LABELS);
  expect(Math.min(...moved)).toBeLessThan(LABELS - 5);
  expect(Math.sqrt(difference / size)).toBeLessThan(0.03);
}, 120_000);

test("where labels are few, every row moves by its whole gradient", async () => {
  const texts = Array.from({ length: 16 }, (_, i) => ({ text: words[i % 10], labels: [`l${i % 5}`] }));
  const { engine, epoch, read, numeric } = await prepareEngine({ texts, labels: 63, dimension: 8 }, "sgd", 0);
  const before = read();
  const { dOutput } = gradient(before, numeric);
  await epoch(Uint32Array.from(numeric.keys()), { start: RATE, slope: 0 });
  const after = read();
  engine.close();
  for (const [i, value] of after.output.entries())
    expect(Math.abs(value - (before.output[i] - RATE * numeric.length * dOutput[i]))).toBeLessThan(2e-6);
});
