/** The labels of a model in their fixed order, and the way from a name to its index. */
export class Labels {
  readonly names: string[] = [];
  private readonly indices = new Map<string, number>();

  constructor(names: Iterable<string> = []) {
    for (const name of names) this.add(name);
  }

  /** Index of a label, or −1. */
  indexOf(name: string): number {
    return this.indices.get(name) ?? -1;
  }

  /** Index of a label, which is added at the end if it is new. */
  add(name: string): number {
    let index = this.indices.get(name);
    if (index === undefined) {
      index = this.names.length;
      this.names.push(name);
      this.indices.set(name, index);
    }
    return index;
  }
}
