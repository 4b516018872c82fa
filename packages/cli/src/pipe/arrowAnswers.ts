import { Field } from "apache-arrow/schema";
import { Float64, List, Utf8 } from "apache-arrow/type";
import { bytesColumn, floatColumn, listColumn } from "../arrow/columns.ts";
import { batchMessage, schemaMessage } from "../arrow/messages.ts";
import type { AnswerColumns } from "./job.ts";

/** The answers to a batch, row by row. */
export interface BatchAnswers {
  /** How many answers each row has; null for a row without a text. */
  readonly counts: readonly (number | null)[];
  /** Of all rows, one behind the other. */
  readonly labels: readonly Uint8Array[];
  readonly probabilities: readonly number[];
  readonly errors: readonly (Uint8Array | null)[];
}

/** The message that a stream of answers begins with. */
export function answerSchema({ label, probability, error, areLists }: AnswerColumns): Uint8Array {
  const listOf = <T extends Utf8 | Float64>(type: T): T | List<T> =>
    areLists ? new List(new Field("item", type, true)) : type;
  const fields = [
    new Field(label, listOf(new Utf8()), true),
    new Field(probability, listOf(new Float64()), true),
    new Field(error, new Utf8(), true),
  ];
  return schemaMessage(fields);
}

/** The message with the answers to a batch. Throws BaxError "limit" for more labels than a batch holds. */
export function answerMessage({ counts, labels, probabilities, errors }: BatchAnswers, areLists: boolean): Uint8Array {
  const columns = areLists
    ? [listColumn(counts, bytesColumn(labels)), listColumn(counts, floatColumn(probabilities))]
    : [bytesColumn(spread(counts, labels)), floatColumn(spread(counts, probabilities))];
  return batchMessage(counts.length, [...columns, bytesColumn(errors)]);
}

/** The one answer of each row, or null. */
function spread<T>(counts: readonly (number | null)[], answers: readonly T[]): (T | null)[] {
  let next = 0;
  return counts.map((count) => (count ? answers[next++] : null));
}
