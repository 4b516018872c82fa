import type { Prediction, PredictOptions } from "bax";
import { expect, it } from "vitest";
import { Problem } from "../problem.ts";
import { deferred, turns } from "../testing/requests.ts";
import { Batcher, type BatchReport } from "./batcher.ts";

function call(milliseconds = Number.POSITIVE_INFINITY): { deadline: number; isGone(): boolean; gone: boolean } {
  const one = { deadline: performance.now() + milliseconds, gone: false, isGone: () => one.gone };
  return one;
}

/** What a text is answered here: itself. */
function echo(texts: readonly string[]): Prediction[][] {
  return texts.map((text) => [{ label: text, probability: 1 }]);
}

/** Work that waits to be let go, batch by batch. */
function held(): {
  batches: { texts: readonly string[]; options: PredictOptions; letGo(): void; fail(error: unknown): void }[];
  work(texts: readonly string[], options: PredictOptions): Promise<Prediction[][]>;
} {
  const batches: ReturnType<typeof held>["batches"] = [];
  return {
    batches,
    work(texts, options) {
      const { promise, resolve, reject } = deferred<Prediction[][]>();
      batches.push({ texts, options, letGo: () => resolve(echo(texts)), fail: reject });
      return promise;
    },
  };
}

it("gathers what comes in one turn, and gives everyone their own", async () => {
  const calls: (readonly string[])[] = [];
  const batcher = new Batcher((texts) => {
    calls.push(texts);
    return echo(texts);
  });
  const asked = Array.from({ length: 20 }, (_, i) => batcher.ask([`${i}`, `${i}'`], {}, call()));
  const answers = await Promise.all(asked);
  expect(calls).toHaveLength(1);
  expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => echo([`${i}`, `${i}'`])));
  expect(batcher.waiting).toBe(0);
});

it("answers together only what has the same options", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work, { batchesAtOnce: 9 });
  const options: PredictOptions[] = [
    {},
    { k: 1 },
    { k: 1, labels: ["a"] },
    { abstain: { margin: 0.5 } },
    { raw: true },
  ];
  for (let round = 0; round < 3; round++)
    for (const [i, one] of options.entries()) void batcher.ask([`${round} ${i}`], one, call());
  await turns();
  expect(batches.map(({ options: had }) => had)).toEqual(options);
  expect(batches.map(({ texts }) => texts)).toEqual(options.map((_, i) => [`0 ${i}`, `1 ${i}`, `2 ${i}`]));
});

it("gathers on while a batch is answered, up to so many texts", async () => {
  const { batches, work } = held();
  const reports: BatchReport[] = [];
  const batcher = new Batcher(work, { batchTexts: 4, onBatch: (report) => void reports.push(report) });
  const first = batcher.ask(["first"], {}, call());
  await turns();
  const rest = Array.from({ length: 6 }, (_, i) => batcher.ask([`${i}`], {}, call()));
  const large = batcher.ask(["a", "b", "c", "d", "e", "f"], {}, call());
  await turns();
  expect(batches).toHaveLength(1);
  for (let i = 0; i < 4; i++) {
    batches[i].letGo();
    await turns();
  }
  expect(batches.map(({ texts }) => texts.length)).toEqual([1, 4, 2, 6]);
  expect(await Promise.all([first, ...rest, large])).toHaveLength(8);
  expect(reports.map(({ texts, requests }) => [texts, requests])).toEqual([
    [1, 1],
    [4, 4],
    [2, 2],
    [6, 1],
  ]);
});

it("answers so many texts in a turn, and what was answered goes out before the next", async () => {
  const seen: string[] = [];
  const batcher = new Batcher(
    (texts) => {
      seen.push(`batch of ${texts.length}`);
      return echo(texts);
    },
    { batchTexts: 2 },
  );
  const ask = (text: string, options: PredictOptions): Promise<unknown> =>
    batcher.ask([text], options, call()).then(() => seen.push(text));
  await Promise.all([ask("a", {}), ask("b", { k: 2 }), ask("c", {}), ask("d", { k: 2 }), ask("e", {})]);
  expect(seen).toEqual(["batch of 2", "a", "c", "batch of 2", "b", "d", "batch of 1", "e"]);
});

it("refuses all of a batch that fails, at once or later, and answers the next", async () => {
  for (const fail of [
    () => Promise.reject(new Error("no")),
    () => {
      throw new Error("no");
    },
  ]) {
    let isFirst = true;
    const batcher = new Batcher((texts) => {
      if (!isFirst) return echo(texts);
      isFirst = false;
      return fail();
    });
    const asked = [batcher.ask(["a"], {}, call()), batcher.ask(["b"], {}, call())];
    for (const one of asked) await expect(one).rejects.toThrowError("no");
    expect(batcher.waiting).toBe(0);
    expect(await batcher.ask(["c"], {}, call())).toEqual(echo(["c"]));
    await batcher.close();
  }
});

