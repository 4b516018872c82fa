import { mkdir, open, rmdir, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { CheckpointStore } from "../training/index.ts";
import { writeAtomically } from "./atomicFile.ts";
import { refused } from "./refusals.ts";
import { sweepTemporaries } from "./temporaryName.ts";

/** Checkpoints of one run in a folder, which is made if it is not there; it is removed with the checkpoint where nothing else is in it. */
export class CheckpointFile implements CheckpointStore {
  readonly name: string;
  private readonly folder: string;

  /** `name`: of the file, in a folder of its own. */
  constructor(name: string) {
    this.name = name;
    this.folder = dirname(name);
  }

  async open(): Promise<
    { byteLength: number; read(into: Uint8Array, at: number): Promise<void>; close(): Promise<void> } | undefined
  > {
    const { name } = this;
    try {
      const { size } = await stat(name);
      const file = await open(name, "r");
      return {
        byteLength: size,
        read: async (into, at) => {
          for (let done = 0; done < into.length; ) {
            const { bytesRead } = await file.read(into, done, into.length - done, at + done);
            if (bytesRead === 0) throw refused(name, { code: "it ended" }, "reading");
            done += bytesRead;
          }
        },
        close: () => file.close(),
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw refused(name, cause, "reading");
    }
  }

  async write(chunks: Iterable<Uint8Array>): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true });
    } catch (cause) {
      throw refused(this.folder, cause, "writing");
    }
    await writeAtomically(this.name, chunks);
  }

  async remove(): Promise<void> {
    await unlink(this.name).catch(() => {});
    await sweepTemporaries(this.name);
    await rmdir(this.folder).catch(() => {});
  }
}
