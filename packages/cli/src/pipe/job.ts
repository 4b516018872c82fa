import { BaxError, type PredictionPool, type PredictOptions, type TextClassifier } from "bax";

export const PIPE_FORMATS = ["jsonl", "arrow"] as const;
export type PipeFormat = (typeof PIPE_FORMATS)[number];

/** What stands beside a row that was answered, or beside one that cannot be. */
export interface AnswerColumns {
  readonly label: string;
  readonly probability: string;
  readonly error: string;
  /** Whether a row has lists of labels and of probabilities, as with any number of answers but one. */
  readonly areLists: boolean;
}

/** All that a pipe needs. */
export interface PipeJob {
  readonly model: TextClassifier;
  readonly pool: PredictionPool;
  readonly options: PredictOptions & { readonly k: number };
  /** The column of the text. */
  readonly text: string;
  readonly columns: AnswerColumns;
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  note(text: string): void;
  /** Told of rows that are written, and how many of them are errors. */
  count(rows: number, errors: number): void;
}

/** Bytes of a row's text, or line, at most: a longer one is no text that anybody wrote. */
export const MOST_ROW_BYTES = 64_000_000;
/** Bytes of input that are under way at most, or one batch. */
export const BYTES_UNDER_WAY: number = 16 << 20;

/**
 * The names of the columns of answers: as `bax predict` has them in JSON, or in tables. Throws BaxError "usage" where the text's own column
 * is one of them.
 */
export function answerColumns(
  format: PipeFormat,
  text: string,
  { k, log, prefix }: { k: number; log: boolean; prefix: string },
): AnswerColumns {
  const areLists = k !== 1;
  const one = !log ? "probability" : format === "arrow" ? "log_probability" : "logProbability";
  const columns = {
    label: prefix + (areLists ? "labels" : "label"),
    probability: prefix + (areLists ? one.replace(/y$/, "ies") : one),
    error: `${prefix}error`,
    areLists,
  };
  if (format === "jsonl" && [columns.label, columns.probability, columns.error].includes(text))
    throw new BaxError("usage", `--text: a column "${text}" is added to every row`, "Add --prefix bax_.");
  return columns;
}

/** A probability as `bax predict --json` writes it: so few digits that still tell a float32 apart from its neighbours. */
export function shortest(p: number): number {
  return Number(p.toPrecision(9));
}
