import { BaxError } from "../errors.ts";
import type { ModelParts } from "../model/index.ts";
import { planParts } from "./compress.ts";
import type { CompressionOptions, RowKind } from "./compressionChoices.ts";

/**
 * Share of the features that a representation must be able to keep, or the next coarser one is taken: dropping many features costs more
 * than coarser rows do, until rows are so coarse that few features are better (docs/decisions/0006-compression.md).
 */
const LEAST_SHARE = { fine: 0.75, 4: 0.4, 8: 0.25, 16: 0 } as const;
/** A file may be this much smaller than asked for. */
const TOLERANCE = 0.01;
const MOST_STEPS = 40;

type Choice = Pick<CompressionOptions, "rows" | "output" | "subDimension"> & { least: number };

/** Representations from the finest to the coarsest. */
function choices(columns: number, labelBytes: number, target: number): Choice[] {
  // B is small beside A as a rule; where it is not, it goes to bytes, too.
  const output: RowKind = labelBytes * 20 > target ? "int8" : "f32";
  const plain: Choice[] = (["f32", "f16", "int8"] as const).map((rows) => ({
    rows,
    output,
    subDimension: 0,
    least: LEAST_SHARE.fine,
  }));
  const product = ([2, 4, 8, 16] as const)
    .filter((subDimension) => subDimension === 2 || 2 * subDimension <= columns)
    .map((subDimension): Choice => {
      const least = subDimension === 2 ? LEAST_SHARE.fine : LEAST_SHARE[subDimension];
      return { rows: "product", output, subDimension, least };
    });
  return [...plain, ...product];
}

/** A size in bytes, as people say it. */
function said(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/**
 * Finds how to bring a model's file to `target` bytes (from 1) or up to 1 % less: the finest representation that can keep enough of the
 * features, and as many features as fit. `fileBytes` tells how long the file of a model is; `only` restricts the representation
 * (fastText's files know one). Throws a BaxError ("usage") where the target cannot be met, with the reason.
 */
export function fitSize(
  parts: ModelParts,
  ranked: Uint32Array,
  target: number,
  fileBytes: (parts: ModelParts) => number,
  options: { norms: boolean; dropUnseen: boolean; seed: number; only?: Omit<Choice, "least"> | undefined },
): CompressionOptions {
  const { norms, dropUnseen, seed, only } = options;
  const all = ranked.length;
  const whole = fileBytes(parts);
  if (target >= whole) {
    throw new BaxError(
      "usage",
      `size: ${said(target)} asked for, but the model has ${said(whole)} as it is`,
      "Ask for less, or use the model as it is.",
    );
  }
  const { dimension, labelCount } = parts.parameters;
  const list = only ? [{ ...only, least: 0 }] : choices(dimension, labelCount * dimension * 4, target);
  const optionsOf = ({ rows, output, subDimension }: Choice, features: number) => ({
    rows,
    output,
    subDimension,
    norms,
    dropUnseen,
    seed,
    features,
  });
  const known = new Map<Choice, Map<number, number>>(list.map((choice) => [choice, new Map()]));
  // A plan brings all rows into their order, so each is made once.
  const bytesOf = (choice: Choice, features: number): number => {
    const sizes = known.get(choice);
    const size = sizes?.get(features) ?? fileBytes(planParts(parts, ranked, optionsOf(choice, features)));
    sizes?.set(features, size);
    return size;
  };
  const fits = (choice: Choice) => bytesOf(choice, Math.max(1, Math.ceil(all * choice.least))) <= target;
  const index = list.findIndex((choice, i) => fits(choice) || i === list.length - 1);
  // Between two representations the finer one fills what the coarser one would leave empty.
  const leavesRoom = index > 0 && bytesOf(list[index], all) < target * (1 - 2 * TOLERANCE);
  const choice = list[leavesRoom ? index - 1 : index];
  const least = bytesOf(choice, 1);
  if (least > target) {
    throw new BaxError(
      "usage",
      `size: ${said(target)} asked for, but ${said(least)} is the least: the output matrix, the labels and one feature`,
      "Ask for more, or train with a smaller --dim.",
    );
  }
  return optionsOf(
    choice,
    mostFeatures((features) => bytesOf(choice, features), all, target),
  );
}

// The most features whose file is not longer than `target`: the length grows with the features, nearly in a straight line.
function mostFeatures(bytesOf: (features: number) => number, all: number, target: number): number {
  let [low, lowBytes] = [1, bytesOf(1)];
  let [high, highBytes] = [all, bytesOf(all)];
  if (highBytes <= target) return all;
  for (let step = 0; step < MOST_STEPS && high - low > 1 && lowBytes < target * (1 - TOLERANCE); step++) {
    const share = (target * (1 - TOLERANCE / 2) - lowBytes) / (highBytes - lowBytes);
    const middle = Math.min(high - 1, Math.max(low + 1, Math.round(low + share * (high - low))));
    const bytes = bytesOf(middle);
    if (bytes <= target) [low, lowBytes] = [middle, bytes];
    else [high, highBytes] = [middle, bytes];
  }
  return low;
}
