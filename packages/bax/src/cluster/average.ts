// How what partitions have learned apart becomes the parameters of the next round (docs/decisions/0016-cluster.md).
import { type ClusterState, type Learning, shapeOf, stateChunks } from "./clusterState.ts";
import { type ChangedRows, packRows, readRows, rowBlocks } from "./rowChanges.ts";

/**
 * Joins the changes of a block. `changed`: of all partitions that changed it, in their order, so that the sums are always the same.
 */
export function joinChanges(changed: readonly Uint8Array[]): Uint8Array {
  const parts = changed.map(readRows);
  const rows = Uint32Array.from(new Set(parts.flatMap((part) => Array.from(part.rows)))).sort();
  const places = new Map(Array.from(rows, (row, place) => [row, place]));
  const columns = parts[0].changes.length / parts[0].rows.length;
  const before = new Float32Array(rows.length);
  const gains = new Float64Array(rows.length);
  for (const part of parts) {
    for (const [i, row] of part.rows.entries()) {
      const place = places.get(row) as number;
      before[place] = part.before[i];
      gains[place] += part.gains[i];
    }
  }
  const changes = new Float64Array(rows.length * columns);
  for (const part of parts) {
    for (const [i, row] of part.rows.entries()) {
      const place = places.get(row) as number;
      const share = shareOf(before[place], part.gains[i], gains[place], parts.length);
      for (let column = 0; column < columns; column++)
        changes[place * columns + column] += share * part.changes[i * columns + column];
    }
  }
  return packRows({ rows, before, gains: Float32Array.from(gains), changes: Float32Array.from(changes) });
}

/**
 * How much of a partition's change counts. With AdaGrad a step is divided by the root of the squares so far: had one machine seen the
 * gradients of all partitions, its roots would have been larger. With plain descent it is the mean.
 */
function shareOf(before: number, gain: number, allGains: number, partitions: number): number {
  if (!(allGains > 0)) return 1 / partitions;
  return Math.sqrt((before + gain) / (before + allGains));
}

/** The state after a round. `joined`: for each block that was changed what `joinChanges` gave. */
export function advance(state: ClusterState, joined: ReadonlyMap<number, Uint8Array>): Generator<Uint8Array> {
  const { learning } = state;
  const next: Learning = { ...learning, round: learning.round + 1 };
  return stateChunks(next, (name) => {
    if (name === "embeddings" || name === "output") return advanced(state, joined, name, "changes");
    if (name === "row_squares" || name === "label_squares") return advanced(state, joined, name, "gains");
    return state.pieces(name);
  });
}

function* advanced(
  state: ClusterState,
  joined: ReadonlyMap<number, Uint8Array>,
  name: "embeddings" | "output" | "row_squares" | "label_squares",
  figures: keyof Pick<ChangedRows, "changes" | "gains">,
): Generator<Uint8Array> {
  const { learning } = state;
  const [rowCount, columns] = shapeOf(learning, name);
  if (rowCount === 0) return;
  for (const { block, matrix, squares, first, count } of rowBlocks(learning)) {
    if (matrix !== name && squares !== name) continue;
    const values = new Float32Array(count * columns);
    state.read(name, first * columns, values);
    const bytes = joined.get(block);
    if (bytes) {
      const changed = readRows(bytes);
      for (const [i, row] of changed.rows.entries())
        for (let column = 0; column < columns; column++)
          values[row * columns + column] += changed[figures][i * columns + column];
    }
    yield new Uint8Array(values.buffer);
  }
}
