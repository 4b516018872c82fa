import type { TextClassifier } from "bax";
import { type Answerer, DirectAnswerer } from "./answerer.ts";

/** Digits of the fingerprint that a version is called by. */
const VERSION_DIGITS = 16;

/** A model to be served. */
export interface ServedModel {
  classifier: TextClassifier;
  /** Who answers for it; the model itself, on the calling thread, unless given. Closed with the version. */
  answerer?: Answerer | undefined;
  /** SHA-256 of the model file's bytes in hexadecimal; found when it is first wanted unless given. */
  fingerprint?: string | undefined;
}

/** One version of a model. Whoever uses it over time holds it, so that it is closed only when the last one has let go. */
export class ModelVersion {
  readonly name: string;
  readonly classifier: TextClassifier;
  readonly answerer: Answerer;
  private known: string | undefined;
  private finding: Promise<string> | undefined;
  private held = 0;
  private isRetired = false;
  private closing: Promise<void> | undefined;
  private settle: (() => void) | undefined;

  constructor(name: string, { classifier, answerer, fingerprint }: ServedModel) {
    this.name = name;
    this.classifier = classifier;
    this.answerer = answerer ?? new DirectAnswerer(classifier);
    this.known = fingerprint;
  }

  /** The fingerprint, or a promise of it where it is not known yet. */
  get fingerprint(): string | Promise<string> {
    if (this.known !== undefined) return this.known;
    this.finding ??= fingerprintOf(this.classifier).then((found) => {
      this.known = found;
      return found;
    });
    return this.finding;
  }

  /** What the version is called: the first 16 digits of the fingerprint. */
  get version(): string | Promise<string> {
    const { fingerprint } = this;
    return typeof fingerprint === "string"
      ? fingerprint.slice(0, VERSION_DIGITS)
      : fingerprint.then((found) => found.slice(0, VERSION_DIGITS));
  }

  /** How many hold it. */
  get holders(): number {
    return this.held;
  }

  /** Holds it; to be called in the turn in which it was looked up. */
  hold(): void {
    this.held++;
  }

  /** Lets it go. */
  release(): void {
    this.held--;
    if (this.isRetired && this.held === 0) this.settle?.();
  }

  /** Closes it once nobody holds it. Resolves when it is closed. */
  retire(): Promise<void> {
    this.isRetired = true;
    this.closing ??= new Promise<void>((resolve) => {
      if (this.held === 0) resolve();
      else this.settle = resolve;
    }).then(() => this.answerer.close());
    return this.closing;
  }
}

/** SHA-256 of the bytes that a model is written as, in hexadecimal. */
export async function fingerprintOf(classifier: TextClassifier): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", classifier.toBytes() as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
