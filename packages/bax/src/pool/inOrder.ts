type Items<T> = AsyncIterable<T> | Iterable<T>;

/** What came of asking for the next item; undefined while it has not come. */
type Coming<T> = { result: IteratorResult<T> } | { error: unknown } | undefined;

/**
 * Does `work` for items as they come, for up to `most` of them at once, and gives what came of each, in their order and as soon as it may. While
 * nobody asks for more, no further item is taken. Where the items fail, those before are done first; where the work fails or nobody wants
 * more, the items are told so.
 */
export async function* inOrder<T, R>(
  items: Items<T>,
  work: (item: T) => Promise<R>,
  most: () => number,
): AsyncGenerator<R, void, undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const begun: Promise<R>[] = [];
  let coming: Promise<Coming<T>> | undefined;
  let failed: { error: unknown } | undefined;
  let isOver = false;
  try {
    while (!isOver || begun.length > 0) {
      if (!isOver && begun.length < most()) {
        coming ??= outcomeOf(iterator);
        // An item may be long in coming: what is answered meanwhile does not wait for it.
        const first = begun.slice(0, 1).map((answer) => answer.then(() => undefined));
        const came = await Promise.race([coming, ...first]);
        if (came) {
          coming = undefined;
          if ("error" in came) failed = came;
          isOver = "error" in came || came.result.done === true;
          if (!isOver) begun.push(quiet(work((came as { result: IteratorYieldResult<T> }).result.value)));
          continue;
        }
      }
      yield (await begun.shift()) as R;
    }
  } finally {
    // One that is on its way may never come (a pipe that nobody writes to), so nobody waits for it.
    const ended = isOver ? undefined : quiet(Promise.resolve(iterator.return?.()));
    if (!coming) await ended;
  }
  if (failed) throw failed.error;
}

async function outcomeOf<T>(iterator: AsyncIterator<T> | Iterator<T>): Promise<Coming<T>> {
  try {
    return { result: await iterator.next() };
  } catch (error) {
    return { error };
  }
}

/** A promise that nobody may come to wait for: then its failure is nobody's. */
function quiet<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => {});
  return promise;
}
