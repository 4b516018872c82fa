import { CLASS_LETTER, CLASS_SPACE, CLASS_SYMBOL, CLASS_UNSPACED, type Heap, SourceRoom } from "../kernels/index.ts";
import { Tokenizer } from "../text/index.ts";

const SPACE = 32;
const CODE = 0xffffff;
/** Symbols of ASCII that change what a text says: C and C++, 5 and 5 %, a mention and a word. */
const TELLING = new Set(Array.from("#$%+@", (symbol) => symbol.charCodeAt(0)));

/** Whether a symbol is more than punctuation: telling ones, currencies, and what lies from the arrows on, but for East Asian marks. */
function isTelling(code: number): boolean {
  if (code < 0x20a0) return TELLING.has(code);
  return code < 0x3000 || code > 0x303f;
}

/**
 * A text as duplicates are compared: NFKC, lower case, each run of white space and punctuation one space, a space at both ends. A text of
 * punctuation alone stays as it is but for white space. One version of Unicode, the kernels', whatever the runtime has.
 */
export class NormalForm {
  /** Code points. */
  codes: Uint32Array = new Uint32Array(1024);
  /** Of `codes`, both spaces included; 0 for a text of white space alone. */
  length = 0;
  private readonly heap: Heap;
  private readonly tokenizer: Tokenizer;
  private readonly source: SourceRoom;

  constructor(heap: Heap) {
    this.heap = heap;
    this.source = new SourceRoom(heap);
    this.tokenizer = new Tokenizer(heap, { tokenizer: "unicode", lowercase: true });
  }

  /** Reads UTF-8 into `codes`; returns their number. */
  read(bytes: Uint8Array): number {
    const { source, tokenizer } = this;
    tokenizer.run(source.place(bytes), bytes.length);
    const count = tokenizer.codePointCount;
    if (this.codes.length < count + 2) this.codes = new Uint32Array(2 * count + 2);
    if (this.fold(count, false) === 0) this.fold(count, true);
    return this.length;
  }

  /** `all`: symbols are no spaces. */
  private fold(count: number, all: boolean): number {
    const { codes } = this;
    const { u32 } = this.heap;
    const first = this.tokenizer.codePoints >>> 2;
    let length = 1;
    let inside = false;
    codes[0] = SPACE;
    for (let n = 0; n < count; n++) {
      const packed = u32[first + n];
      const kind = packed >>> 24;
      const code = packed & CODE;
      if (kind === CLASS_SPACE || (kind === CLASS_SYMBOL && !all && !isTelling(code))) {
        if (inside) codes[length++] = SPACE;
        inside = false;
      } else {
        codes[length++] = code;
        inside = true;
      }
    }
    if (inside) codes[length++] = SPACE;
    this.length = length > 1 ? length : 0;
    return this.length;
  }

  /** Calls `each` with the code point of every letter of the last text, in order. */
  eachLetter(each: (code: number) => void): void {
    const { u32 } = this.heap;
    const first = this.tokenizer.codePoints >>> 2;
    for (let n = 0; n < this.tokenizer.codePointCount; n++) {
      const kind = u32[first + n] >>> 24;
      if (kind === CLASS_LETTER || kind === CLASS_UNSPACED) each(u32[first + n] & CODE);
    }
  }

  /** Whether the last text has anything besides white space and punctuation. */
  hasContent(): boolean {
    const { u32 } = this.heap;
    const first = this.tokenizer.codePoints >>> 2;
    for (let n = 0; n < this.tokenizer.codePointCount; n++) {
      const kind = u32[first + n] >>> 24;
      if (kind !== CLASS_SPACE && kind !== CLASS_SYMBOL) return true;
      if (kind === CLASS_SYMBOL && isTelling(u32[first + n] & CODE)) return true;
    }
    return false;
  }

  /** Hashes of the words of the last text: what stands between spaces. Returns their number; `words` grows as it must. */
  words(words: number[]): number {
    const { codes, length } = this;
    words.length = 0;
    let hash = 0;
    for (let n = 1; n < length; n++) {
      if (codes[n] !== SPACE) hash = Math.imul(hash ^ codes[n], 0x9e3779b1) + 1;
      else {
        words.push(mix(hash));
        hash = 0;
      }
    }
    return words.length;
  }

  /** Whether the last text of another form is the same. */
  equals(other: NormalForm): boolean {
    if (this.length !== other.length) return false;
    for (let n = 0; n < this.length; n++) if (this.codes[n] !== other.codes[n]) return false;
    return true;
  }

  release(): void {
    this.tokenizer.release();
    this.source.release();
  }
}

/** Spreads the bits of a 32-bit number: the finaliser of MurmurHash3 (Appleby 2011, public domain). */
export function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
