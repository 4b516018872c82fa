import {
  type Heap,
  LANES,
  PROJECTION_BYTES,
  PROJECTION_DONE,
  PROJECTION_GROUP_COUNT,
  PROJECTION_GROUPS,
  PROJECTION_OUTPUT,
  PROJECTION_ROWS,
  PROJECTION_WIDTH,
} from "../kernels/index.ts";
import type { LossName } from "../losses/index.ts";
import { type ColumnGroup, type Parameters, paddedWidth } from "./parameters.ts";
import type { StoredModel } from "./storedModel.ts";

/** Labels (rounded up to vectors) that a dimension must be this many times of for a projection to pay. */
const LEAST_RATIO = 2;

/**
 * Whether a model's answers are (B A) x and not B (A x): where labels are few, each row of A is worth only as many numbers as there are
 * labels. Only where A is dense and fastText is not imitated. It depends on the model alone, so the bits of an answer do not depend on how
 * it is asked for.
 */
export function isProjected(loss: LossName, labelCount: number, dimension: number): boolean {
  return loss !== "hs" && LEAST_RATIO * paddedWidth(labelCount) <= dimension;
}

/**
 * Groups of columns as kernels take them: (embeddings, width, hidden row of lane 0), three u32 each. `rows`: (16, width) f32 a group, one
 * group after another.
 */
export function placeGroups(
  heap: Heap,
  groups: readonly { embeddings: number; width: number }[],
  rows: number,
): number {
  let at = rows;
  const list: number[] = [];
  for (const { embeddings, width } of groups) {
    list.push(embeddings, width, at);
    at += width * LANES * 4;
  }
  return heap.allocateCopy(Uint32Array.from(list));
}

/** Of a model, what a projection is made from. */
type Projected = Pick<Parameters, "labelCount" | "featureCount" | "dimension"> & {
  groups: readonly Pick<ColumnGroup, "begin" | "width" | "embeddings" | "output">[];
};

/** What several threads share of a projection: a row that one has made all have (assembly/project.ts). */
export interface SharedProjection {
  /** Address of (featureCount, width) f32. */
  rows: number;
  /** Address of (dimension, width) f32: B, transposed. */
  output: number;
  /** Address of (featureCount) bits: which rows are made. */
  done: number;
  /** Whether all are. */
  complete: boolean;
}

/** The rows of B A, each made when it is first needed (assembly/project.ts). */
export class Projection {
  /** Columns of a projected row: the labels, rounded up to whole vectors. */
  readonly width: number;
  /** Address of (featureCount, width) f32. */
  readonly rows: number;
  /** Address of what the kernels need. */
  readonly context: number;
  /** Whether all rows are projected. */
  complete = false;
  private readonly heap: Heap;
  private readonly blocks: number[];
  private readonly output: number;
  private readonly done: number;

  constructor(heap: Heap, parameters: Projected, shared?: SharedProjection) {
    const { labelCount, featureCount, groups } = parameters;
    this.heap = heap;
    this.width = paddedWidth(labelCount);
    this.rows = shared?.rows ?? heap.allocate(featureCount * this.width * 4);
    this.done = shared?.done ?? heap.allocateZeroed(Math.ceil(featureCount / 8));
    this.output = shared?.output ?? this.transpose(parameters);
    this.complete = shared?.complete ?? false;
    const { done, output } = this;
    const list = placeGroups(heap, groups, 0);
    this.context = heap.allocate(PROJECTION_BYTES);
    this.blocks = [this.rows, done, output, list, this.context];
    const fields: [field: number, value: number][] = [
      [PROJECTION_DONE, done],
      [PROJECTION_ROWS, this.rows],
      [PROJECTION_WIDTH, this.width],
      [PROJECTION_OUTPUT, output],
      [PROJECTION_GROUPS, list],
      [PROJECTION_GROUP_COUNT, groups.length],
    ];
    for (const [field, value] of fields) heap.u32[(this.context + field) >>> 2] = value;
  }

  /** Projects all rows that are still in a file, which then need not come into memory. */
  projectAll(stored: StoredModel): void {
    const { heap, context } = this;
    if (this.complete) return;
    stored.eachRows((first, count, at) => heap.kernels.projectRange(context, at, first, count));
    this.complete = true;
  }

  /** For another thread on the same memory. */
  get shared(): SharedProjection {
    const { rows, output, done, complete } = this;
    return { rows, output, done, complete };
  }

  // B, (dimension, width).
  private transpose({ labelCount, dimension, groups }: Projected): number {
    const output = this.heap.allocateZeroed(dimension * this.width * 4);
    const transposed = this.heap.f32At(output, dimension * this.width);
    for (const { begin, width, output: from } of groups) {
      const b = this.heap.f32At(from, labelCount * width);
      for (let label = 0; label < labelCount; label++)
        for (let i = 0; i < width; i++) transposed[(begin + i) * this.width + label] = b[label * width + i];
    }
    return output;
  }

  release(): void {
    for (const at of this.blocks) this.heap.release(at);
  }
}
