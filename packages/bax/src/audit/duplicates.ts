import { BandTable, eachBand, type TextIndex } from "./textIndex.ts";
import type { Pause } from "./textStore.ts";

const NONE = -1;
/**
 * Comparisons in vain that a row has at most, over all bands. Texts of ordinary data have none or two; those that are all made from one
 * template meet without being alike enough, and would be compared each with each.
 */
const MOST_IN_VAIN = 32;

/** Groups of similar texts: rows count by their leaders, groups by their first row. */
export interface NearGroups {
  /** (rows) the first row of the group of a leader; itself where it is alone. */
  readonly group: Int32Array;
  /** (rows) another leader of the group that the row is similar to, or −1 for the first of a group. */
  readonly partner: Int32Array;
  /** (rows) the similarity to the partner. */
  readonly similarity: Float64Array;
}

/** Groups leaders whose texts are at least `threshold` similar, by way of others, too (single linkage). */
export async function groupNear(index: TextIndex, threshold: number, pause: Pause): Promise<NearGroups> {
  const { count } = index.store;
  const group = Int32Array.from({ length: count }, (_, row) => row);
  const partner = new Int32Array(count).fill(NONE);
  const similarity = new Float64Array(count);
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (index.isSketched[row] === 1) rows.push(row);
  const root = (row: number): number => {
    let top = row;
    while (group[top] !== top) {
      group[top] = group[group[top]];
      top = group[top];
    }
    return top;
  };
  const inVain = new Uint8Array(count);
  /** Whether the row was united with one of its bucket, or has been compared often enough. */
  const join = (row: number, table: BandTable, key: number): boolean => {
    for (let other = table.head(key); other !== NONE; other = table.after(other)) {
      const [mine, theirs] = [root(row), root(other)];
      if (mine === theirs) return true;
      if (inVain[row] === MOST_IN_VAIN) return true;
      const alike = index.similarity(row, index, other);
      if (alike < threshold) {
        inVain[row]++;
        continue;
      }
      // The later of the two firsts loses its place; it needs a partner, if it is one of the two rows.
      const [early, late] = mine < theirs ? [mine, theirs] : [theirs, mine];
      group[late] = early;
      const loser = partner[row] === NONE && row !== early ? row : other === late ? other : NONE;
      if (loser !== NONE && partner[loser] === NONE) {
        partner[loser] = loser === row ? other : row;
        similarity[loser] = alike;
      }
      return true;
    }
    return false;
  };
  await eachBand(pause, (band) => {
    const table = new BandTable(index, band, rows.length);
    for (const row of rows) if (!join(row, table, index.keys[band * count + row])) table.put(row);
  });
  for (const row of rows) {
    group[row] = root(row);
    if (group[row] === row || partner[row] !== NONE) continue;
    partner[row] = group[row];
    similarity[row] = index.similarity(row, index, group[row]);
  }
  return { group, partner, similarity };
}

/** For each row its likest text of the test data: its number there, or −1, and how similar; 1 is the same text. */
export interface Leaks {
  readonly row: Int32Array;
  readonly similarity: Float64Array;
}

/** Finds leaders whose text is in the test data, or one that is at least `threshold` similar. */
export async function findLeaks(index: TextIndex, test: TextIndex, threshold: number, pause: Pause): Promise<Leaks> {
  const { count } = index.store;
  const found = new Int32Array(count).fill(NONE);
  const similarity = new Float64Array(count);
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    if (index.leader[row] !== row) continue;
    found[row] = test.find(index, row);
    if (found[row] !== NONE) similarity[row] = 1;
    else if (index.isSketched[row] === 1) rows.push(row);
  }
  const inVain = new Uint8Array(count);
  const others = Array.from({ length: test.store.count }, (_, row) => row).filter((row) => test.isSketched[row] === 1);
  await eachBand(pause, (band) => {
    const table = new BandTable(test, band, others.length);
    for (const row of others) table.put(row);
    for (const row of rows) {
      const key = index.keys[band * count + row];
      for (let other = table.head(key); other !== NONE && inVain[row] < MOST_IN_VAIN; other = table.after(other)) {
        if (found[row] === other) continue;
        const alike = index.similarity(row, test, other);
        if (alike < threshold || alike <= similarity[row]) {
          inVain[row]++;
          continue;
        }
        found[row] = other;
        similarity[row] = alike;
      }
    }
  });
  return { row: found, similarity };
}
