import { BufferRegion, FieldNode, Message, RecordBatch } from "apache-arrow/ipc/metadata/message";
import { Field, Schema } from "apache-arrow/schema";
import { Float64, List, Utf8 } from "apache-arrow/type";
import { BaxError } from "bax";
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

/** A column as a batch lists it, with the columns in it. */
interface Column {
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly Uint8Array[];
}

/** What ends a stream. */
export const END: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

const NO_BYTES = new Uint8Array(0);
/** Bytes that offsets of 32 bits reach. */
const MOST_BYTES = 2 ** 31 - 1;

/** The message that a stream of answers begins with. */
export function answerSchema({ label, probability, error, areLists }: AnswerColumns): Uint8Array {
  const listOf = <T extends Utf8 | Float64>(type: T): T | List<T> =>
    areLists ? new List(new Field("item", type, true)) : type;
  const fields = [
    new Field(label, listOf(new Utf8()), true),
    new Field(probability, listOf(new Float64()), true),
    new Field(error, new Utf8(), true),
  ];
  return framed(Message.encode(Message.from(new Schema(fields))), []);
}

/** The message with the answers to a batch. Throws BaxError "limit" for more labels than a batch holds. */
export function answerMessage({ counts, labels, probabilities, errors }: BatchAnswers, areLists: boolean): Uint8Array {
  const columns = areLists
    ? [listColumn(counts, utf8Column(labels)), listColumn(counts, floatColumn(probabilities))]
    : [utf8Column(spread(counts, labels)), floatColumn(spread(counts, probabilities))];
  columns.push(utf8Column(errors));
  const buffers = columns.flatMap((column) => column.buffers);
  let bytes = 0;
  const regions = buffers.map(({ length }) => {
    const region = new BufferRegion(bytes, length);
    bytes += padded(length);
    return region;
  });
  const nodes = columns.flatMap((column) => column.nodes);
  const header = Message.from(new RecordBatch(counts.length, nodes, regions, null), bytes);
  return framed(Message.encode(header), buffers);
}

/** The one answer of each row, or null. */
function spread<T>(counts: readonly (number | null)[], answers: readonly T[]): (T | null)[] {
  let next = 0;
  return counts.map((count) => (count ? answers[next++] : null));
}

function utf8Column(values: readonly (Uint8Array | null)[]): Column {
  const offsets = new Int32Array(values.length + 1);
  let end = 0;
  for (const [n, value] of values.entries()) {
    end += value?.length ?? 0;
    if (end > MOST_BYTES)
      throw new BaxError(
        "limit",
        "the labels of a batch are more than 2 GB",
        "Send smaller batches, or ask a lower -k.",
      );
    offsets[n + 1] = end;
  }
  const bytes = new Uint8Array(end);
  for (const [n, value] of values.entries()) if (value) bytes.set(value, offsets[n]);
  const { node, validity } = validityOf(values);
  return { nodes: [node], buffers: [validity, bytesOf(offsets), bytes] };
}

function floatColumn(values: readonly (number | null)[]): Column {
  const { node, validity } = validityOf(values);
  return { nodes: [node], buffers: [validity, bytesOf(Float64Array.from(values, (value) => value ?? 0))] };
}

function listColumn(counts: readonly (number | null)[], items: Column): Column {
  const offsets = new Int32Array(counts.length + 1);
  for (const [n, count] of counts.entries()) offsets[n + 1] = offsets[n] + (count ?? 0);
  const { node, validity } = validityOf(counts);
  return { nodes: [node, ...items.nodes], buffers: [validity, bytesOf(offsets), ...items.buffers] };
}

/** A bit for each value that is there; no bits where all are. */
function validityOf(values: readonly unknown[]): { node: FieldNode; validity: Uint8Array } {
  const bits = new Uint8Array((values.length + 7) >> 3);
  let nulls = 0;
  for (const [n, value] of values.entries()) {
    if (value === null) nulls++;
    else bits[n >> 3] |= 1 << (n & 7);
  }
  return { node: new FieldNode(values.length, nulls), validity: nulls === 0 ? NO_BYTES : bits };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A message as a stream has it: its lengths are multiples of 8, as are those of its buffers. */
function framed(header: Uint8Array, buffers: readonly Uint8Array[]): Uint8Array {
  let length = 8 + padded(header.length);
  for (const buffer of buffers) length += padded(buffer.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, padded(header.length), true);
  bytes.set(header, 8);
  let at = 8 + padded(header.length);
  for (const buffer of buffers) {
    bytes.set(buffer, at);
    at += padded(buffer.length);
  }
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
