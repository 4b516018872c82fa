import type { Explanation, Prediction, PredictOptions, Score, TextClassifier } from "bax";

/** The request for which something is answered. */
export interface Call {
  /** By `performance.now()`: when nobody waits any longer. */
  readonly deadline: number;
  /** Whether the client went away. */
  isGone(): boolean;
}

/** What is explained of a text, as in the library. */
export interface ExplainQuestion {
  label?: string;
  against?: string;
}

/**
 * Answers for one version of a model. What is there at once may come without a promise. Refuses by a BaxError ("usage") what the model
 * refuses, and by a Problem what it cannot do now.
 */
export interface Answerer {
  /** `TextClassifier.predictAll`, to the bit. */
  predict(texts: readonly string[], options: PredictOptions, call: Call): Prediction[][] | Promise<Prediction[][]>;
  /** `TextClassifier.explain`. */
  explain(text: string, question: ExplainQuestion, call: Call): Explanation | Promise<Explanation>;
  /** `TextClassifier.scores`. */
  scores(text: string, options: Pick<PredictOptions, "labels" | "raw">, call: Call): Score[] | Promise<Score[]>;
  /** Texts that wait. */
  readonly waiting: number;
  /** Resolves when there is room for more texts, for whoever would rather wait than be refused; undefined: at once. */
  room(): Promise<void> | undefined;
  /** Ends it; nothing is asked any more. */
  close(): Promise<void>;
}

/** Asks the model itself, on the calling thread. */
export class DirectAnswerer implements Answerer {
  protected readonly classifier: TextClassifier;

  constructor(classifier: TextClassifier) {
    this.classifier = classifier;
  }

  get waiting(): number {
    return 0;
  }

  predict(texts: readonly string[], options: PredictOptions, _call: Call): Prediction[][] | Promise<Prediction[][]> {
    if (texts.length === 1) return [this.classifier.predict(texts[0], options)];
    return this.classifier.predictAll(texts, options);
  }

  explain(text: string, question: ExplainQuestion, _call: Call): Explanation | Promise<Explanation> {
    return this.classifier.explain(text, question);
  }

  scores(text: string, options: Pick<PredictOptions, "labels" | "raw">, _call: Call): Score[] | Promise<Score[]> {
    return this.classifier.scores(text, options);
  }

  room(): Promise<void> | undefined {
    return undefined;
  }

  async close(): Promise<void> {}
}
