import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Milliseconds until what has just been let go is let go by all. */
const SETTLING = 100;

let isWaiting = false;
let collect: (() => void) | undefined;

/**
 * Looks for memory that nobody uses any more, soon and once for all who asked by then. V8 counts a model's memory, which is WebAssembly's
 * and shared, as a few bytes only: left to itself it would keep many large models that were replaced before it looked.
 */
export function collectSoon(): void {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    collect ??= collector();
    collect();
  }, SETTLING).unref();
}

function collector(): () => void {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("gc") as () => void;
  } catch {
    // Another runtime: it looks when it likes.
    return () => {};
  }
}
