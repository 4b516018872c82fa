/** How many rows each word is in, words being 32-bit hashes. Open addressing over two arrays: 8 bytes an entry. */
export class WordCounts {
  private words = new Uint32Array(1 << 12);
  private counts = new Uint32Array(1 << 12);
  private used = 0;

  private slot(word: number): number {
    const mask = this.words.length - 1;
    let slot = word & mask;
    while (this.counts[slot] !== 0 && this.words[slot] !== word) slot = (slot + 1) & mask;
    return slot;
  }

  /** Counts the different words of a row; `words` is sorted and loses its repeats. */
  add(words: number[]): void {
    words.sort((a, b) => a - b);
    for (let n = 0; n < words.length; n++) {
      if (n > 0 && words[n] === words[n - 1]) continue;
      const slot = this.slot(words[n]);
      if (this.counts[slot]++ > 0) continue;
      this.words[slot] = words[n];
      if (++this.used * 2 > this.words.length) this.grow();
    }
  }

  /** Rows with a word. */
  of(word: number): number {
    return this.counts[this.slot(word)];
  }

  /** The `most` words that most rows have; equals by their hashes. */
  commonest(most: number): Set<number> {
    const slots: number[] = [];
    for (const [slot, count] of this.counts.entries()) if (count > 1) slots.push(slot);
    slots.sort((a, b) => this.counts[b] - this.counts[a] || this.words[a] - this.words[b]);
    return new Set(slots.slice(0, most).map((slot) => this.words[slot]));
  }

  private grow(): void {
    const { words, counts } = this;
    this.words = new Uint32Array(words.length * 2);
    this.counts = new Uint32Array(words.length * 2);
    for (const [old, count] of counts.entries()) {
      if (count === 0) continue;
      const slot = this.slot(words[old]);
      this.words[slot] = words[old];
      this.counts[slot] = count;
    }
  }
}
