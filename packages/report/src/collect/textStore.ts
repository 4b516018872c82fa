/** Texts by number while there is room, as UTF-8. */
export class TextStore {
  private readonly texts: (Uint8Array | string | undefined)[] = [];
  private readonly most: number;
  private room: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Texts that there was no room for. */
  dropped = 0;

  constructor(most: number = 200_000, bytes: number = 100_000_000) {
    this.most = most;
    this.room = bytes;
  }

  /** Keeps the next text, whose number is how many came before. */
  add(text: Uint8Array | string): void {
    const size = text.length;
    const fits = this.texts.length < this.most && size <= this.room;
    if (fits) this.room -= size;
    else this.dropped++;
    this.texts.push(fits ? text : undefined);
  }

  /** Undefined for one that was not kept. */
  get(number: number): string | undefined {
    const text = this.texts[number];
    return text === undefined || typeof text === "string" ? text : this.decoder.decode(text);
  }
}
