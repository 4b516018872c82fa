const LINE_FEED = 10;
const NOTHING = new Uint8Array(0);

/** A line's bytes without its end; null for one that was too long, whose bytes are gone. */
export type Line = Uint8Array | null;

/**
 * Cuts bytes that come in any pieces into lines. Keeps no more than the beginning of one line; of a line that is too long it keeps nothing.
 * A last line needs no end; an end with nothing behind it begins no line.
 */
export class LineReader {
  private readonly limit: number;
  /** The beginning of a line: the first `keptBytes` of it. */
  private kept: Uint8Array = NOTHING;
  private keptBytes = 0;
  private isTooLong = false;

  /** `limit`: bytes that a line may have. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The lines that end in a piece. Those that lie in it whole are parts of it, not copies. */
  *push(piece: Uint8Array): Generator<Line, void, undefined> {
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      const bytes = piece.subarray(from, end);
      if (this.keptBytes === 0 && !this.isTooLong) yield bytes.length > this.limit ? null : bytes;
      else {
        this.keep(bytes);
        yield this.take();
      }
      from = end + 1;
    }
    // The piece is whoever sent it's; what is left of it is copied.
    if (from < piece.length) this.keep(piece.subarray(from));
  }

  /** The line that the end of all bytes ends, if there is one. */
  *end(): Generator<Line, void, undefined> {
    if (this.keptBytes > 0 || this.isTooLong) yield this.take();
  }

  private keep(bytes: Uint8Array): void {
    const total = this.keptBytes + bytes.length;
    this.isTooLong ||= total > this.limit;
    if (this.isTooLong) {
      this.kept = NOTHING;
      this.keptBytes = 0;
      return;
    }
    if (total > this.kept.length) {
      // Twice as much, so that a line that comes byte by byte is not copied as often.
      const larger = new Uint8Array(this.keptBytes === 0 ? total : Math.min(this.limit, 2 * total));
      larger.set(this.kept.subarray(0, this.keptBytes));
      this.kept = larger;
    }
    this.kept.set(bytes, this.keptBytes);
    this.keptBytes = total;
  }

  private take(): Line {
    const line = this.isTooLong ? null : this.kept.subarray(0, this.keptBytes);
    this.kept = NOTHING;
    this.keptBytes = 0;
    this.isTooLong = false;
    return line;
  }
}
