import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What this command leaves among temporary files begins so, with the number of its process: `bax-1234-…`. */
const PREFIX = "bax-";

/** A path for temporary files of this process, which the next run sweeps away should the process be killed. */
export function temporaryPath(name: string): string {
  return path.join(tmpdir(), `${PREFIX}${process.pid}-${name}`);
}

/** A new folder for temporary files: it goes when the process ends, or else with the next run that makes one. */
export function temporaryFolder(): string {
  sweepTemporary();
  const folder = mkdtempSync(temporaryPath(""));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Removes what processes that are no more left behind. */
export function sweepTemporary(): void {
  let names: string[] = [];
  try {
    names = readdirSync(tmpdir());
  } catch {
    // Without such a folder there is nothing in it; whoever needs it will say so.
  }
  for (const name of names) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Somebody else's: it stays.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
