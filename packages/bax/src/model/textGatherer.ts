import { type FastTextNgrams, tokenBound } from "../features/index.ts";
import {
  DOOR_PLACES,
  GATHERER_AT,
  GATHERER_BY_WORDS,
  GATHERER_CACHE,
  GATHERER_CACHE_MASK,
  GATHERER_CHARACTER_SCALE,
  GATHERER_COUNTS,
  GATHERER_DOOR,
  GATHERER_END,
  GATHERER_FEATURE_WEIGHTS,
  GATHERER_FEATURES,
  GATHERER_IDS,
  GATHERER_IS_FASTTEXT,
  GATHERER_LANE,
  GATHERER_NORM,
  GATHERER_ONES,
  GATHERER_ROOM,
  GATHERER_ROWS,
  GATHERER_SCRATCH,
  GATHERER_SLOT_BYTES,
  GATHERER_SUBWORDS,
  GATHERER_TABLE,
  GATHERER_TAGS,
  GATHERER_TERM_FREQUENCIES,
  GATHERER_TOKEN_ROOM,
  GATHERER_TOKENS,
  GATHERER_VECTOR,
  GATHERER_WEIGHTS,
  GATHERER_WORD_SCALE,
  type Heap,
  LANES,
  NO_ROOM,
  ROWS_BYTES,
  SET_SLOTS,
  SPOT_BYTES,
  SUBWORD_SCRATCH,
  TOKEN_BYTES,
  WORD_VECTOR,
} from "../kernels/index.ts";
import { placeRows } from "./compressedRows.ts";
import { FastTextBags } from "./fastTextBags.ts";
import type { ForwardPass } from "./forwardPass.ts";
import type { HashedBags } from "./hashedBags.ts";
import type { Parameters } from "./parameters.ts";
import { TEXTS_WITHOUT_TABLE } from "./storedFeatures.ts";

/** Words whose sums are kept: most of what any text has, in a few megabytes. */
const KEPT_WORDS = 1 << 15;
/** Longer texts are summed in fastText's own order: over so many rows another one comes to differ in the fifth digit. */
const LONGEST_BY_WORDS = 4096;
/** So many bytes of lines are many texts. */
const MANY_BYTES = 1 << 14;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Features that the kernel must have room for in a line of `length` bytes of fastText's. */
function mostFeatures(length: number, { wordNgrams, longest }: FastTextNgrams): number {
  const tokens = tokenBound(length);
  return tokens * (wordNgrams + 1) + (length + 2 * tokens) * (longest + 1) + 2;
}

/** Texts to the lanes of a forward pass, by a kernel that does all of it in one call, where features and rows are such that it can. */
export class TextGatherer {
  private readonly heap: Heap;
  private readonly bags: HashedBags | FastTextBags;
  private readonly forward: ForwardPass;
  /** Features, and tokens of fastText's, that there is room for. */
  private room = 0;
  /** Texts that were answered while the model was in its file. */
  private texts = 0;
  /** Whether the kernel knows where hashed features and their rows are. */
  private isLaid = false;
  private tokenRoom = 0;
  private readonly blocks = new Map<number, number>();
  /** Where A is decoded now, as the kernel was told. */
  private embeddings = 0;
  private readonly parameters: Parameters;

  constructor(heap: Heap, bags: HashedBags | FastTextBags, forward: ForwardPass, parameters: Parameters) {
    this.heap = heap;
    this.bags = bags;
    this.forward = forward;
    this.parameters = parameters;
    if (bags instanceof FastTextBags) this.layFastText(bags);
    else if (!parameters.compressed && !this.isInFile) this.layHashed(bags);
    this.makeRoom(1024);
  }

  /** Whether there is a kernel for all of it: hashed features of a compressed A are gathered in steps, and so is what is in a file. */
  private get isWhole(): boolean {
    return this.bags instanceof FastTextBags || this.isLaid;
  }

