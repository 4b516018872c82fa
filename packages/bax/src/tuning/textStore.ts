import type { FeatureOptions } from "../features/index.ts";
import type { Heap } from "../kernels/index.ts";
import type { TrainingChoices } from "../training/index.ts";
import { StoredText, type TextSources } from "./trials.ts";

/** Bytes of stored text beyond which the setting that was not asked for longest is forgotten: it is read again if it comes back. */
const MOST_BYTES = 2 ** 30;

/** The text in every setting that was asked for, each tokenised once. */
export class TextStore {
  private readonly heap: Heap;
  private readonly sources: TextSources;
  private readonly given: TrainingChoices;
  private readonly pause: (examples: number) => Promise<void>;
  /** The one asked for last stands last. */
  private readonly texts = new Map<string, StoredText>();

  constructor(heap: Heap, sources: TextSources, given: TrainingChoices, pause: (examples: number) => Promise<void>) {
    this.heap = heap;
    this.sources = sources;
    this.given = given;
    this.pause = pause;
  }

  /** The text as these options read it. */
  async get(reading: FeatureOptions): Promise<StoredText> {
    const key = settingOf(reading);
    const text =
      this.texts.get(key) ?? (await StoredText.read(this.heap, this.sources, reading, this.given, this.pause));
    this.texts.delete(key);
    this.texts.set(key, text);
    let bytes = 0;
    for (const { bytes: more } of this.texts.values()) bytes += more;
    for (const [old, { bytes: fewer }] of this.texts) {
      if (bytes <= MOST_BYTES || old === key) break;
      this.texts.delete(old);
      bytes -= fewer;
    }
    return text;
  }
}

/** A name for how text is read. */
export function settingOf({ tokenizer, lowercase, wordNgrams, charNgrams }: FeatureOptions): string {
  return JSON.stringify([tokenizer, lowercase, wordNgrams, charNgrams]);
}
