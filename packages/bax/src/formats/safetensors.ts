/**
 * The safetensors container (huggingface/safetensors, "Format"), read and written strictly:
 *
 *     bytes 0–7    N, the header's length, little-endian unsigned 64-bit
 *     bytes 8–…    N bytes of JSON in UTF-8, `{` first, spaces allowed at the end:
 *                  { "__metadata__": {string: string}, name: { "dtype", "shape", "data_offsets": [begin, end] }, … }
 *     the rest     the tensors' bytes, little-endian, without holes; offsets count from the end of the header
 *
 * Every number of the header is held against the file's own length before anything is made from it.
 */

import { BaxError } from "../errors.ts";
import { nameForeignFile } from "./foreign.ts";
import { findRepeatedKey } from "./jsonKeys.ts";

/** Bytes an element, by dtype. */
const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** Where one tensor lies in the file. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** From the first byte of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface Safetensors {
  readonly metadata: Record<string, string>;
  /** In the order of their bytes in the file. */
  readonly tensors: Map<string, TensorEntry>;
}

/** The format's own limit on the header: a length beyond it is taken for damage. */
const MAX_HEADER_BYTES = 100_000_000;
/** Tensor data start at a multiple of this, a cache line: any typed array can then view them in place. */
const ALIGNMENT = 64;
const METADATA_KEY = "__metadata__";

/**
 * Reads the header of a safetensors file. `bytes` is the whole file; nothing of the tensors is copied or looked at.
 *
 * Throws BaxError "model", with the byte offset and the reason, for anything that is not a whole, well-formed file: another kind of
 * file (named), wrong lengths, bad JSON or UTF-8, a repeated name, an unknown dtype, a shape that disagrees with its bytes,
 * overlaps, holes, missing or left-over bytes.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  return readSafetensorsHeader(bytes, bytes.length);
}

/** The same of a file of `fileBytes` of which only the first bytes are there, with the whole header among them. */
export function readSafetensorsHeader(bytes: Uint8Array, fileBytes: number): Safetensors {
  const foreign = nameForeignFile(bytes);
  if (foreign !== null) throw new BaxError("model", `byte 0: this is ${foreign.kind}, not a bax model`, foreign.advice);
  if (bytes.length < 8) damaged(0, `the file has ${bytes.length} bytes, fewer than the 8 of the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
  if (headerBytes > MAX_HEADER_BYTES) {
    damaged(0, `the header's length is ${headerBytes}, more than the ${MAX_HEADER_BYTES} that the format allows`);
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > fileBytes || dataStart > bytes.length) {
    damaged(0, `the header's length is ${headerBytes}, but only ${Math.min(fileBytes, bytes.length) - 8} bytes follow`);
  }
  const header = parseHeader(bytes.subarray(8, dataStart));
  const metadata = readMetadata(header[METADATA_KEY]);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => [name, readEntry(name, value, dataStart, fileBytes)] as const)
    // A stable order for empty tensors, which share an offset with their neighbour.
    .sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = dataStart;
  for (const [name, { offset, byteLength }] of entries) {
    if (offset < end) damaged(offset, `tensor ${quote(name)} overlaps the one before it, which ends at byte ${end}`);
    if (offset > end) damaged(end, `${offset - end} bytes before tensor ${quote(name)} belong to no tensor`);
    end = offset + byteLength;
  }
  if (end !== fileBytes) damaged(end, `${fileBytes - end} bytes after the last tensor belong to no tensor`);
  return { metadata, tensors: new Map(entries) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) damaged(8, `the header starts with ${bytes[0] ?? "nothing"}, expected "{" (123)`);
  let text: string;
  try {
    // The copy lets the bytes lie in shared memory, which TextDecoder refuses in some browsers.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch {
    return damaged(8, "the header is not valid UTF-8");
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    return damaged(8, `the header is not valid JSON (${(error as Error).message.slice(0, 200)})`);
  }
  if (!isRecord(header)) return damaged(8, "the header is not a JSON object");
  const repeated = findRepeatedKey(text);
  if (repeated !== null) damaged(8, `the header has the key ${quote(repeated)} twice`);
  return header;
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) return damaged(8, `${METADATA_KEY} is not a JSON object`);
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== "string") damaged(8, `${METADATA_KEY}: ${quote(key)} is not a string`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, dataStart: number, fileBytes: number): TensorEntry {
  const what = `tensor ${quote(name)}`;
  if (!isRecord(value)) return damaged(8, `${what} is not a JSON object`);
  const { dtype, shape, data_offsets: offsets } = value;
  for (const key of Object.keys(value)) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets")
      damaged(8, `${what} has the unknown key ${quote(key)}`);
  }
  if (!(typeof dtype === "string" && Object.hasOwn(DTYPE_BYTES, dtype))) {
    return damaged(
      8,
      `${what} has the dtype ${quote(String(dtype))}, expected one of ${Object.keys(DTYPE_BYTES).join(" ")}`,
    );
  }
  if (!(Array.isArray(shape) && shape.every(isSize)))
    return damaged(8, `${what} has a shape that is not a list of sizes`);
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize) && offsets[0] <= offsets[1])) {
    return damaged(8, `${what} has data_offsets that are not a begin and an end`);
  }
  const [begin, end] = offsets as [number, number];
  if (end > fileBytes - dataStart) {
    damaged(dataStart + begin, `${what} ends at byte ${dataStart + end}, but the file has ${fileBytes}`);
  }
  // Past 2^53 the product is inexact, but then it also exceeds any file, so the comparison still refuses it.
  const expected = shape.reduce((product: number, size: number) => product * size, DTYPE_BYTES[dtype as Dtype]);
  if (expected !== end - begin) {
    damaged(dataStart + begin, `${what} is ${dtype} [${shape.join(", ")}], ${expected} bytes, but has ${end - begin}`);
  }
  return { dtype: dtype as Dtype, shape, offset: dataStart + begin, byteLength: end - begin };
}