  /** Whether rows must be asked for before they are in memory. */
  private get isInFile(): boolean {
    const { stored } = this.parameters;
    return stored !== undefined && !stored.complete && !this.forward.isAllProjected;
  }

  /** For many texts all of a model is read at once, or, where rows are projected, gone through at once. */
  readAll(): void {
    const { parameters, bags, forward } = this;
    const { stored } = parameters;
    if (!stored || !this.isInFile) return;
    if (forward.projectAll(stored)) stored.needWeights();
    else stored.needAll();
    if (!(bags instanceof FastTextBags) && !parameters.compressed) this.layHashed(bags);
  }

  /**
   * Puts the text at an address into a lane. `isLine`: whether fastText's token for the end of a line follows, where features are its.
   * Returns how many features the model knows of it; of fastText's all that count.
   */
  gather(at: number, length: number, lane: number, isLine = true): number {
    const { heap, bags, forward } = this;
    if (this.isInFile) {
      if (this.texts++ >= TEXTS_WITHOUT_TABLE) this.readAll();
      else if (bags instanceof FastTextBags) bags.bagOf(at, length, isLine);
    }
    if (this.isWhole) {
      this.begin();
      const found = heap.kernels.gatherText(forward.context, at, at + length, isLine ? 1 : 0, lane) >>> 0;
      if (found !== NO_ROOM) {
        this.end();
        return found;
      }
    }
    if (bags instanceof FastTextBags) {
      this.makeRoom(length);
      return this.gather(at, length, lane, isLine);
    }
    const bag = bags.bagOf(at, length);
    forward.gather(bag, lane);
    // Of hashed features a text of so many bytes may have so many more.
    this.makeRoom(bags.extractor.room);
    return bag.count;
  }

  /**
   * Puts lines of [at, end) into the lanes from 0 on; `answered` is called whenever all are full, and for those that are left at the end,
   * with the index of the first line.
   */
  lines(at: number, end: number, answered: (first: number, count: number) => void): void {
    if (end - at > MANY_BYTES) this.readAll();
    let from = at;
    for (let first = 0; from < end; ) {
      let lane = 0;
      while (lane < LANES && from < end) {
        [from, lane] = this.isWhole && !this.isInFile ? this.fill(from, end, lane) : this.gatherLine(from, end, lane);
      }
      answered(first, lane);
      first += lane;
    }
  }

  // As many lines as the kernel takes, and the one that it does not.
  private fill(at: number, end: number, lane: number): [from: number, lane: number] {
    const { heap, forward } = this;
    this.begin();
    this.set(GATHERER_AT, at);
    this.set(GATHERER_END, end);
    this.set(GATHERER_LANE, lane);
    const code = heap.kernels.gatherLines(forward.context) >>> 0;
    this.end();
    const words = heap.u32;
    const from = words[(forward.context + GATHERER_AT) >>> 2];
    const next = words[(forward.context + GATHERER_LANE) >>> 2];
    return code === NO_ROOM ? this.gatherLine(from, end, next) : [from, next];
  }

  private gatherLine(at: number, end: number, lane: number): [from: number, lane: number] {
    const bytes = this.heap.u8;
    const newline = bytes.subarray(at, end).indexOf(NEWLINE);
    const to = newline < 0 ? end : at + newline;
    this.gather(at, (to > at && bytes[to - 1] === CARRIAGE_RETURN ? to - 1 : to) - at, lane);
    return [to + 1, lane + 1];
  }

  // What may have changed since the last call.
  private begin(): void {
    const { forward, parameters } = this;
    forward.setFactor(1);
    const { embeddings } = parameters.groups[0];
    if (embeddings === this.embeddings || !(this.bags instanceof FastTextBags)) return;
    this.embeddings = embeddings;
    const at = this.block(GATHERER_ROWS, ROWS_BYTES);
    placeRows(this.heap, at, parameters.groups[0].width, embeddings, parameters.compressed);
  }

