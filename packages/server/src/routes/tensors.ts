// Tensors of the Open Inference Protocol, as JSON and in its binary form: a body that is JSON first and data of the tensors behind it.
import { Problem } from "../problem.ts";
import type { InferInput, InferOutput } from "../schemas/index.ts";

const LENGTH_BYTES = 4;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A tensor to be answered: labels, or probabilities that floats of 32 bits hold. */
export type Tensor =
  | { name: string; datatype: "BYTES"; shape: number[]; values: string[] }
  | { name: string; datatype: "FP32"; shape: number[]; values: number[] };

function invalid(detail: string): Problem {
  return new Problem("invalid", detail);
}

/** Strings of a tensor whose data is JSON: (n), or (n, 1) row by row. */
export function stringsOf({ data = [] }: InferInput): string[] {
  return data.flat();
}

/** Strings of a tensor whose data is binary: of each the number of its bytes (32 bits, the lowest byte first) and its UTF-8. */
export function unpackStrings(name: string, bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES <= bytes.length ? at + LENGTH_BYTES + view.getUint32(at, true) : bytes.length + 1;
    if (end > bytes.length) throw invalid(`${name}: its data ends within a string.`);
    try {
      found.push(decoder.decode(bytes.subarray(at + LENGTH_BYTES, end)));
    } catch {
      throw invalid(`${name}: a string is not UTF-8.`);
    }
    at = end;
  }
  return found;
}

/** A tensor's data in binary form. */
export function pack(tensor: Tensor): Uint8Array {
  if (tensor.datatype === "FP32") {
    const view = new DataView(new ArrayBuffer(4 * tensor.values.length));
    for (const [i, value] of tensor.values.entries()) view.setFloat32(4 * i, value, true);
    return new Uint8Array(view.buffer);
  }
  const strings = tensor.values.map((value) => encoder.encode(value));
  const bytes = new Uint8Array(strings.reduce((sum, string) => sum + LENGTH_BYTES + string.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const string of strings) {
    view.setUint32(at, string.length, true);
    bytes.set(string, at + LENGTH_BYTES);
    at += LENGTH_BYTES + string.length;
  }
  return bytes;
}

/** A tensor as it stands in the answer, without data that is binary. */
export function described({ name, datatype, shape, values }: Tensor, packed: Uint8Array | undefined): InferOutput {
  const head = { name, datatype, shape };
  return packed ? { ...head, parameters: { binary_data_size: packed.length } } : { ...head, data: values };
}

/** JSON, and binary data behind it. */
export function joined(
  json: string,
  parts: readonly Uint8Array[],
): { body: Uint8Array<ArrayBuffer>; jsonBytes: number } {
  const head = encoder.encode(json);
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.length, head.length));
  body.set(head);
  let at = head.length;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return { body, jsonBytes: head.length };
}
