/** What a file that is no safetensors file is, and what its owner can do. */
export interface ForeignFile {
  readonly kind: string;
  readonly advice: string;
}

interface Signature extends ForeignFile {
  readonly magic: readonly number[];
}

const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));
const GIVE_MODEL = "Give a model that `bax train` wrote (a .safetensors file).";
const UNPACK = "Unpack it first, or give the .safetensors file that `bax train` wrote.";

/** First bytes of files that people hand to a classifier by mistake. Each value is from the format's own specification. */
const SIGNATURES: readonly Signature[] = [
  {
    // fastText's FASTTEXT_FILEFORMAT_MAGIC_INT32, 793712314, little-endian.
    magic: [0xba, 0x16, 0x4f, 0x2f],
    kind: "a fastText model (.bin or .ftz)",
    advice: "Give it its own ending, .bin or .ftz.",
  },
  { magic: [0x1f, 0x8b], kind: "a gzip file", advice: UNPACK },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], kind: "a Zstandard file", advice: UNPACK },
  { magic: [0x50, 0x4b, 0x03, 0x04], kind: "a zip file (a PyTorch checkpoint, perhaps)", advice: GIVE_MODEL },
  { magic: [0x80, 0x02], kind: "a Python pickle (an old PyTorch or scikit-learn model, perhaps)", advice: GIVE_MODEL },
  { magic: [0x80, 0x03], kind: "a Python pickle", advice: GIVE_MODEL },
  { magic: [0x80, 0x04], kind: "a Python pickle (a scikit-learn model, perhaps)", advice: GIVE_MODEL },
  { magic: [0x80, 0x05], kind: "a Python pickle (a scikit-learn model, perhaps)", advice: GIVE_MODEL },
  { magic: ascii("PAR1"), kind: "a Parquet table", advice: GIVE_MODEL },
  { magic: ascii("GGUF"), kind: "a GGUF model", advice: GIVE_MODEL },
  { magic: [0x89, ...ascii("HDF")], kind: "an HDF5 file (a Keras model, perhaps)", advice: GIVE_MODEL },
  { magic: [0x93, ...ascii("NUMPY")], kind: "a NumPy array", advice: GIVE_MODEL },
  { magic: [0x00, ...ascii("asm")], kind: "a WebAssembly module", advice: GIVE_MODEL },
  { magic: ascii("%PDF"), kind: "a PDF document", advice: GIVE_MODEL },
  { magic: [0x89, ...ascii("PNG")], kind: "a PNG image", advice: GIVE_MODEL },
  {
    magic: ascii("version https://git-lfs"),
    kind: "a Git LFS pointer",
    advice: "Run `git lfs pull` to get the model itself.",
  },
];

/** How much of a file is looked at to tell text from binary. */
const SAMPLE_BYTES = 512;

/**
 * Names a file that is certainly not safetensors by its first bytes, or returns null where it may be one.
 *
 * A text is told by having no control characters: a safetensors file has zeros among its first 8 bytes, since its header's length is
 * below 2^27.
 */
export function nameForeignFile(bytes: Uint8Array): ForeignFile | null {
  if (bytes.length === 0) return { kind: "an empty file", advice: GIVE_MODEL };
  // Bytes 4 to 7 of a header's length are 0 in any safetensors file: a gzip header, say, may not be taken for one, nor the reverse.
  const lengthFits = bytes.length >= 9 && bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0;
  if (lengthFits && bytes[8] === 0x7b) return null;
  for (const { magic, kind, advice } of SIGNATURES) {
    if (magic.every((byte, i) => bytes[i] === byte)) return { kind, advice };
  }
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const isText = sample.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  return isText ? { kind: "a text file", advice: GIVE_MODEL } : null;
}
