/** Numbers of a block of rows. */
const BLOCK = 1 << 16;

/** Rows of float32 in blocks, so that they can become many without being copied; gives up past `most` numbers. */
export class RowStore {
  readonly columns: number;
  private readonly rowsOfBlock: number;
  private readonly most: number;
  private blocks: Float32Array[] = [];
  private rows = 0;
  /** Whether there were too many, so that none are kept. */
  full = false;

  constructor(columns: number, most: number) {
    this.columns = columns;
    this.most = most;
    this.rowsOfBlock = Math.max(1, Math.floor(BLOCK / columns));
  }

  /** `row`: (columns). */
  add(row: Float32Array): void {
    if (this.full) return;
    if ((this.rows + 1) * this.columns > this.most) {
      this.full = true;
      this.blocks = [];
      return;
    }
    const at = this.rows++ % this.rowsOfBlock;
    if (at === 0) this.blocks.push(new Float32Array(this.rowsOfBlock * this.columns));
    this.blocks[this.blocks.length - 1].set(row, at * this.columns);
  }

  /** (columns) of a row that was added, where it lies. */
  row(number: number): Float32Array {
    const at = (number % this.rowsOfBlock) * this.columns;
    return this.blocks[Math.floor(number / this.rowsOfBlock)].subarray(at, at + this.columns);
  }
}
