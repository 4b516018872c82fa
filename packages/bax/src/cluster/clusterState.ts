// Where training on a cluster is between two rounds: one file, which every task reads.
import { BaxError } from "../errors.ts";
import { readSafetensorsHeader, type TensorEntry, type TensorPlan, writeSafetensorsHeader } from "../formats/index.ts";
import { type OpenFile, openTensors } from "../platform/nodeFiles.ts";
import type { TrainingOptions } from "../training/index.ts";
import { VERSION } from "../version.ts";
import type { Totals } from "./featureSelection.ts";
import type { ClusterPlan } from "./plan.ts";

const FORMAT = "bax cluster state";
/** Digits of the round: a header of the next round is as long. */
const ROUND_DIGITS = 8;
/** Bytes that are read or written at a time. */
const PIECE_BYTES = 4 << 20;

/** What is learned by, once features are known. */
export interface Learning {
  readonly plan: ClusterPlan;
  readonly options: TrainingOptions;
  readonly totals: Totals;
  readonly featureCount: number;
  /** Rounds that are done. */
  readonly round: number;
}

/** Rounds of a whole training. */
export function roundCount({ plan, options }: Pick<Learning, "plan" | "options">): number {
  return options.epochs * plan.roundsPerEpoch;
}

/** The matrices that rounds change, each with its rows and columns: A, B, and the squares that their steps are divided by. */
export const MATRICES = ["embeddings", "output", "row_squares", "label_squares"] as const;
export type MatrixName = (typeof MATRICES)[number];

/** Rows and columns of a matrix; A's squares have no rows with plain descent. */
export function shapeOf({ options, plan, featureCount }: Learning, name: MatrixName): [rows: number, columns: number] {
  const labels = plan.labels.length;
  switch (name) {
    case "embeddings":
      return [featureCount, options.dim];
    case "output":
      return [labels, options.dim];
    case "row_squares":
      return [options.optimizer === "adagrad" ? featureCount : 0, 1];
    case "label_squares":
      return [labels, 1];
  }
}

/** A state's bytes: what each tensor gives, some bytes at a time. */
export function* stateChunks(
  learning: Learning,
  bytesOf: (name: string) => Iterable<Uint8Array>,
): Generator<Uint8Array, void, undefined> {
  const { plan, options, totals, featureCount, round } = learning;
  const layout = writeSafetensorsHeader(tensorsOf(learning), {
    format: FORMAT,
    version: VERSION,
    learning: JSON.stringify({ plan, options, totals, featureCount }),
    round: String(round).padStart(ROUND_DIGITS, "0"),
  });
  yield layout.header;
  for (const { name } of layout.tensors) yield* bytesOf(name);
}

function tensorsOf(learning: Learning): TensorPlan[] {
  const { featureCount, options } = learning;
  const matrices = MATRICES.map((name): TensorPlan => ({ name, dtype: "F32", shape: shapeOf(learning, name) }));
  const keys: TensorPlan = { name: "feature_keys", dtype: "U32", shape: [featureCount] };
  const weights: TensorPlan = { name: "feature_weights", dtype: "F32", shape: [featureCount] };
  return [...matrices, keys, ...(options.weighting === "none" ? [] : [weights])];
}

/** A state's file, open. */
export class ClusterState {
  readonly learning: Learning;
  private readonly file: OpenFile;
  private readonly tensors: ReadonlyMap<string, TensorEntry>;

  private constructor(learning: Learning, file: OpenFile, tensors: ReadonlyMap<string, TensorEntry>) {
    this.learning = learning;
    this.file = file;
    this.tensors = tensors;
  }

  /** Throws a BaxError: "file" where it cannot be read, "model" for another file or that of another version of bax. */
  static open(path: string): ClusterState {
    const { file, start } = openTensors(path);
    try {
      const { metadata, tensors } = readSafetensorsHeader(start, file.size);
      const { format, version, learning, round } = metadata;
      if (format !== FORMAT || learning === undefined)
        throw new BaxError(
          "model",
          `${path}: this is no state of training on a cluster`,
          "Give the file that `bax cluster start` wrote.",
        );
      if (version !== VERSION)
        throw new BaxError(
          "model",
          `${path}: written by bax ${version}, but this is ${VERSION}`,
          "All tasks need the same bax.",
        );
      return new ClusterState({ ...JSON.parse(learning), round: Number(round) }, file, tensors);
    } catch (error) {
      file.close();
      if (!(error instanceof BaxError) || error.message.startsWith(path)) throw error;
      throw new BaxError(error.code, `${path}, ${error.message}`, error.advice, { cause: error });
    }
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Fills `into` with the numbers of a tensor from `first` on. */
  read(name: string, first: number, into: Uint32Array | Float32Array): void {
    const tensor = this.tensors.get(name);
    if (!tensor)
      throw new BaxError("model", `${this.file.name}: there is no tensor "${name}"`, "Start the training anew.");
    this.file.read(new Uint8Array(into.buffer, into.byteOffset, into.byteLength), tensor.offset + 4 * first);
  }

  /** A tensor's bytes, piece by piece, as they are in the file. */
  *pieces(name: string): Generator<Uint8Array> {
    const tensor = this.tensors.get(name);
    if (!tensor) return;
    for (let done = 0; done < tensor.byteLength; done += PIECE_BYTES) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, tensor.byteLength - done));
      this.file.read(piece, tensor.offset + done);
      yield piece;
    }
  }

  close(): void {
    this.file.close();
  }
}
