// How what partitions have learned apart becomes the parameters of the next round (docs/decisions/0016-cluster.md).
import { type ClusterState, type Learning, type MatrixName, shapeOf, stateChunks } from "./clusterState.ts";
import { type ChangedRows, packRows, readRows, rowBlocks } from "./rowChanges.ts";

/**
 * Joins the changes of a block. `changed`: of all partitions that changed it, in their order, so that the sums are always the same.
 *
 * A row becomes the mean over the partitions that touched it, weighted by how many examples each learned from, and is moved a little
 * further: with T = (Σ n)² / Σ n² partitions, as many as would be with equal n, by T^¼. A mean over parts falls short of what one machine
 * does with all of them, since AdaGrad's steps shrink by the root of what was seen. The squares grow by Σ gains / T², so that the next
 * steps are as large as after the examples of less than one part: what the others found is new to each.
 */
export function joinChanges(changed: readonly Uint8Array[]): Uint8Array {
  const parts = changed.map(readRows);
  const rows = Uint32Array.from(new Set(parts.flatMap((part) => Array.from(part.rows)))).sort();
  const places = new Uint32Array(rows.length > 0 ? rows[rows.length - 1] + 1 : 0);
  for (const [place, row] of rows.entries()) places[row] = place;
  const columns = parts[0].changes.length / parts[0].rows.length;
  const examples = new Float64Array(rows.length);
  const squares = new Float64Array(rows.length);
  const gains = new Float64Array(rows.length);
  const changes = new Float64Array(rows.length * columns);
  for (const part of parts) {
    const weight = part.examples;
    for (const [i, row] of part.rows.entries()) {
      const place = places[row];
      examples[place] += weight;
      squares[place] += weight * weight;
      gains[place] += part.gains[i];
      const from = i * columns;
      const to = place * columns;
      for (let column = 0; column < columns; column++) changes[to + column] += weight * part.changes[from + column];
    }
  }
  for (let place = 0; place < rows.length; place++) {
    const partitions = (examples[place] * examples[place]) / squares[place];
    gains[place] /= partitions * partitions;
    const scale = Math.sqrt(Math.sqrt(partitions)) / examples[place];
    for (let i = place * columns; i < (place + 1) * columns; i++) changes[i] *= scale;
  }
  return packRows({ examples: 0, rows, gains: new Float32Array(gains), changes: new Float32Array(changes) });
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
  name: MatrixName,
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
