import { type Field, RecordBatchReader, type TypeMap, type Vector } from "apache-arrow";
import { BaxError } from "bax";

/** A row to learn from: its text as UTF-8. */
export interface LabelledRow {
  readonly text: Uint8Array;
  readonly labels: readonly string[];
  readonly weight: number;
}

/** What comes in as an Arrow stream, a column after the other. Throws BaxError "data" for a stream without one of the columns. */
export async function* readColumns(
  input: AsyncIterable<Uint8Array>,
  names: readonly string[],
): AsyncGenerator<{ rows: number; columns: readonly Vector[] }> {
  try {
    const reader = await RecordBatchReader.from<TypeMap>(input);
    await reader.open();
    const fields: readonly Field[] | undefined = reader.schema?.fields;
    if (!fields) throw new Error("this is no Arrow stream");
    const missing = names.find((name) => !fields.some((field) => field.name === name));
    if (missing !== undefined) throw new Error(`there is no column "${missing}"`);
    for await (const batch of reader)
      yield { rows: batch.numRows, columns: names.map((name) => batch.getChild(name) as Vector) };
  } catch (error) {
    if (error instanceof BaxError) throw error;
    throw new BaxError(
      "data",
      `(standard input): ${(error as Error).message}`,
      `Send an Arrow stream with the columns ${names.join(", ")}.`,
      { cause: error },
    );
  }
}

/** Rows of a partition: columns text (utf8), labels (a list of utf8) and weight (float64). */
export async function* readRows(input: AsyncIterable<Uint8Array>): AsyncGenerator<LabelledRow> {
  for await (const { rows, columns } of readColumns(input, ["text", "labels", "weight"])) {
    const [texts, labels, weights] = columns;
    const textAt = bytesAt(texts);
    for (let row = 0; row < rows; row++) {
      const names: Vector | null = labels.get(row);
      yield { text: textAt(row), labels: names ? (names.toArray() as string[]) : [], weight: Number(weights.get(row)) };
    }
  }
}

/** The bytes of each value of a column of strings or bytes, where they lie. */
export function bytesAt(column: Vector): (row: number) => Uint8Array {
  const [{ values, valueOffsets }] = column.data as unknown as [{ values: Uint8Array; valueOffsets: Int32Array }];
  return (row) => values.subarray(valueOffsets[row], valueOffsets[row + 1]);
}
