/** A typed array that grows by rows of `width`. */
export class GrowingRows<T extends Int32Array | Float32Array> {
  values: T;
  private readonly width: number;
  private readonly make: new (
    length: number,
  ) => T;
  constructor(make: new (length: number) => T, width: number) {
    this.make = make;
    this.width = width;
    this.values = new make(64 * width);
  }
  reserve(rows: number): void {
    if (rows * this.width <= this.values.length) return;
    const more = new this.make(Math.max(rows * this.width, 2 * this.values.length));
    more.set(this.values);
    this.values = more;
  }
  take(rows: number): T {
    return this.values.slice(0, rows * this.width) as T;
  }
}
