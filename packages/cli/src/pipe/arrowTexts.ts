import { MessageHeader } from "apache-arrow/fb/message-header";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Type } from "apache-arrow/fb/type";
import { BaxError } from "bax";
import { type ArrowMessage, damaged, intact } from "./arrowMessages.ts";
import type { TextPlace } from "./arrowSchema.ts";

/** Bytes of a view: the length, then the text itself, or four bytes of it, the number of a buffer and where in it the text begins. */
const VIEW_BYTES = 16;
const MOST_INLINE_BYTES = 12;

/** The texts of a batch as they lie in it, null for a row without one. Throws BaxError "data" for a batch that is damaged. */
export function textsOf(message: ArrowMessage, place: TextPlace): (Uint8Array | null)[] {
  return intact(() => {
    const { header, body } = message;
    const batch: RecordBatch | null =
      header.headerType() === MessageHeader.RecordBatch ? header.header(new RecordBatch()) : null;
    const node = batch?.nodes(place.node);
    if (!batch || !node || place.node >= batch.nodesLength()) throw damaged();
    if (batch.compression() !== null)
      throw new BaxError(
        "data",
        "(standard input): the batches of the Arrow stream are compressed",
        "Write it without compression.",
      );
    const rows = Number(node.length());
    // Each row has a byte at least in what is read below.
    if (node.length() !== batch.length() || !(rows >= 0 && rows <= body.length)) throw damaged();
    const first = place.buffer + variadicBefore(batch, place.views, message.headerBytes);
    const nulls = node.nullCount() === 0n ? null : bufferOf(batch, body, first, (rows + 7) >> 3);
    const isNull = (n: number): boolean => nulls !== null && ((nulls[n >> 3] >> (n & 7)) & 1) === 0;
    const textAt =
      place.type === Type.Utf8View
        ? viewedTexts(batch, body, first, rows)
        : offsetTexts(batch, body, first, rows, place);
    return Array.from({ length: rows }, (_, n) => textAt(n, isNull(n)));
  });
}

/** Buffers of a batch that belong to columns with any number of them, before one of these. */
function variadicBefore(batch: RecordBatch, columns: number, most: number): number {
  let buffers = 0n;
  for (let i = 0; i < columns; i++) buffers += batch.variadicBufferCounts(i) ?? -1n;
  if (buffers < 0n || buffers > BigInt(most)) throw damaged();
  return Number(buffers);
}

function bufferOf(batch: RecordBatch, body: Uint8Array, index: number, least: number): Uint8Array {
  const region = index < batch.buffersLength() ? batch.buffers(index) : null;
  if (region === null) throw damaged();
  const [offset, length] = [Number(region.offset()), Number(region.length())];
  if (!(offset >= 0 && length >= least && offset + length <= body.length)) throw damaged();
  return body.subarray(offset, offset + length);
}

/** The text of a row; asked for row by row. What stands in the place of a text that is null may be anything. */
type TextAt = (n: number, isNull: boolean) => Uint8Array | null;

/** Texts that lie one behind the other. */
function offsetTexts(batch: RecordBatch, body: Uint8Array, first: number, rows: number, { type }: TextPlace): TextAt {
  if (rows === 0) return () => null;
  const isLarge = type === Type.LargeUtf8;
  const bytes = bufferOf(batch, body, first + 1, (rows + 1) * (isLarge ? 8 : 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = isLarge
    ? (n: number): number => Number(view.getBigInt64(8 * n, true))
    : (n: number): number => view.getInt32(4 * n, true);
  const texts = bufferOf(batch, body, first + 2, 0);
  let begin = offset(0);
  if (begin < 0) throw damaged();
  return (n, isNull) => {
    const end = offset(n + 1);
    if (end < begin || end > texts.length) throw damaged();
    const text = isNull ? null : texts.subarray(begin, end);
    begin = end;
    return text;
  };
}

/** Texts that lie anywhere. */
function viewedTexts(batch: RecordBatch, body: Uint8Array, first: number, rows: number): TextAt {
  const views = bufferOf(batch, body, first + 1, rows * VIEW_BYTES);
  const view = new DataView(views.buffer, views.byteOffset, views.length);
  return (n, isNull) => {
    if (isNull) return null;
    const at = n * VIEW_BYTES;
    const length = view.getInt32(at, true);
    if (length < 0) throw damaged();
    if (length <= MOST_INLINE_BYTES) return views.subarray(at + 4, at + 4 + length);
    const [buffer, begin] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    if (buffer < 0 || begin < 0) throw damaged();
    return bufferOf(batch, body, first + 2 + buffer, begin + length).subarray(begin, begin + length);
  };
}
