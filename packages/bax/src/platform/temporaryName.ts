import { readdir, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Says whose a temporary file is: of this machine's process, which may live no more. */
function prefixOf(path: string): string {
  return `.${basename(path)}.${hostname().replaceAll(/[^\w-]/g, "_")}-`;
}

function randomHex(): string {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return number.toString(16).padStart(8, "0");
}

/** The name that a file has until it is whole: beside the other, so that it can take its place. */
export function temporaryName(path: string): string {
  return join(dirname(path), `${prefixOf(path)}${process.pid}-${randomHex()}.tmp`);
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes what processes left that ended while they wrote this file. */
export async function sweepTemporaries(path: string): Promise<void> {
  const prefix = prefixOf(path);
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await unlink(join(dirname(path), name)).catch(() => {});
  }
}
