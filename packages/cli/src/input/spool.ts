import { createReadStream } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compressionOf, fileError } from "./files.ts";
import type { Source } from "./sources.ts";
import { temporaryFolder } from "./temporary.ts";

/** A copy of a source that can be read twice. */
export interface Spool {
  readonly source: Source;
  dispose(): Promise<void>;
}

/**
 * Copies standard input or a pipe to a temporary file, since a table is read twice: once to learn its columns. `dispose` removes the copy. It
 * goes too when the process is killed: on Linux it loses its name as soon as it is open, elsewhere the next run sweeps it away.
 */
export async function spool(source: Source): Promise<Spool> {
  const folder = temporaryFolder();
  let handle: FileHandle | undefined;
  const dispose = async (): Promise<void> => {
    await handle?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    let file = path.join(folder, "input");
    handle = await open(file, "w+");
    if (process.platform === "linux") {
      await rm(folder, { recursive: true, force: true });
      file = `/proc/${process.pid}/fd/${handle.fd}`;
    }
    const from = source.path === "-" ? process.stdin : createReadStream(source.path);
    try {
      // Each call writes where the last one ended, and all of its bytes.
      for await (const chunk of from) await handle.writeFile(chunk as Uint8Array);
    } catch (error) {
      throw fileError(`${source.name}, copied to ${tmpdir()}`, error);
    }
    const { size } = await stat(file);
    const copy = { ...source, path: file, compression: await compressionOf(file), seekable: true, bytes: size };
    return { source: copy, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
