import {
  decodeBase64,
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
import { bitReader, NumberModel } from "./numberModel.ts";
import { UNICODE_DATA } from "./unicodeData.ts";
import { exchangeLists, type UnicodeLists } from "./unicodeLists.ts";
import { deriveProperties } from "./unicodeProperties.ts";

const CODE_POINTS = 0x110000;
const BLOCK = 1 << TRIE_SHIFT;

/** The lists that scripts/unicode-tables.mjs packed. */
export function unpackLists(bytes: Uint8Array): UnicodeLists {
  const empty: UnicodeLists = { runs: [], lowers: [], decompositions: [], combining: [] };
  return exchangeLists(new NumberModel(bitReader(bytes)), empty);
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
  const lists = unpackLists(decodeBase64(UNICODE_DATA));
  const { lowers, combining } = lists;
  const { properties, compositions } = deriveProperties(lists);
  const { index, trie } = makeTrie(properties);
  const pool: number[] = [];
  const places: (readonly [number, number])[] = [];
  for (const { codePoint, parts } of lists.decompositions) {
    places.push([codePoint, pool.length * 32 + parts.length]);
    for (const part of parts) pool.push(part);
  }
  const lower = pairTable(lowers);
  const decomposition = pairTable(places);
  const orders = pairTable(combining);
  const composition = compositionTable(compositions);
  const parts: [field: number, content: Uint8Array | Uint16Array | Uint32Array][] = [
    [TABLE_TRIE_INDEX, index],
    [TABLE_TRIE_BLOCKS, trie],
    [TABLE_LOWER, lower],
    [TABLE_DECOMPOSITION, decomposition],
    [TABLE_DECOMPOSITION_POOL, Uint32Array.from(pool)],
    [TABLE_COMPOSITION, composition],
    [TABLE_COMBINING_CLASS, orders],
  ];
  const header = new Uint32Array(TABLE_HEADER_BYTES / 4);
  header[TABLE_LOWER_MASK / 4] = lower.length / 2 - 1;
  header[TABLE_DECOMPOSITION_MASK / 4] = decomposition.length / 2 - 1;
  header[TABLE_COMPOSITION_MASK / 4] = composition.length / 4 - 1;
  header[TABLE_COMBINING_CLASS_MASK / 4] = orders.length / 2 - 1;
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

// A two-step trie: equal blocks of 128 code points are stored once.
function makeTrie(properties: Uint8Array): { index: Uint16Array; trie: Uint8Array } {
  const index = new Uint16Array(CODE_POINTS / BLOCK);
  const blocks: Uint8Array[] = [];
  const known = new Map<string | number, number>();
  const words = new Uint32Array(properties.buffer);
  for (let block = 0; block < index.length; block++) {
    const content = properties.subarray(block * BLOCK, (block + 1) * BLOCK);
    // Most blocks are of one property throughout.
    const first = words[(block * BLOCK) / 4];
    let next = 1;
    while (next < BLOCK / 4 && words[(block * BLOCK) / 4 + next] === first) next++;
    const key = next === BLOCK / 4 ? first : String.fromCharCode(...content);
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
  return { index, trie };
}

let image: Uint8Array | undefined;
let stored: (() => Uint8Array | undefined) | undefined;

/** Tells where the finished tables may lie, which are read quicker than they are made; `read` gives undefined where they do not. */
export function offerUnicodeTables(read: () => Uint8Array | undefined): void {
  stored = read;
}

/** The Unicode tables as the kernels read them (header of offsets, then trie and hash tables; about 250 kB), made once a process. */
export function unicodeTables(): Uint8Array {
  image ??= stored?.() ?? build();
  return image;
}
