import { BaxError } from "bax";
import { COMMAND_ADVICE, type DataSource, MOST_BYTES } from "./dataSource.ts";

/** Pieces are about this large: big enough that each costs little, small enough that a few of them are nothing. */
const PIECE_BYTES = 1 << 20;

export type OnProgress = (fraction: number) => void;

/**
 * The bytes of a source, unpacked where they begin as gzip data do, in pieces of about 1 MB.
 *
 * `onProgress` is told which part of the source was read, from 0 to 1. Throws BaxError "data" for an empty source and damaged gzip data,
 * "file" where the browser cannot read it, "limit" above 2 GB of text, "aborted".
 */
export async function* bytesOf(
  source: DataSource,
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let total = 0;
  for await (const chunk of chunksOf(source, onProgress, signal)) {
    pieces.push(chunk);
    size += chunk.length;
    total += chunk.length;
    if (total > MOST_BYTES) {
      throw new BaxError("limit", `${source.name}: more than 2 GB of text, too much for a page`, COMMAND_ADVICE);
    }
    if (size < PIECE_BYTES) continue;
    yield joined(pieces, size);
    pieces = [];
    size = 0;
  }
  if (total === 0) {
    throw new BaxError(
      "data",
      `${source.name}: the file is empty`,
      "Give a file with a row for each text and its label.",
    );
  }
  if (size > 0) yield joined(pieces, size);
}

async function* chunksOf(
  source: DataSource,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { name, blob } = source;
  const stopped = (): BaxError => new BaxError("aborted", `${name}: reading was stopped`, "Give it again to read it.");
  if (signal?.aborted) throw stopped();
  const isPacked = await beginsAsGzip(source);
  let read = 0;
  let failed: unknown = null;
  const counted = blob.stream().pipeThrough(
    new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.length;
        controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
      },
    }),
  );
  const stream: ReadableStream<Uint8Array> = isPacked ? counted.pipeThrough(new DecompressionStream("gzip")) : counted;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        failed = error;
        return { done: true, value: undefined };
      });
      if (signal?.aborted) throw stopped();
      if (failed !== null) throw isPacked && read > 0 ? damaged(name, failed) : unreadable(name, failed);
      if (done || value === undefined) break;
      onProgress(blob.size === 0 ? 1 : Math.min(1, read / blob.size));
      yield value;
    }
    onProgress(1);
  } finally {
    // What is still on its way is not waited for.
    reader.cancel().catch(() => {});
  }
}

async function beginsAsGzip({ name, blob }: DataSource): Promise<boolean> {
  try {
    const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
    return first === 0x1f && second === 0x8b;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, cause: unknown): BaxError {
  return new BaxError(
    "file",
    `${name}: the browser cannot read it`,
    "If it is a folder, give the file inside it; if it was moved or changed meanwhile, give it again.",
    { cause },
  );
}

function damaged(name: string, cause: unknown): BaxError {
  return new BaxError(
    "data",
    `${name}: the gzip data are damaged, cut short, or have something behind their end`,
    "Unpack the file first, and give what is in it; or copy it again.",
    { cause },
  );
}

/** Parts as one. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
