// A barrier for the threads of one training run: a counter that only grows.

/** Polls before a thread goes to sleep: about 20 µs, several times what a batch differs between threads, and short enough for busy cores. */
const SPINS: u32 = 2000;

/**
 * Waits until all `threads` have arrived as often as this one. `counter` is a u32 that starts at 0. Returns 0, or 1 if `stop` (u32) was
 * raised. The counter may wrap: comparisons are by difference.
 */
export function barrier(counter: usize, stop: usize, threads: u32): u32 {
  if (threads == 1) return 0;
  const arrived = atomic.add<u32>(counter, 1);
  // Every round adds `threads`, so the round ends at the next multiple above what was there (2^32 wraps to a multiple only for powers of
  // two; training context resets the counter long before).
  const target = (arrived / threads + 1) * threads;
  if (arrived + 1 == target) {
    atomic.notify(counter, -1);
    return atomic.load<u32>(stop);
  }
  for (let i: u32 = 0; i < SPINS; i++) {
    if (<i32>(atomic.load<u32>(counter) - target) >= 0) return atomic.load<u32>(stop);
  }
  while (true) {
    const seen = atomic.load<u32>(counter);
    if (<i32>(seen - target) >= 0) return atomic.load<u32>(stop);
    if (atomic.load<u32>(stop)) return 1;
    atomic.wait<u32>(counter, seen, 100_000_000);
  }
}
