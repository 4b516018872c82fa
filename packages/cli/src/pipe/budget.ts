/** Holds back whoever takes more than there is, until others have given it back. */
export class Budget {
  readonly #limit: number;
  #taken = 0;
  #wake: () => void = () => {};

  /** `limit`: what may be taken at once. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when there is so much left; one that wants more than the limit is let through when it is alone. For one that takes. */
  async take(amount: number): Promise<void> {
    while (this.#taken > 0 && this.#taken + amount > this.#limit)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#taken += amount;
  }

  give(amount: number): void {
    this.#taken -= amount;
    this.#wake();
  }
}
