import { describe, expect, it } from "vitest";
import { Meter } from "./meter.ts";

/** Three texts of two labels, two answers each: 0 and 1, in this order where the second probability is smaller. */
function example(keepsScores = false): Meter {
  const meter = new Meter(keepsScores);
  meter.add([0], [{ label: 0, probability: 0.9 }]);
  meter.add([0, 1], [{ label: 1, probability: 0.6 }]);
  meter.add([1], [{ label: 0, probability: 0.7 }]);
  return meter;
}

describe("Meter", () => {
  it("counts right answers among answers and among true labels", () => {
    expect(example().summary(1)).toBe("N\t3\nP@1\t0.667\nR@1\t0.5\n");
    expect(example().f1()).toBeCloseTo((2 * 2) / (3 + 4));
  });

  it("prints a label's line as fastText does, and dashes for 0/0", () => {
    const meter = example();
    expect(meter.labelLine(0, "__label__a")).toBe(
      "F1-Score : 0.500000  Precision : 0.500000  Recall : 0.500000   __label__a\n",
    );
    expect(meter.labelLine(2, "__label__c")).toBe(
      "F1-Score : --------  Precision : --------  Recall : --------   __label__c\n",
    );
  });

  it("says nan where nothing was measured", () => {
    expect(new Meter().summary(-1)).toBe("N\t0\nP@-1\tnan\nR@-1\tnan\n");
  });

  it("finds the best precision at a recall, and the other way round, over thresholds", () => {
    const meter = example(true);
    // By falling probability: right (0.9), wrong (0.7), right (0.6); four true labels.
    expect(meter.precisionAtRecall(0.25)).toBe(1);
    expect(meter.precisionAtRecall(0.5)).toBeCloseTo(2 / 3);
    expect(meter.precisionAtRecall(0.75)).toBe(0);
    expect(meter.recallAtPrecision(0.9)).toBe(0.25);
    expect(meter.recallAtPrecision(0.6)).toBe(0.5);
    expect(meter.precisionAtRecall(0.5, 1)).toBe(1);
  });

  it("takes answers of the same probability together", () => {
    const meter = new Meter(true);
    meter.add([0], [{ label: 0, probability: 0.5 }]);
    meter.add([1], [{ label: 0, probability: 0.5 }]);
    expect(meter.precisionAtRecall(0.5)).toBe(0.5);
  });
});
