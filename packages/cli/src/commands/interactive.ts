import { createInterface } from "node:readline";
import type { Console } from "../output/console.ts";

/** Asks for a text on the terminal and answers it, until the end of input (Ctrl-D) or Ctrl-C. */
export async function askLines(console: Console, answer: (text: string) => Promise<void>): Promise<void> {
  console.note("Type a text and press Enter; Ctrl-D ends.");
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: "> " });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== "") await answer(line);
    lines.prompt();
  }
}
