/** Bytes that come in any pieces, taken in pieces of a size that is asked for. */
export class ByteSource {
  readonly #input: AsyncIterator<Uint8Array>;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /**
   * The next `size` bytes, in memory of their own that begins at a multiple of 8; fewer where the input ends before. Memory is taken for
   * what has come, not for what was asked for.
   */
  async read(size: number): Promise<Uint8Array> {
    while (this.#bytes < size && (await this.#pull()));
    const read = new Uint8Array(Math.min(size, this.#bytes));
    let at = 0;
    let used = 0;
    while (at < read.length) {
      const piece = this.#pieces[used];
      const part = piece.subarray(0, read.length - at);
      read.set(part, at);
      at += part.length;
      if (part.length === piece.length) used++;
      else this.#pieces[used] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used);
    this.#bytes -= at;
    return read;
  }

  /** Passes over the next `size` bytes; gives how many there were. */
  async skip(size: number): Promise<number> {
    let left = size;
    while (left > 0) {
      const { length } = await this.read(Math.min(left, Math.max(1, this.#bytes)));
      if (length === 0) break;
      left -= length;
    }
    return size - left;
  }

  async #pull(): Promise<boolean> {
    const { done, value } = await this.#input.next();
    if (done) return false;
    this.#pieces.push(value);
    this.#bytes += value.length;
    return true;
  }
}
