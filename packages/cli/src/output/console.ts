/** How much is said, and to whom. */
export interface ConsoleOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/**
 * The only door to the terminal. Results go to standard output; all else goes to standard error, and not at all when quiet.
 */
export class Console {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether standard error is a terminal that can be written over. */
  readonly live: boolean;
  readonly #said: Set<string> = new Set();
  #liveLine = false;

  constructor({ quiet = false, json = false }: ConsoleOptions) {
    this.quiet = quiet;
    this.json = json;
    this.live = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  }

  /** Writes a result; resolves when the reader has room for more, so that a slow reader holds the work back. */
  write(text: string | Uint8Array): Promise<void> {
    if (process.stdout.write(text)) return Promise.resolve();
    return new Promise((resolve) => process.stdout.once("drain", resolve));
  }

  /** Writes one JSON document. */
  writeJson(value: unknown): Promise<void> {
    return this.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
  }

  /** A remark on standard error; the same one is made once. */
  note(text: string): void {
    if (this.quiet || this.#said.has(text)) return;
    this.#said.add(text);
    this.#clearLive();
    process.stderr.write(`${text}\n`);
  }

  /** Replaces the line that moves, on a terminal. */
  progress(line: string): void {
    if (this.quiet || !this.live) return;
    const width = process.stderr.columns || 80;
    process.stderr.write(`\r\u001b[2K${line.slice(0, width - 1)}`);
    this.#liveLine = true;
  }

  /** Wipes the line that moves, before anything else is said. */
  endProgress(): void {
    this.#clearLive();
  }

  #clearLive(): void {
    if (!this.#liveLine) return;
    process.stderr.write("\r\u001b[2K");
    this.#liveLine = false;
  }
}

/** Whether a stream may be coloured: a terminal, and the user has not said no (no-color.org). */
export function canColour(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** A reader that goes away (`| head`) ends the program quietly: it has what it wanted. */
export function exitOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
      process.stderr.write(`bax: cannot write: ${error.message}\n`);
      process.exit(1);
    });
  }
}
