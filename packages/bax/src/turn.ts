/** `setImmediate` where there is one: a timer of 0 ms waits for a whole millisecond. */
const soon = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate;

/** Lets the event loop turn once: signals, messages and drawing come through. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (soon) soon(resolve);
    else setTimeout(resolve, 0);
  });
}
