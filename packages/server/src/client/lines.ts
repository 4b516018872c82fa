/** Lines of a body of text, as they come, without their ends. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + decoder.decode(part.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/** Groups of items: so many, or as soon as they weigh so much. */
export async function* groupsOf<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
  mostWeight: number,
  weightOf: (item: T) => number,
): AsyncGenerator<T[], void, undefined> {
  let group: T[] = [];
  let weight = 0;
  for await (const item of items) {
    group.push(item);
    weight += weightOf(item);
    if (group.length < most && weight < mostWeight) continue;
    yield group;
    group = [];
    weight = 0;
  }
  if (group.length > 0) yield group;
}
