import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import { TallyHistogram } from "./tallies.ts";

const BOUNDS = [0.001, 0.01, 0.5, 1, 10];

const value = fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 20, noNaN: true }));
const labels = fc.record({ route: fc.constantFrom("/a", '/b"{}\\', "/c\n"), status: fc.constantFrom("200", "503") });

it("is read as prom-client's own histogram is, to the letter", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(labels, value), { maxLength: 60 }), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const tallies = new TallyHistogram(ours, "seconds", "How long it took", BOUNDS);
      const series = new Map<string, ReturnType<TallyHistogram["tally"]>>();
      const histogram = new Histogram({
        name: "seconds",
        help: "How long it took",
        labelNames: ["route", "status"],
        buckets: BOUNDS,
        registers: [theirs],
      });
      for (const [given, seconds] of observations) {
        const key = JSON.stringify(given);
        const tally = series.get(key) ?? tallies.tally(given);
        series.set(key, tally);
        tally.observe(seconds);
        histogram.observe(given, seconds);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
      expect(tallies.all().reduce((total, { count }) => total + count, 0)).toBe(observations.length);
    }),
    { numRuns: 200 },
  );
});
