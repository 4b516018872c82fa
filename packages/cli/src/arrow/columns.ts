// Columns of an Arrow batch, from plain values.
import { FieldNode } from "apache-arrow/ipc/metadata/message";
import { BaxError } from "bax";

/** A column as a batch lists it, with the columns in it. */
export interface Column {
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly Uint8Array[];
}

const NO_BYTES = new Uint8Array(0);
/** Bytes that offsets of 32 bits reach. */
const MOST_BYTES = 2 ** 31 - 1;

/** Strings as UTF-8, or bytes. Throws BaxError "limit" for more than a batch holds. */
export function bytesColumn(values: readonly (Uint8Array | null)[]): Column {
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

export function floatColumn(values: readonly (number | null)[]): Column {
  const { node, validity } = validityOf(values);
  return { nodes: [node], buffers: [validity, bytesOf(Float64Array.from(values, (value) => value ?? 0))] };
}

export function intColumn(values: readonly number[]): Column {
  return { nodes: [new FieldNode(values.length, 0)], buffers: [NO_BYTES, bytesOf(Int32Array.from(values))] };
}

/** Lists whose items lie one behind the other. `counts`: how many each has; null for none. */
export function listColumn(counts: readonly (number | null)[], items: Column): Column {
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
