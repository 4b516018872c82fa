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
  let read = 0;
  async function* slices(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    while (read < blob.size) {
      if (signal?.aborted) throw new BaxError("aborted", `${name}: reading was stopped`, "Give it again to read it.");
      const slice = await bytesAt(source, read, read + PIECE_BYTES);
      // A file that shrinks meanwhile has no more than this.
      if (slice.length === 0) break;
      read += slice.length;
      onProgress(Math.min(1, read / blob.size));
      yield slice;
    }
    onProgress(1);
  }
  const [first, second] = await bytesAt(source, 0, 2);
  if (first === 0x1f && second === 0x8b) yield* unpacked(name, slices());
  else yield* slices();
}

async function* unpacked(name: string, packed: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  // What the stream makes of an error of the source differs from browser to browser.
  let failed: BaxError | null = null;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await packed.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        if (error instanceof BaxError) failed = error;
        controller.error(error);
      }
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw failed ?? damaged(name, error);
  } finally {
    // What is still on its way is not waited for.
    reader.cancel().catch(() => {});
  }
}

async function bytesAt({ name, blob }: DataSource, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.slice(begin, end).arrayBuffer());
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
