// A barrier for the threads of one training run: a counter that only grows.

/** Polls before a thread goes to sleep, at the most: some 200 µs, several times what two threads differ by in one batch. */
const MOST_POLLS: u32 = 100_000;
/** And at the least: where the cores are shared with other work, the other thread may not even be running, and polling is waste. */
const FEWEST_POLLS: u32 = 10_000;

/** Says that this thread has arrived; returns what `waitFor` is to wait for. `counter` is a u32 that starts at 0. */
export function arrive(counter: usize, threads: u32): u32 {
  const arrived = atomic.add<u32>(counter, 1);
  // Every round adds `threads`, so this round ends at the next multiple above what was there. The counter starts anew every epoch
  // (training/engine.ts), long before it could wrap.
  const target = (arrived / threads + 1) * threads;
  if (arrived + 1 == target) atomic.notify(counter, -1);
  return target;
}

/**
 * Waits until all threads have arrived as often as this one. `patience` is a u32 of this thread alone, at first 0: how often it polls before
 * it sleeps, doubled when polling was enough and halved when it was not. Returns 0, or 1 if `stop` (u32) was raised.
 */
export function waitFor(counter: usize, target: u32, stop: usize, patience: usize): u32 {
  if (<i32>(atomic.load<u32>(counter) - target) >= 0) return atomic.load<u32>(stop);
  const polls = max(load<u32>(patience), FEWEST_POLLS);
  for (let i: u32 = 0; i < polls; i++) {
    if (<i32>(atomic.load<u32>(counter) - target) >= 0) {
      store<u32>(patience, min(polls << 1, MOST_POLLS));
      return atomic.load<u32>(stop);
    }
  }
  store<u32>(patience, polls >> 1);
  while (true) {
    const seen = atomic.load<u32>(counter);
    if (<i32>(seen - target) >= 0) return atomic.load<u32>(stop);
    if (atomic.load<u32>(stop)) return 1;
    atomic.wait<u32>(counter, seen, 100_000_000);
  }
}
