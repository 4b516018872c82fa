import type { Example, ExampleIndex, NearExample, TextClassifier } from "bax";
import { namesOf } from "./heldOut.ts";

/** Examples that are searched: more would not be found while somebody types. They are evenly spread over all. */
const MOST = 50_000;
/** Milliseconds for which examples are placed before other questions get their turn. */
const SLICE_MS = 8;
const SHOWN = 5;

/** The examples that a model sees as most alike to a text; where they lie is worked out bit by bit, so that the page need not wait. */
export class NearExamples {
  private readonly ready: Promise<ExampleIndex>;
  private isWanted = true;

  constructor(model: TextClassifier, examples: { readonly length: number; at(number: number): Example }) {
    this.ready = this.build(model, examples);
  }

  async find(text: string): Promise<readonly NearExample[]> {
    return (await this.ready).nearest(text, SHOWN);
  }

  /** Ends the work for a model that is no longer the one at hand. */
  stop(): void {
    this.isWanted = false;
  }

  private async build(
    model: TextClassifier,
    examples: { readonly length: number; at(number: number): Example },
  ): Promise<ExampleIndex> {
    const index = await model.indexExamples([]);
    const count = Math.min(MOST, examples.length);
    let began = performance.now();
    for (let i = 0; i < count && this.isWanted; i++) {
      const { text, ...labels } = examples.at(Math.floor((i * examples.length) / count));
      index.add({ text, labels: namesOf(labels) });
      if (performance.now() - began < SLICE_MS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
    return index;
  }
}
