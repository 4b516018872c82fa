/** What training says when it is asked to stop. */
export const STOPPING = "stopping: the best model so far is kept; Ctrl-C again to leave without it";

/**
 * The first Ctrl-C asks the work to stop, and calls `onStop`; the second leaves at once. The signal of a service manager (SIGTERM) counts as
 * the first.
 */
export function stopOnInterrupt(onStop: () => void = () => {}): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    onStop();
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    release: () => {
      // Once it was interrupted the process is about to end: a second Ctrl-C in its last moments must still be the one that says 130.
      if (controller.signal.aborted) return;
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
