import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { BaxError } from "bax";
import { ByteBuffer } from "flatbuffers";
import { ByteSource } from "./byteSource.ts";

/** A message of an Arrow stream: what it is about, and the buffers that belong to it. */
export interface ArrowMessage {
  readonly header: Message;
  /** Bytes of the header; no list in it is longer. */
  readonly headerBytes: number;
  readonly body: Uint8Array;
}

/** Before the length of a message; older writers left it out. */
const CONTINUATION = -1;
/** A file begins with ARROW1 and two bytes more; then it goes on as a stream does. */
const FILE_START = Buffer.from("ARROW1");
const MOST_HEADER_BYTES = 64 << 20;
const MOST_BODY_BYTES = 2 ** 31;

/** A schema, and batches of rows. Dictionaries are passed over. Throws BaxError "data" for what is no Arrow stream. */
export async function* readMessages(input: AsyncIterable<Uint8Array>): AsyncGenerator<ArrowMessage> {
  const source = new ByteSource(input);
  let isFile = false;
  for (let isFirst = true; ; isFirst = false) {
    let length = await readLength(source);
    if (isFirst && length === FILE_START.readInt32LE()) {
      await source.read(4);
      isFile = true;
      length = await readLength(source);
    }
    if (length === CONTINUATION) length = await readLength(source);
    if (length === undefined || length === 0) {
      if (isFirst) throw noStream();
      break;
    }
    if (length < 0 || length > MOST_HEADER_BYTES) throw isFirst ? noStream() : damaged();
    const bytes = await source.read(length);
    if (bytes.length < length) throw isFirst ? noStream() : cutShort();
    const header = intact(() => Message.getRootAsMessage(new ByteBuffer(bytes)));
    const size = intact(() => Number(header.bodyLength()));
    if (!(size >= 0)) throw damaged();
    if (size > MOST_BODY_BYTES)
      throw new BaxError("limit", "(standard input): a batch is larger than 2 GB", "Send smaller batches.");
    if (intact(() => header.headerType()) === MessageHeader.DictionaryBatch) {
      if ((await source.skip(size)) < size) throw cutShort();
      continue;
    }
    const body = await source.read(size);
    if (body.length < size) throw cutShort();
    yield { header, headerBytes: length, body };
  }
  // Behind the end of a file's stream is a list of its messages: whoever sends it can send all of it.
  if (isFile) await source.skip(Number.POSITIVE_INFINITY);
}

/** What `read` finds in bytes that nobody has checked. Throws BaxError "data" where they make no sense to it. */
export function intact<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BaxError ? error : damaged(error);
  }
}

export function damaged(cause?: unknown): BaxError {
  return new BaxError("data", "(standard input): the Arrow stream is damaged", "Write it anew.", { cause });
}

function cutShort(): BaxError {
  return new BaxError(
    "data",
    "(standard input): the Arrow stream is cut short",
    "See whether what writes it ended by an error.",
  );
}

function noStream(): BaxError {
  return new BaxError(
    "data",
    "(standard input): this is no Arrow stream",
    "Write one as pyarrow.ipc.new_stream does, or leave --format out for lines of JSON.",
  );
}

/** The next four bytes as a number; undefined at the end. */
async function readLength(source: ByteSource): Promise<number | undefined> {
  const bytes = await source.read(4);
  if (bytes.length === 0) return undefined;
  if (bytes.length < 4) throw cutShort();
  return new DataView(bytes.buffer).getInt32(0, true);
}
