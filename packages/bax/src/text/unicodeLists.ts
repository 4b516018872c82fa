import type { NumberModel } from "./numberModel.ts";

/** What is known of Unicode, as it is packed; unicodeTables.ts derives the rest. All lists ascend. */
export interface UnicodeLists {
  /** The classes of all code points: how many in a row, and which. */
  runs: [length: number, kind: number][];
  lowers: [codePoint: number, lower: number][];
  /** NFKD but of Hangul. `joins`: 1 where its parts, put together again, give the code point (a primary composite). */
  decompositions: { codePoint: number; parts: number[]; joins: number }[];
  combining: [codePoint: number, order: number][];
}

// What a number is.
const COUNT = 1;
const RUN_KIND = 2;
const RUN_LENGTH = 3;
const LOWER_KEY = 4;
const LOWER_CHANGES = 5;
const LOWER_BY = 6;
const PARTS_KEY = 7;
const PARTS_COUNT = 8;
const PARTS_JOIN = 9;
const PART_SINGLE = 10;
const PART_FIRST = 11;
const PART_LATER = 12;
const COMBINING_KEY = 13;
const COMBINING_ORDER = 14;

/**
 * Reads all lists, or writes those that are given: the same walk, so that both see the same contexts. A code point is told by its distance
 * from the one before, a part of a decomposition by that from the same part of the one before: many stand in rows.
 */
export function exchangeLists(model: NumberModel, lists: UnicodeLists): UnicodeLists {
  exchangeRuns(model, lists.runs);
  exchangeLowers(model, lists.lowers);
  exchangeDecompositions(model, lists.decompositions);
  exchangeCombining(model, lists.combining);
  return lists;
}

function countOf(model: NumberModel, list: readonly unknown[]): number {
  return model.unsigned(COUNT, list.length, 0, 0, 0);
}

function exchangeRuns(model: NumberModel, runs: UnicodeLists["runs"]): void {
  let [before, earlier, last] = [0, 0, 0];
  for (let i = 0, count = countOf(model, runs); i < count; i++) {
    const [givenLength, givenKind] = runs[i] ?? [1, 0];
    const pair = before * 16 + earlier;
    const kind = model.unsigned(RUN_KIND, givenKind, before, pair, pair * 4 + Math.min(last, 3));
    const three = kind * 256 + pair;
    const length =
      1 + model.unsigned(RUN_LENGTH, givenLength - 1, kind, kind * 16 + before, three * 32 + Math.min(last, 20));
    runs[i] = [length, kind];
    earlier = before;
    before = kind;
    last = length;
  }
}

function exchangeLowers(model: NumberModel, lowers: UnicodeLists["lowers"]): void {
  let [codePoint, step, stepBefore, by] = [-1, 0, 0, 0];
  for (let i = 0, count = countOf(model, lowers); i < count; i++) {
    const given = lowers[i] ?? [0, 0];
    const stepNow = 1 + model.unsigned(LOWER_KEY, given[0] - codePoint - 1, step, step * 4096 + stepBefore, by);
    codePoint += stepNow;
    const givenBy = given[1] - given[0];
    if (model.unsigned(LOWER_CHANGES, givenBy === by ? 0 : 1, stepNow, stepNow * 4096 + step, 0) === 1)
      by = model.signed(LOWER_BY, givenBy, stepNow, 0, 0);
    lowers[i] = [codePoint, codePoint + by];
    stepBefore = step;
    step = stepNow;
  }
}

function exchangeDecompositions(model: NumberModel, decompositions: UnicodeLists["decompositions"]): void {
  let [codePoint, step, joined] = [-1, 0, 0];
  let before: readonly number[] = [];
  let moves: readonly number[] = [];
  for (let i = 0, count = countOf(model, decompositions); i < count; i++) {
    const given = decompositions[i];
    const size = before.length;
    const distance = given ? given.codePoint - codePoint - 1 : 0;
    const stepNow = 1 + model.unsigned(PARTS_KEY, distance, step, step * 32 + size, (moves[0] ?? 0) * 32 + size);
    codePoint += stepNow;
    const stepped = size * 4096 + stepNow;
    const length = 1 + model.unsigned(PARTS_COUNT, (given?.parts.length ?? 1) - 1, size, stepped, stepped * 2 + joined);
    const parts: number[] = [];
    for (let place = 0; place < length; place++) {
      const from = before[place] ?? (place > 0 ? parts[place - 1] : codePoint);
      const where = place * 32 + length;
      const moved = where * 4096 + (moves[place] ?? -1);
      const left = place > 0 ? parts[place - 1] - (before[place - 1] ?? 0) : 0;
      const kind = place > 0 ? PART_LATER : length > 1 ? PART_FIRST : PART_SINGLE;
      const by = model.signed(
        kind,
        (given?.parts[place] ?? 0) - from,
        where,
        moved,
        moved * 64 + left * 8 + Math.min(stepNow, 4),
      );
      parts.push(from + by);
    }
    if (length > 1)
      joined = model.unsigned(PARTS_JOIN, given?.joins ?? 0, joined, joined * 1024 + size * 32 + length, stepNow);
    decompositions[i] = { codePoint, parts, joins: length > 1 ? joined : 0 };
    moves = parts.map((part, place) => part - (before[place] ?? 0));
    before = parts;
    step = stepNow;
  }
}

function exchangeCombining(model: NumberModel, combining: UnicodeLists["combining"]): void {
  let [codePoint, step, order, orderBefore] = [-1, 0, 0, 0];
  for (let i = 0, count = countOf(model, combining); i < count; i++) {
    const given = combining[i] ?? [0, 0];
    step = 1 + model.unsigned(COMBINING_KEY, given[0] - codePoint - 1, step, order, step * 256 + order);
    codePoint += step;
    const orderNow = model.unsigned(COMBINING_ORDER, given[1], order, order * 256 + orderBefore, order * 4096 + step);
    combining[i] = [codePoint, orderNow];
    orderBefore = order;
    order = orderNow;
  }
}
