import { Binary, Field, Int32, Schema } from "apache-arrow";
import { BufferRegion, FieldNode, Message, RecordBatch } from "apache-arrow/ipc/metadata/message";
import type { Parcel } from "bax/cluster";
import { bytesAt, readColumns } from "./rows.ts";

/** A parcel, and where it is from: of one partition's parcels of a block, that with the lower `seq` comes first. */
export interface SentParcel extends Parcel {
  readonly part: number;
  readonly seq: number;
}

/** Bytes of parcels that are sent together, about. */
const BATCH_BYTES = 8 << 20;

const FIELDS = [
  new Field("block", new Int32(), false),
  new Field("part", new Int32(), false),
  new Field("seq", new Int32(), false),
  new Field("bytes", new Binary(), false),
];
const SCHEMA = new Schema(FIELDS);

/** Parcels that come in as an Arrow stream. */
export async function* readParcels(input: AsyncIterable<Uint8Array>): AsyncGenerator<SentParcel> {
  for await (const { rows, columns } of readColumns(input, ["block", "part", "seq", "bytes"])) {
    const [blocks, parts, seqs, contents] = columns;
    const contentAt = bytesAt(contents);
    for (let row = 0; row < rows; row++)
      yield { block: blocks.get(row), part: parts.get(row), seq: seqs.get(row), bytes: contentAt(row) };
  }
}

/** Parcels of one block that follow each other, as one group. */
export async function* groupsOf(
  parcels: AsyncIterable<SentParcel>,
): AsyncGenerator<{ block: number; members: readonly SentParcel[] }> {
  let members: SentParcel[] = [];
  for await (const parcel of parcels) {
    if (members.length > 0 && members[0].block !== parcel.block) {
      yield { block: members[0].block, members };
      members = [];
    }
    members.push(parcel);
  }
  if (members.length > 0) yield { block: members[0].block, members };
}

/** Numbers the parcels of a partition. */
export async function* numbered(
  parcels: AsyncIterable<Parcel> | Iterable<Parcel>,
  part: number,
): AsyncGenerator<SentParcel> {
  let seq = 0;
  for await (const { block, bytes } of parcels) yield { block, part, seq: seq++, bytes };
}

/** Sends parcels as an Arrow stream, no faster than they are taken. */
export async function writeParcels(
  parcels: AsyncIterable<SentParcel>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  await write(framed(Message.encode(Message.from(SCHEMA)), []));
  let waiting: SentParcel[] = [];
  let bytes = 0;
  for await (const parcel of parcels) {
    waiting.push(parcel);
    bytes += parcel.bytes.length;
    if (bytes < BATCH_BYTES) continue;
    await write(batchOf(waiting));
    waiting = [];
    bytes = 0;
  }
  if (waiting.length > 0) await write(batchOf(waiting));
  await write(END);
}

/** What ends a stream. */
const END: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

function batchOf(parcels: readonly SentParcel[]): Uint8Array {
  const numbers = (numberOf: (parcel: SentParcel) => number): Uint8Array =>
    new Uint8Array(Int32Array.from(parcels, numberOf).buffer);
  const offsets = new Int32Array(parcels.length + 1);
  for (const [i, { bytes }] of parcels.entries()) offsets[i + 1] = offsets[i] + bytes.length;
  const data = new Uint8Array(offsets[parcels.length]);
  for (const [i, { bytes }] of parcels.entries()) data.set(bytes, offsets[i]);
  const none = new Uint8Array(0);
  const buffers = [
    none,
    numbers(({ block }) => block),
    none,
    numbers(({ part }) => part),
    none,
    numbers(({ seq }) => seq),
    none,
    new Uint8Array(offsets.buffer),
    data,
  ];
  let length = 0;
  const regions = buffers.map((buffer) => {
    const region = new BufferRegion(length, buffer.length);
    length += padded(buffer.length);
    return region;
  });
  const nodes = FIELDS.map(() => new FieldNode(parcels.length, 0));
  const header = Message.from(new RecordBatch(parcels.length, nodes, regions, null), length);
  return framed(Message.encode(header), buffers);
}

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
