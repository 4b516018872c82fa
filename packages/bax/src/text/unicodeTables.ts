import {
  HASH_MULTIPLIER,
  TABLE_COMBINING_CLASS,
  TABLE_COMBINING_CLASS_MASK,
  TABLE_COMPOSITION,
  TABLE_COMPOSITION_MASK,
  TABLE_DECOMPOSITION,
  TABLE_DECOMPOSITION_MASK,
  TABLE_DECOMPOSITION_POOL,
  TABLE_HEADER_BYTES,
  TABLE_LOWER,
  TABLE_LOWER_MASK,
  TABLE_TRIE_BLOCKS,
  TABLE_TRIE_INDEX,
  TRIE_SHIFT,
} from "../kernels/index.ts";
import { UNICODE_DATA } from "./unicodeData.ts";

const CODE_POINTS = 0x110000;
const BLOCK = 1 << TRIE_SHIFT;

/** Reads the variable-length integers that scripts/unicode-tables.mjs wrote. */
class DataReader {
  private at = 0;
  private readonly bytes: Uint8Array;
  constructor(base64: string) {
    this.bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  }
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  signed(): number {
    const value = this.unsigned();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }
  /** A list of rows with ascending keys, written as differences. */
  list<T>(read: (key: number) => T): T[] {
    const rows: T[] = [];
    let key = 0;
    for (let count = this.unsigned(); count > 0; count--) {
      key += this.unsigned();
      rows.push(read(key));
    }
    return rows;
  }
}

/** Entries of a hash table for `count` keys: a power of two, at most half full. */
function tableSize(count: number): number {
  let size = 4;
  while (size < 2 * count) size *= 2;
  return size;
}

/** Pairs (key + 1, value) at the slots where assembly/unicode.ts `find` looks. */
function pairTable(pairs: readonly (readonly [number, number])[]): Uint32Array {
  const size = tableSize(pairs.length);
  const table = new Uint32Array(2 * size);
  for (const [key, value] of pairs) {
    let slot = (Math.imul(key, HASH_MULTIPLIER) >>> 15) & (size - 1);
    while (table[2 * slot] !== 0) slot = (slot + 1) & (size - 1);
    table[2 * slot] = key + 1;
    table[2 * slot + 1] = value;
  }
  return table;
}

/** Composition pairs: u64 first << 21 | second, then u32 composite and 4 bytes unused, at the slots where `composite` looks. */
function compositionTable(rows: readonly (readonly [number, number, number])[]): Uint32Array {
  const size = tableSize(rows.length);
  const table = new Uint32Array(4 * size);
  for (const [first, second, joined] of rows) {
    let slot = ((Math.imul(first, HASH_MULTIPLIER) + Math.imul(second, 31)) >>> 15) & (size - 1);
    while (table[4 * slot + 2] !== 0) slot = (slot + 1) & (size - 1);
    table[4 * slot] = ((first << 21) | second) >>> 0;
    table[4 * slot + 1] = first >>> 11;
    table[4 * slot + 2] = joined;
  }
  return table;
}

function build(): Uint8Array {
  const data = new DataReader(UNICODE_DATA);
  const properties = new Uint8Array(CODE_POINTS);
  let at = 0;
  for (let runs = data.unsigned(); runs > 0; runs--) {
    const length = data.unsigned();
    properties.fill(data.unsigned(), at, at + length);
    at += length;
  }
  const lowers = data.list((cp) => [cp, cp + data.signed()] as const);
  const pool: number[] = [];
  const decompositions = data.list((cp) => {
    const count = data.unsigned();
    const place = pool.length;
    let part = cp;
    for (let i = 0; i < count; i++) {
      part += data.signed();
      pool.push(part);
    }
    return [cp, place * 32 + count] as const;
  });
  const classes = data.list((cp) => [cp, data.unsigned()] as const);
  const compositions = data.list((first) => [first, data.unsigned(), first + data.signed()] as const);

  // A two-step trie: equal blocks of 128 code points are stored once.
  const index = new Uint16Array(CODE_POINTS / BLOCK);
  const blocks: Uint8Array[] = [];
  const known = new Map<string, number>();
  for (let block = 0; block < index.length; block++) {
    const content = properties.subarray(block * BLOCK, (block + 1) * BLOCK);
    const key = content.join();
    let place = known.get(key);
    if (place === undefined) {
      place = blocks.length;
      known.set(key, place);
      blocks.push(content);
    }
    index[block] = place;
  }
  const trie = new Uint8Array(blocks.length * BLOCK);
  for (const [place, block] of blocks.entries()) trie.set(block, place * BLOCK);

  const lower = pairTable(lowers);
  const decomposition = pairTable(decompositions);
  const combining = pairTable(classes);
  const composition = compositionTable(compositions);
  const parts: [field: number, content: Uint8Array | Uint16Array | Uint32Array][] = [
    [TABLE_TRIE_INDEX, index],
    [TABLE_TRIE_BLOCKS, trie],
    [TABLE_LOWER, lower],
    [TABLE_DECOMPOSITION, decomposition],
    [TABLE_DECOMPOSITION_POOL, Uint32Array.from(pool)],
    [TABLE_COMPOSITION, composition],
    [TABLE_COMBINING_CLASS, combining],
  ];
  const header = new Uint32Array(TABLE_HEADER_BYTES / 4);
  header[TABLE_LOWER_MASK / 4] = lower.length / 2 - 1;
  header[TABLE_DECOMPOSITION_MASK / 4] = decomposition.length / 2 - 1;
  header[TABLE_COMPOSITION_MASK / 4] = composition.length / 4 - 1;
  header[TABLE_COMBINING_CLASS_MASK / 4] = combining.length / 2 - 1;
  let size = TABLE_HEADER_BYTES;
  for (const [field, content] of parts) {
    header[field / 4] = size;
    size += Math.ceil(content.byteLength / 16) * 16;
  }
  const image = new Uint8Array(size);
  image.set(new Uint8Array(header.buffer));
  for (const [field, content] of parts) {
    image.set(new Uint8Array(content.buffer, content.byteOffset, content.byteLength), header[field / 4]);
  }
  return image;
}

let image: Uint8Array | undefined;

/** The Unicode tables as the kernels read them (header of offsets, then trie and hash tables; about 250 kB), made once a process. */
export function unicodeTables(): Uint8Array {
  image ??= build();
  return image;
}
