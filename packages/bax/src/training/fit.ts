import { BaxError } from "../errors.ts";
import type { Evaluation } from "../evaluation/index.ts";
import { weightsOfFeatures } from "./labelStatistics.ts";
import type { Narration } from "./narration.ts";
import type { Part } from "./part.ts";
import type { Prepared } from "./preparation.ts";
import { Run } from "./run.ts";

/** Rates are halved at most so often before training is given up. */
const MOST_HALVINGS = 20;

/** What a fit is to do. */
export interface FitPlan {
  phase: "validate" | "train";
  part: Part;
  epochs: number;
  /** Called after each epoch; what it returns is kept. */
  measure?: (() => Evaluation) | undefined;
}

/** What came of it. */
export interface Fitted {
  /** After each epoch, where it was measured. */
  measured: Evaluation[];
  /** Examples a second. */
  examplesPerSecond: number;
}

/**
 * Learns from a part of the examples from the start. A loss that is no number, or is far beyond that of guessing, begins again from the
 * last state known to be good, the start, at half the rate. Throws a BaxError ("data") where that does not help.
 */
export async function fit(prepared: Prepared, plan: FitPlan, narration: Narration): Promise<Fitted> {
  const { engine, options, diverged, start } = prepared;
  const { phase, part, epochs, measure } = plan;
  weighFeatures(prepared, part);
  let rate = options.lr;
  for (let halvings = 0; ; halvings++) {
    const run = new Run(engine, part, options, rate, phase);
    engine.initialize(options.seed, start);
    const measured: Evaluation[] = [];
    let loss = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      loss = await run.epoch(epoch, epochs, async ({ progress }) => {
        narration.tell(progress);
        await narration.pause();
        return !narration.interrupted && progress.loss <= diverged;
      });
      if (!(loss <= diverged) || narration.interrupted) break;
      if (measure) measured.push(measure());
    }
    // Stopped before the tree: what the labels have learned is better than nothing.
    engine.growTree();
    if (loss <= diverged) return { measured, examplesPerSecond: run.examplesPerSecond };
    if (halvings === MOST_HALVINGS) {
      throw new BaxError("data", `training: the loss is ${loss} even at a rate of ${rate}`, "Give a smaller --lr.");
    }
    rate /= 2;
    const message = `the loss left the range of numbers (${loss}): back to the start with half the rate, ${rate}`;
    narration.note(message);
    narration.tell({ ...run.progress(0, epochs, 0, 0), message });
  }
}

/** Weights that depend on labels are made from the labels of the part alone. */
function weighFeatures({ heap, options, features, parameters, labelWeights }: Prepared, part: Part): void {
  if (options.weighting !== "log-ratio") return;
  const { featureCount, labelCount } = parameters;
  const counted = { featureCount, labelCount, labelWeights, areApart: options.loss === "ova" };
  const weights = weightsOfFeatures(heap, counted, part);
  heap.f32At(features.featureWeights, weights.length).set(weights);
}
