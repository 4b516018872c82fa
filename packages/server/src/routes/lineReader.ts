const LINE_FEED = 10;

/** A line's bytes without its end; null for one that was too long, whose bytes are gone. */
export type Line = Uint8Array | null;

/**
 * Cuts bytes that come in any pieces into lines. Keeps no more than the beginning of one line; of a line that is too long it keeps nothing.
 * A last line needs no end; an end with nothing behind it begins no line.
 */
export class LineReader {
  private readonly limit: number;
  private kept: Uint8Array[] = [];
  private keptBytes = 0;
  private isTooLong = false;

  /** `limit`: bytes that a line may have. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The lines that end in a piece. */
  *push(piece: Uint8Array): Generator<Line, void, undefined> {
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      this.keep(piece.subarray(from, end));
      yield this.take();
      from = end + 1;
    }
    // The piece is whoever sent it's; what is left of it is copied.
    if (from < piece.length) this.keep(piece.slice(from));
  }

  /** The line that the end of all bytes ends, if there is one. */
  *end(): Generator<Line, void, undefined> {
    if (this.keptBytes > 0 || this.isTooLong) yield this.take();
  }

  private keep(bytes: Uint8Array): void {
    this.isTooLong ||= this.keptBytes + bytes.length > this.limit;
    if (this.isTooLong) {
      this.kept = [];
      this.keptBytes = 0;
      return;
    }
    this.kept.push(bytes);
    this.keptBytes += bytes.length;
  }

  private take(): Line {
    const { kept, keptBytes, isTooLong } = this;
    this.kept = [];
    this.keptBytes = 0;
    this.isTooLong = false;
    if (isTooLong) return null;
    if (kept.length === 1) return kept[0];
    const line = new Uint8Array(keptBytes);
    let at = 0;
    for (const part of kept) {
      line.set(part, at);
      at += part.length;
    }
    return line;
  }
}
