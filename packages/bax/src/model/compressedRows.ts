import {
  type Heap,
  ROWS_AT,
  ROWS_CENTROIDS,
  ROWS_CODE_COUNT,
  ROWS_DENSE,
  ROWS_DIMENSION,
  ROWS_HALVES,
  ROWS_INT8,
  ROWS_KIND,
  ROWS_NORM_CODES,
  ROWS_NORMS,
  ROWS_PRODUCT,
  ROWS_SCALES,
  ROWS_SUB_DIMENSION,
  ROWS_WIDTH,
} from "../kernels/index.ts";

/** Centroids of one sub-quantiser: what a byte can choose among. */
export const CENTROIDS = 256;

/** A product quantiser (Jégou, Douze, Schmid 2011): each group of columns of a row is one of 256 centroids. */
export interface ProductQuantizer {
  /** Columns of a row. */
  dimension: number;
  /** Columns of a group; the last group has what is left. */
  subDimension: number;
  /** Bytes of a row. */
  codeCount: number;
  /** Address of the centroids (f32): for each group 256 rows, as wide as the group. */
  centroids: number;
}

/** Rows of a matrix in fewer bits than a float a column. All are addresses in the heap. */
export type CompressedRows =
  | { kind: "f16"; halves: number }
  | { kind: "int8"; bytes: number; scales: number }
  | {
      kind: "product";
      codes: number;
      quantizer: ProductQuantizer;
      /** A byte a row that chooses among 256 lengths (f32), where directions and lengths are quantised apart. */
      norms: { codes: number; centroids: number } | null;
    };

/** Columns of a group of a product quantiser. */
export function groupWidth({ dimension, subDimension }: ProductQuantizer, group: number): number {
  return Math.min(subDimension, dimension - group * subDimension);
}

/** hidden (width f32) = Σ weights · rows, over `count` ids. `width` is a multiple of 4. */
export function gatherCompressed(
  heap: Heap,
  rows: CompressedRows,
  width: number,
  ids: number,
  weights: number,
  count: number,
  hidden: number,
): void {
  const { kernels } = heap;
  if (rows.kind === "f16") kernels.gatherHalves(ids, weights, count, rows.halves, width, hidden);
  else if (rows.kind === "int8") kernels.gatherBytes(ids, weights, count, rows.bytes, rows.scales, width, hidden);
  else {
    const { dimension, subDimension, codeCount, centroids } = rows.quantizer;
    kernels.gatherProduct(
      ids,
      weights,
      count,
      rows.codes,
      codeCount,
      dimension,
      subDimension,
      centroids,
      rows.norms?.codes ?? 0,
      rows.norms?.centroids ?? 0,
      hidden,
    );
  }
}

/** Tells kernels where rows are, and in what form: `dense`, their address as floats, counts unless it is 0. */
export function placeRows(
  heap: Heap,
  at: number,
  width: number,
  dense: number,
  rows: CompressedRows | undefined,
): void {
  const fields: [field: number, value: number][] = [[ROWS_WIDTH, width]];
  if (dense !== 0 || !rows) fields.push([ROWS_KIND, ROWS_DENSE], [ROWS_AT, dense]);
  else if (rows.kind === "f16") fields.push([ROWS_KIND, ROWS_HALVES], [ROWS_AT, rows.halves]);
  else if (rows.kind === "int8") fields.push([ROWS_KIND, ROWS_INT8], [ROWS_AT, rows.bytes], [ROWS_SCALES, rows.scales]);
  else {
    fields.push(
      [ROWS_KIND, ROWS_PRODUCT],
      [ROWS_AT, rows.codes],
      [ROWS_CODE_COUNT, rows.quantizer.codeCount],
      [ROWS_DIMENSION, rows.quantizer.dimension],
      [ROWS_SUB_DIMENSION, rows.quantizer.subDimension],
      [ROWS_CENTROIDS, rows.quantizer.centroids],
      [ROWS_NORM_CODES, rows.norms?.codes ?? 0],
      [ROWS_NORMS, rows.norms?.centroids ?? 0],
    );
  }
  for (const [field, value] of fields) heap.u32[(at + field) >>> 2] = value;
}

/** Decodes rows [first, first + count) into `out` (count, width f32), an address. */
export function decodeRows(
  heap: Heap,
  rows: CompressedRows,
  width: number,
  first: number,
  count: number,
  out: number,
): void {
  const id = heap.allocate(4);
  const weight = heap.allocateCopy(Float32Array.of(1));
  for (let row = 0; row < count; row++) {
    heap.u32[id >>> 2] = first + row;
    gatherCompressed(heap, rows, width, id, weight, 1, out + row * width * 4);
  }
  heap.release(id);
  heap.release(weight);
}
