import { Random } from "../math/random.ts";
import { mix, type NormalForm } from "./normalForm.ts";

/** Code points of a shingle: all runs of five of the normal form, spaces included. */
const SHINGLE = 5;
/** Texts of fewer shingles are compared as a whole only: in so short a text one other letter says something else. */
const LEAST_SHINGLES = 20;
/** Rows of a band, and bands: two texts whose similarity is 0.8 share a band with 1 − (1 − 0.8^6)^21 = 99.8 %. */
const BAND_ROWS = 6;
export const BANDS = 21;
const BINS = BAND_ROWS * BANDS;

const MULTIPLIER = 0x9e3779b1;
/** MULTIPLIER^SHINGLE modulo 2^32: what the code point that leaves the window has been multiplied by. */
const LEAVING = Array.from({ length: SHINGLE }).reduce<number>((power) => Math.imul(power, MULTIPLIER), 1);
const EMPTY = 0xffffffff;

/** For each bin the order in which an empty one asks the others. */
const DONORS: readonly Uint32Array[] = (() => {
  const random = new Random(0x6d696e);
  return Array.from({ length: BINS }, () => random.shuffle(Uint32Array.from({ length: BINS }, (_, n) => n)));
})();

/** The hashes of a text's shingles, from left to right, into `hashes`; returns their number. */
function hashShingles({ codes, length }: NormalForm, hashes: Uint32Array): number {
  let rolling = 0;
  for (let n = 0; n < length; n++) {
    rolling = (Math.imul(rolling, MULTIPLIER) + codes[n]) | 0;
    if (n >= SHINGLE) rolling = (rolling - Math.imul(LEAVING, codes[n - SHINGLE])) | 0;
    if (n >= SHINGLE - 1) hashes[n - SHINGLE + 1] = mix(rolling);
  }
  return Math.max(0, length - SHINGLE + 1);
}

/**
 * Sketches of texts for finding similar ones: MinHash with one permutation (Li, Owen and Zhang 2012) and empty bins that take the value of
 * another (Shrivastava 2017), cut into bands for locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998).
 */
export class Sketcher {
  private hashes = new Uint32Array(1024);
  private readonly bins = new Uint32Array(BINS);
  private readonly filled = new Uint8Array(BINS);

  /** Keys of the bands of the text that `form` read last, into keys[at + band · step]; false for a text that is too short. */
  sketch(form: NormalForm, keys: Uint32Array, at: number, step: number): boolean {
    if (this.hashes.length < form.length) this.hashes = new Uint32Array(2 * form.length);
    const count = hashShingles(form, this.hashes);
    if (count < LEAST_SHINGLES) return false;
    const { bins, filled, hashes } = this;
    bins.fill(EMPTY);
    for (let n = 0; n < count; n++) {
      const hash = hashes[n];
      const bin = ((hash >>> 16) * BINS) >>> 16;
      if (hash < bins[bin]) bins[bin] = hash;
    }
    for (let bin = 0; bin < BINS; bin++) filled[bin] = bins[bin] === EMPTY ? 0 : 1;
    for (let bin = 0; bin < BINS; bin++) {
      if (filled[bin] === 1) continue;
      const donors = DONORS[bin];
      let n = 0;
      while (filled[donors[n]] === 0) n++;
      bins[bin] = bins[donors[n]];
    }
    for (let band = 0; band < BANDS; band++) {
      let key = band;
      for (let row = 0; row < BAND_ROWS; row++) key = mix(Math.imul(key, MULTIPLIER) ^ bins[band * BAND_ROWS + row]);
      keys[at + band * step] = key >>> 0;
    }
    return true;
  }

  /** The different shingles of the text that `form` read last, in ascending order of their hashes. */
  set(form: NormalForm): Uint32Array {
    if (this.hashes.length < form.length) this.hashes = new Uint32Array(2 * form.length);
    const sorted = this.hashes.slice(0, hashShingles(form, this.hashes)).sort();
    let length = 0;
    for (let n = 0; n < sorted.length; n++) if (n === 0 || sorted[n] !== sorted[n - 1]) sorted[length++] = sorted[n];
    return sorted.subarray(0, length);
  }
}

/** |a ∩ b| / |a ∪ b| of two ascending lists without repeats (Jaccard 1901); 1 where both are empty. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      common++;
      i++;
      j++;
    } else if (a[i] < b[j]) i++;
    else j++;
  }
  const union = a.length + b.length - common;
  return union === 0 ? 1 : common / union;
}
