// Messages of an Arrow stream, as bytes.
import { BufferRegion, Message, RecordBatch } from "apache-arrow/ipc/metadata/message";
import { type Field, Schema } from "apache-arrow/schema";
import type { Column } from "./columns.ts";

/** What ends a stream. */
export const END: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** The message that a stream begins with. */
export function schemaMessage(fields: readonly Field[]): Uint8Array {
  return framed(Message.encode(Message.from(new Schema([...fields]))), []);
}

/** The message with a batch of rows. */
export function batchMessage(rows: number, columns: readonly Column[]): Uint8Array {
  const buffers = columns.flatMap((column) => column.buffers);
  let bytes = 0;
  const regions = buffers.map(({ length }) => {
    const region = new BufferRegion(bytes, length);
    bytes += padded(length);
    return region;
  });
  const nodes = columns.flatMap((column) => column.nodes);
  const header = Message.from(new RecordBatch(rows, nodes, regions, null), bytes);
  return framed(Message.encode(header), buffers);
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
