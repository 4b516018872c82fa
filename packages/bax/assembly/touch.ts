// WebAssembly has no instruction to ask for a cache line in advance. So a word of every line is read, in next to no instructions, before there
// is something to do with it: the processor waits for as many lines at once as it finds in the few hundred instructions that it looks ahead.

/** Features that are put into a table one after another, once their lines are at hand. */
export const TOUCHED_TOGETHER: u32 = 64;
/** Address 0 holds nothing: what is written there is of no account. */
const NOWHERE: usize = 0;
const UNLIKELY: u32 = 0x9e3779b1;

/** Makes reading of use: words that nobody looked at, joined by exclusive or, would not be read. A store each time would make threads wait. */
export function useWords(words: u32): void {
  if (words == UNLIKELY) store<u32>(NOWHERE, words);
}