it("refuses past its bound, and takes again when there is room", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work, { waitingTexts: 3 });
  const taken = [batcher.ask(["a", "b"], {}, call()), batcher.ask(["c"], {}, call())];
  const refused = await batcher.ask(["d"], {}, call()).catch((error) => error);
  expect(refused).toBeInstanceOf(Problem);
  expect(refused).toMatchObject({ kind: "overloaded", status: 503, headers: { "retry-after": "1" } });
  let hasRoom = false;
  void batcher.room()?.then(() => {
    hasRoom = true;
  });
  await turns();
  expect(hasRoom).toBe(false);
  batches[0].letGo();
  await Promise.all(taken);
  await turns();
  expect(hasRoom).toBe(true);
  expect(batcher.room()).toBeUndefined();
  const large = batcher.ask(["1", "2", "3", "4", "5"], {}, call());
  await turns();
  batches[1].letGo();
  expect(await large).toHaveLength(5);
});

it("refuses at the deadline what waits and what is being answered", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work);
  const running = batcher.ask(["a"], {}, call(30));
  await turns();
  const waiting = batcher.ask(["b"], {}, call(20));
  const patient = batcher.ask(["c"], {}, call());
  for (const one of [waiting, running]) await expect(one).rejects.toMatchObject({ kind: "deadline", status: 503 });
  expect(batcher.waiting).toBe(1);
  batches[0].letGo();
  await turns();
  expect(batches[1].texts).toEqual(["c"]);
  batches[1].letGo();
  expect(await patient).toEqual(echo(["c"]));
});

it("does not answer those who went away while they waited", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work);
  void batcher.ask(["a"], {}, call());
  await turns();
  const who = call();
  const gone = batcher.ask(["b"], {}, who).catch((error) => error);
  const stays = batcher.ask(["c"], {}, call());
  who.gone = true;
  batches[0].letGo();
  await turns();
  expect(batches[1].texts).toEqual(["c"]);
  batches[1].letGo();
  expect(await stays).toEqual(echo(["c"]));
  expect(await gone).toMatchObject({ kind: "unavailable" });
  expect(batcher.waiting).toBe(0);
});

it("hands a failure to those of the batch, and goes on", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work);
  const failed = [batcher.ask(["a"], {}, call()), batcher.ask(["b"], {}, call())].map((one) => one.catch((e) => e));
  await turns();
  const fine = batcher.ask(["c"], {}, call());
  const failure = new Error("worker lost");
  batches[0].fail(failure);
  expect(await Promise.all(failed)).toEqual([failure, failure]);
  await turns();
  batches[1].letGo();
  expect(await fine).toEqual(echo(["c"]));
});

it("is idle when the last is answered", async () => {
  const { batches, work } = held();
  const batcher = new Batcher(work);
  await batcher.close();
  void batcher.ask(["a"], {}, call());
  let isIdle = false;
  void batcher.close().then(() => {
    isIdle = true;
  });
  await turns();
  expect(isIdle).toBe(false);
  batches[0].letGo();
  await turns();
  expect(isIdle).toBe(true);
});

it("refuses requests past the time that texts may wait, by how fast they were answered lately", async () => {
  const answer = async (texts: readonly string[]): Promise<Prediction[][]> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return texts.map(() => []);
  };
  const batcher = new Batcher(answer, { batchTexts: 1, waitingSeconds: 0.4 });
  const ask = (count: number): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(
      Array.from({ length: count }, () =>
        batcher.ask(["x"], {}, { deadline: Number.POSITIVE_INFINITY, isGone: () => false }),
      ),
    );
  // Nothing is known yet, so that all may wait.
  const before = await ask(30);
  expect(before.every(({ status }) => status === "fulfilled")).toBe(true);
  // 50 a second at the best: 20 may wait, where a bound of texts would let 10,000.
  const after = await ask(200);
  const taken = after.filter(({ status }) => status === "fulfilled").length;
  expect(taken).toBeGreaterThanOrEqual(16);
  expect(taken).toBeLessThanOrEqual(21);
  const refused = after.find((one) => one.status === "rejected");
  expect(refused?.reason).toMatchObject({ kind: "overloaded", headers: { "retry-after": "1" } });
  await batcher.close();
});
