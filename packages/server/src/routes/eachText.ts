import type { Exchange } from "../http/index.ts";
import { Problem, tryAgain } from "../problem.ts";

/** Characters after which other requests get a turn. */
const TURN_CHARACTERS = 4096;

/** Does `work`, which may take long, for each text in its turn, and lets others have theirs in between. Throws a Problem: "deadline". */
export async function eachText<T>(
  exchange: Exchange,
  texts: readonly string[],
  work: (text: string) => T | Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  const { deadline } = exchange;
  let characters = 0;
  for (const text of texts) {
    if (characters >= TURN_CHARACTERS) {
      characters = 0;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (exchange.isGone()) throw new Problem("unavailable", "The client went away.");
    }
    if (performance.now() > deadline)
      throw tryAgain("deadline", "The deadline passed before the answer was ready; ask about fewer texts at once.");
    found.push(await work(text));
    characters += text.length;
  }
  return found;
}
