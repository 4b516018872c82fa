/** What knows its place in a list. */
export interface Placed {
  /** Index in the list; that of the list alone. */
  place: number;
}

/**
 * Things that come and go many thousand times a second, in no order. A `Set` would do, but V8 leaves the tables that a set has outgrown in
 * its old space, where they keep alive for a while all that was ever in them: each request would be moved there, too.
 */
export class PlacedList<T extends Placed> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    item.place = this.items.length;
    this.items.push(item);
  }

  /** Takes out an item that is in the list. */
  remove(item: T): void {
    const last = this.items.pop() as T;
    if (last === item) return;
    this.items[item.place] = last;
    last.place = item.place;
  }

  /** All of them, as they are now. */
  all(): T[] {
    return [...this.items];
  }
}
