import type { ScratchFile } from "../training/index.ts";
import { refused } from "./refusals.ts";

/** What is used of Node's modules, which the library names only when they are there. */
interface NodeFileSystem {
  openSync(path: string, flags: string, mode: number): number;
  unlinkSync(path: string): void;
  writeSync(file: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  readSync(file: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  closeSync(file: number): void;
  readdirSync(folder: string): string[];
}
interface NodeModules {
  (name: "node:fs"): NodeFileSystem;
  (name: "node:os"): { tmpdir(): string };
  (name: "node:path"): { join(...parts: string[]): string };
  (name: "node:crypto"): { randomUUID(): string };
  (name: "node:process"): { pid: number; kill(pid: number, signal: 0): void };
}

/** Bytes of one read or write: every platform can do that many. */
const PIECE_BYTES = 64 << 20;
/** Readable by its owner alone: texts can be told from what is in it. */
const MODE = 0o600;
const ADVICE = "Set TMPDIR to a folder with room, or raise --memory so that no file is needed.";

/**
 * A file in the system's folder for such files (`TMPDIR`). It loses its name at once, so that it is gone when the process ends, however
 * it ends. Throws a BaxError ("file") where the folder is missing or the disk is full.
 */
export function openScratchFile(modules: NodeModules): ScratchFile {
  const fs = modules("node:fs");
  const folder = modules("node:os").tmpdir();
  const { pid } = modules("node:process");
  const path = modules("node:path").join(folder, `bax-${pid}-${modules("node:crypto").randomUUID()}.examples`);
  let file: number;
  try {
    sweep(modules, folder);
    file = fs.openSync(path, "wx+", MODE);
  } catch (cause) {
    throw refused(`${folder} (the folder for temporary files)`, cause, "writing", ADVICE);
  }
  let hasName = true;
  const removeName = () => {
    try {
      fs.unlinkSync(path);
      hasName = false;
    } catch {
      // Windows keeps the name of an open file: it goes when the file is closed.
    }
  };
  removeName();
  const transfer = (bytes: Uint8Array, position: number, move: NodeFileSystem["readSync"], doing: string) => {
    try {
      for (let done = 0; done < bytes.length; ) {
        const moved = move(file, bytes, done, Math.min(PIECE_BYTES, bytes.length - done), position + done);
        if (moved === 0) throw Object.assign(new Error("the file ended"), { code: "EIO" });
        done += moved;
      }
    } catch (cause) {
      throw refused(`${folder} (temporary file of the training data)`, cause, doing, ADVICE);
    }
  };
  return {
    write: (bytes, position) => transfer(bytes, position, fs.writeSync, "writing"),
    read: (into, position) => transfer(into, position, fs.readSync, "reading"),
    close: () => {
      fs.closeSync(file);
      if (hasName) removeName();
    },
  };
}

/** Removes what a process left that was killed before its file had lost its name. */
function sweep(modules: NodeModules, folder: string): void {
  const fs = modules("node:fs");
  for (const name of fs.readdirSync(folder)) {
    const pid = /^bax-(\d+)-[-0-9a-f]{36}\.examples$/.exec(name)?.[1];
    if (pid === undefined) continue;
    try {
      modules("node:process").kill(Number(pid), 0);
    } catch (error) {
      // Nobody has that number, or somebody else whose file it is.
      if ((error as { code?: string }).code !== "ESRCH") continue;
      try {
        fs.unlinkSync(modules("node:path").join(folder, name));
      } catch {
        // Another process was quicker, or it is not ours.
      }
    }
  }
}
