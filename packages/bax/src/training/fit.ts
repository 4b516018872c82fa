import { BaxError } from "../errors.ts";
import type { Checkpoints, Progressed } from "./checkpoint.ts";
import type { Measured } from "./heldOutCalibration.ts";
import { weightsOfFeatures } from "./labelStatistics.ts";
import type { Narration } from "./narration.ts";
import type { Part } from "./part.ts";
import type { Prepared } from "./preparation.ts";
import { Run, type RunStep } from "./run.ts";

/** Rates are halved at most so often before training is given up. */
const MOST_HALVINGS = 20;

/** What a fit is to do. */
export interface FitPlan {
  /** As it stands in a checkpoint: which of the fits of a run this is. */
  name: string;
  phase: "validate" | "train";
  part: Part;
  epochs: number;
  /** Called after each epoch with its mean loss and what it returned for those before; what it returns is kept. */
  measure?: ((loss: number, before: readonly Measured[]) => Measured) | undefined;
  /** Whether to end, after what was measured so far. */
  isEnough?: ((measured: readonly Measured[]) => boolean) | undefined;
}

/** What came of it. */
export interface Fitted {
  /** After each epoch, where it was measured. */
  measured: Measured[];
  /** Examples a second. */
  examplesPerSecond: number;
}

/** Where a run can go on from, and where it writes that. */
export interface Recovery {
  checkpoints: Checkpoints;
  /** Where an earlier run had come to, its parameters in the engine; until the fit that it was in has taken it up. */
  resumed: Progressed | undefined;
  /** What earlier fits left that is needed to the end. */
  earlier: unknown;
}

/**
 * Learns from a part of the examples from the start, or from where an earlier run had come to. A loss that is no number, or is far beyond
 * that of guessing, begins again from the last state known to be good, the start, at half the rate. Throws a BaxError ("data") where that
 * does not help.
 */
export async function fit(
  prepared: Prepared,
  plan: FitPlan,
  narration: Narration,
  recovery: Recovery | undefined,
): Promise<Fitted> {
  const { engine, options, diverged, start } = prepared;
  const { phase, part, epochs, measure, isEnough } = plan;
  weighFeatures(prepared, part);
  let resumed = takeUp(plan, recovery);
  let rate = resumed?.rate ?? options.lr;
  for (let halvings = resumed?.halvings ?? 0; ; halvings++) {
    const run = new Run(engine, part, options, rate, phase);
    if (!resumed) engine.initialize(options.seed, start);
    const measured = resumed?.measured ?? [];
    let from = resumed && { ...resumed.place, sums: resumed.sums };
    if (from) run.skip(from.epoch);
    resumed = undefined;
    let loss = 0;
    for (let epoch = from?.epoch ?? 0; epoch < epochs; epoch++) {
      const between = async ({ place, progress }: RunStep) => {
        narration.tell(progress);
        await narration.pause();
        const isSound = progress.loss <= diverged;
        const { examples } = progress;
        if (recovery && isSound && (narration.interrupted || recovery.checkpoints.isDue(examples))) {
          const progressed = {
            name: plan.name,
            halvings,
            rate,
            place,
            sums: engine.sums,
            hasLabelRows: engine.isBeforeTree,
            measured,
            earlier: recovery.earlier,
            notes: narration.notes,
          };
          await recovery.checkpoints.save(progressed, examples);
        }
        return !narration.interrupted && isSound;
      };
      loss = await run.epoch(epoch, epochs, between, from);
      from = undefined;
      if (!(loss <= diverged) || narration.interrupted) break;
      if (measure) {
        const now = measure(loss, measured);
        measured.push(now);
        const validation = { accuracy: now.evaluation.accuracy, logLoss: now.rawLogLoss };
        narration.tell({ ...run.progress(epoch, epochs, (epoch + 1) / epochs, loss), validation });
      }
      if (isEnough?.(measured)) break;
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

// The state of an earlier run, where it was in this fit.
function takeUp({ name }: FitPlan, recovery: Recovery | undefined): Progressed | undefined {
  if (recovery?.resumed?.name !== name) return undefined;
  const { resumed } = recovery;
  recovery.resumed = undefined;
  return resumed;
}

/** Weights that depend on labels are made from the labels of the part alone, and from their own frequencies, whatever their class weights. */
export function weighFeatures(
  { heap, options, features, parameters }: Pick<Prepared, "heap" | "options" | "features" | "parameters">,
  part: Part,
): void {
  if (options.weighting !== "log-ratio") return;
  const { featureCount, labelCount } = parameters;
  const counted = { featureCount, labelCount, areApart: options.loss === "ova" };
  const weights = weightsOfFeatures(heap, counted, part);
  // Features of a model that learns on mean what they meant, and behind the new ones is what is rehearsed.
  const { before, count } = features;
  heap.f32At(features.featureWeights, count).set(weights.subarray(before, count), before);
}
