import { Field } from "apache-arrow/schema";
import { Binary, Int32 } from "apache-arrow/type";
import type { Parcel } from "bax/cluster";
import { bytesColumn, intColumn } from "../arrow/columns.ts";
import { batchMessage, END, schemaMessage } from "../arrow/messages.ts";
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
  let waiting: SentParcel[] = [];
  let bytes = 0;
  let isBegun = false;
  // Nothing is written before there is something: what fails at once leaves no stream.
  const send = async (): Promise<void> => {
    if (!isBegun) await write(schemaMessage(FIELDS));
    isBegun = true;
    if (waiting.length > 0) await write(batchOf(waiting));
    waiting = [];
    bytes = 0;
  };
  for await (const parcel of parcels) {
    waiting.push(parcel);
    bytes += parcel.bytes.length;
    if (bytes >= BATCH_BYTES) await send();
  }
  await send();
  await write(END);
}

function batchOf(parcels: readonly SentParcel[]): Uint8Array {
  return batchMessage(parcels.length, [
    intColumn(parcels.map(({ block }) => block)),
    intColumn(parcels.map(({ part }) => part)),
    intColumn(parcels.map(({ seq }) => seq)),
    bytesColumn(parcels.map(({ bytes }) => bytes)),
  ]);
}