  private end(): void {
    if (this.parameters.compressed) this.forward.decodeOften();
  }

  private layHashed({ extractor, table, weighting }: HashedBags): void {
    this.isLaid = true;
    this.set(GATHERER_IS_FASTTEXT, 0);
    this.set(GATHERER_FEATURES, extractor.context);
    this.set(GATHERER_TABLE, table.at);
    this.set(GATHERER_FEATURE_WEIGHTS, weighting.featureWeights);
    this.set(GATHERER_TERM_FREQUENCIES, weighting.termFrequencies);
    this.set(GATHERER_NORM, weighting.norm);
    this.heap.f32[(this.forward.context + GATHERER_WORD_SCALE) >>> 2] = weighting.wordScale;
    this.heap.f32[(this.forward.context + GATHERER_CHARACTER_SCALE) >>> 2] = weighting.characterScale;
  }

  private layFastText({ vocabulary }: FastTextBags): void {
    const { heap, parameters, forward } = this;
    const vectorBytes = WORD_VECTOR + parameters.groups[0].width * 4;
    const slotBytes = Math.ceil(vectorBytes / 64) * 64;
    const sets = KEPT_WORDS / SET_SLOTS;
    this.set(GATHERER_IS_FASTTEXT, 1);
    this.set(GATHERER_FEATURES, vocabulary.context);
    this.set(GATHERER_BY_WORDS, forward.hasSteps ? 0 : LONGEST_BY_WORDS);
    this.set(GATHERER_SLOT_BYTES, slotBytes);
    this.set(GATHERER_CACHE_MASK, sets - 1);
    // What a slot holds is told by its tag.
    this.set(GATHERER_CACHE, heap.allocate(KEPT_WORDS * slotBytes));
    this.set(GATHERER_TAGS, heap.allocateZeroed(KEPT_WORDS * 4));
    this.set(GATHERER_DOOR, heap.allocateZeroed(DOOR_PLACES * 2));
    this.block(GATHERER_VECTOR, vectorBytes);
    this.block(GATHERER_SUBWORDS, SUBWORD_SCRATCH);
    placeRows(heap, this.block(GATHERER_ROWS, ROWS_BYTES), parameters.groups[0].width, 0, parameters.compressed);
  }

  // For texts of `length` bytes, and of hashed features so many.
  private makeRoom(length: number): void {
    const { heap, bags } = this;
    const isFastText = bags instanceof FastTextBags;
    const features = isFastText ? mostFeatures(length, bags.vocabulary.ngrams) : length;
    if (features > this.room) {
      this.room = Math.floor(features * 1.5);
      this.set(GATHERER_ROOM, this.room);
      this.block(GATHERER_IDS, this.room * 4);
      if (isFastText) heap.f32At(this.block(GATHERER_ONES, this.room * 4), this.room).fill(1);
      else {
        this.block(GATHERER_WEIGHTS, this.room * 4);
        this.block(GATHERER_COUNTS, this.room);
      }
    }
    const tokens = isFastText ? tokenBound(length) : 0;
    if (tokens > this.tokenRoom) {
      this.tokenRoom = Math.floor(tokens * 1.5);
      this.set(GATHERER_TOKEN_ROOM, this.tokenRoom);
      this.block(GATHERER_TOKENS, this.tokenRoom * SPOT_BYTES + 64);
      this.block(GATHERER_SCRATCH, this.tokenRoom * TOKEN_BYTES);
    }
  }

  // A new block for a field, in the place of its old one.
  private block(field: number, bytes: number): number {
    this.heap.release(this.blocks.get(field) ?? 0);
    const at = this.heap.allocate(bytes);
    this.blocks.set(field, at);
    this.set(field, at);
    return at;
  }

  private set(field: number, value: number): void {
    this.heap.u32[(this.forward.context + field) >>> 2] = value;
  }
}
