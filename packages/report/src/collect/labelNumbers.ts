/** Labels by number: those of a model in its order, then others as they come. */
export class LabelNumbers {
  readonly names: string[];
  private readonly numbers: Map<string, number>;

  constructor(labels: readonly string[]) {
    this.names = [...labels];
    this.numbers = new Map(this.names.map((label, number) => [label, number]));
  }

  of(label: string): number {
    const known = this.numbers.get(label);
    if (known !== undefined) return known;
    this.numbers.set(label, this.names.length);
    return this.names.push(label) - 1;
  }
}