/** A tensor to be written. */
export interface TensorPlan {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** The start of a file, and where each tensor's bytes must follow. */
export interface SafetensorsLayout {
  /** Length and JSON, padded with spaces to a multiple of 64 bytes. */
  readonly header: Uint8Array;
  /** In the order in which the bytes must be written after the header. */
  readonly tensors: readonly (TensorEntry & { readonly name: string })[];
  /** Of the whole file. */
  readonly byteLength: number;
}

/**
 * Lays out a safetensors file and writes its header; the caller streams the tensors' bytes after it, in the order returned.
 *
 * Wide elements come first, then names in code-unit order (as the reference implementation does): the format allows no holes, so this
 * is what keeps every tensor aligned to its element. Keys of the metadata are sorted. Equal input in any order gives equal bytes.
 * Throws RangeError for a repeated or reserved name, a bad shape, or a file beyond 2^53 bytes: mistakes of the caller.
 */
export function writeSafetensorsHeader(
  plans: readonly TensorPlan[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const sorted = [...plans].sort(
    (a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const names = new Set<string>([METADATA_KEY]);
  const lines: string[] = [];
  const meta = Object.keys(metadata)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  if (meta.length > 0) lines.push(`"${METADATA_KEY}":{${meta.join(",")}}`);
  let end = 0;
  const placed: (TensorEntry & { name: string })[] = [];
  for (const { name, dtype, shape } of sorted) {
    if (names.has(name)) throw new RangeError(`writeSafetensorsHeader: the name ${quote(name)} is taken`);
    names.add(name);
    const byteLength = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    if (!(shape.every(isSize) && Number.isSafeInteger(end + byteLength))) {
      throw new RangeError(`writeSafetensorsHeader: tensor ${quote(name)} cannot have the shape [${shape.join(", ")}]`);
    }
    const range = JSON.stringify([end, end + byteLength]);
    lines.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data_offsets":${range}}`);
    placed.push({ name, dtype, shape, offset: end, byteLength });
    end += byteLength;
  }
  const json = new TextEncoder().encode(`{${lines.join(",")}}`);
  const dataStart = Math.ceil((8 + json.length) / ALIGNMENT) * ALIGNMENT;
  if (dataStart - 8 > MAX_HEADER_BYTES) {
    throw new RangeError(`writeSafetensorsHeader: a header of ${dataStart} bytes is more than the format allows`);
  }
  const header = new Uint8Array(dataStart).fill(0x20);
  new DataView(header.buffer).setUint32(0, dataStart - 8, true);
  header.fill(0, 4, 8);
  header.set(json, 8);
  return {
    header,
    tensors: placed.map((tensor) => ({ ...tensor, offset: tensor.offset + dataStart })),
    byteLength: dataStart + end,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A name as it may stand in a message: quoted, control characters escaped, cut where it is long. */
function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function damaged(offset: number, reason: string): never {
  throw new BaxError(
    "model",
    `byte ${offset}: ${reason}`,
    "The file is damaged or was cut short: copy it again, or train the model again.",
  );
}
