import { BaxError } from "bax";

/**
 * Says what went wrong in two lines, what and where, then what to do, and returns the exit status: 2 for wrong usage, 130 for what a
 * signal ended, 1 for work that failed. `debug` adds the stack.
 */
export function reportFailure(error: unknown, debug: boolean): number {
  const { what, advice, status } = describe(error);
  process.stderr.write(`bax: ${oneLine(what)}\n     ${oneLine(advice)}\n`);
  if (debug) process.stderr.write(`${stacks(error)}\n`);
  return status;
}

const STATUS: Readonly<Record<string, number>> = { usage: 2, aborted: 130 };

function describe(error: unknown): { what: string; advice: string; status: number } {
  if (error instanceof BaxError) {
    return { what: error.message, advice: error.advice, status: STATUS[error.code] ?? 1 };
  }
  const { message, code } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: undefined };
  if (error instanceof RangeError && /Array buffer allocation|Invalid (?:typed )?array length|memory/i.test(message)) {
    return { what: "out of memory", advice: "Use fewer features (--buckets) or a smaller --dim.", status: 1 };
  }
  if (code === "ENOSPC")
    return { what: `the disk is full (${message})`, advice: "Free some space, or write elsewhere.", status: 1 };
  return {
    what: `unexpected failure: ${message}`,
    advice: "This is a fault of bax: run again with --debug and report what it prints.",
    status: 1,
  };
}

/** Messages may quote data: line breaks and control characters in them must not reach the terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.stack}\ncaused by ${stacks(error.cause)}`;
}
