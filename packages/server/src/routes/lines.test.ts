import type { TextClassifier } from "bax";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { BatchingAnswerer, Models } from "../service/index.ts";
import { TEXTS, trainModel } from "../testing/models.ts";
import { deferred, refusal, turns } from "../testing/requests.ts";

const PATH = "/v1/models/bank/predict";

function stream(app: Hono, body: BodyInit, headers: Record<string, string> = {}): Response | Promise<Response> {
  const init = {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": "application/x-ndjson", ...headers },
  };
  return app.request(PATH, init as RequestInit);
}

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function rows(response: Response | Promise<Response>): Promise<Record<string, unknown>[]> {
  const text = await (await response).text();
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe("lines of JSON", () => {
  let model: TextClassifier;
  let app: Hono;
  beforeAll(async () => {
    model = await trainModel();
    app = createApp({ models: { bank: model }, limits: { lineBytes: 8000, answers: 6 } });
  });

  it.each([1, 7, 64, 100_000])("are answered one for one in their order, cut into pieces of %i bytes", async (size) => {
    const lines = TEXTS.map((text, i) => JSON.stringify({ text, ...(i % 3 === 1 && { k: 2 }) }));
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    const response = await stream(app, inPieces(bytes, size));
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("x-model-version")).toMatch(/^[0-9a-f]{16}$/);
    const expected = TEXTS.map((text, i) => ({ predictions: model.predict(text, i % 3 === 1 ? { k: 2 } : {}) }));
    expect(await rows(response)).toEqual(expected);
  });

  it("may end without an end of line, or be none at all", async () => {
    expect(await rows(stream(app, '{"text":"thanks"}'))).toEqual([{ predictions: model.predict("thanks") }]);
    expect(await rows(stream(app, ""))).toEqual([]);
    expect(await rows(stream(app, "\n"))).toHaveLength(1);
  });

  it("that are broken have an error in their place", async () => {
    const lines = [
      '{"text":"thanks"}',
      "{",
      "",
      '{"text":1}',
      '{"text":"a","labels":["nonsense"]}',
      `{"text":"${"y".repeat(9000)}"}`,
      '{"texts":["a"]}',
      '{"text":"card"}\r',
    ];
    const bytes = new TextEncoder().encode(lines.join("\n"));
    const broken = Uint8Array.from([...bytes, 10, 0x22, 0xff, 0x22, 10]);
    for (const size of [13, 50_000]) {
      const found = await rows(stream(app, inPieces(broken, size)));
      const kinds = found.map((row) =>
        (row.error as { type: string } | undefined)?.type.replace("urn:bax:problem:", ""),
      );
      const expected = [undefined, "malformed", "malformed", "invalid", "invalid", "too-large", "invalid", undefined];
      expect(kinds).toEqual([...expected, "malformed"]);
      expect(found[0]).toEqual({ predictions: model.predict("thanks") });
      expect(found[7]).toEqual({ predictions: model.predict("card") });
    }
  });

  it("are read no faster than answers are taken", async () => {
    const line = new TextEncoder().encode(`${'{"text":"thanks a lot"}\n'.repeat(40)}`);
    let pulled = 0;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(line);
        },
        cancel() {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const response = await stream(app, body);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await turns();
    expect(pulled).toBe(0);
    for (let i = 0; i < 20; i++) expect((await reader.read()).done).toBe(false);
    expect(pulled).toBeLessThanOrEqual(22);
    await reader.cancel();
    await turns();
    expect(isCancelled).toBe(true);
  });

  it("are answered by one version, which is closed after the last of them", async () => {
    const other = await trainModel("other", { dim: 3 });
    const models = new Models();
    let isClosed = false;
    const answerer = new BatchingAnswerer(model, {
      close: async () => {
        isClosed = true;
      },
    });
    void models.put("bank", { classifier: model, answerer });
    const swapped = createApp({ models });
    const next = deferred();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent++ === 1) await next.promise;
        if (sent === 3) return controller.close();
        controller.enqueue(new TextEncoder().encode('{"text":"thank you so much"}\n'));
      },
    });
    const response = await stream(swapped, body);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    const closing = models.put("bank", other);
    await turns();
    expect(isClosed).toBe(false);
    next.resolve();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(first);
    expect((await reader.read()).done).toBe(true);
    await closing;
    expect(isClosed).toBe(true);
    expect(other.predict("thank you so much")).not.toEqual(JSON.parse(first).predictions);
  });

  it("wait where a single request would be refused", async () => {
    const gate = deferred();
    const answerer = new BatchingAnswerer(model, {
      waitingTexts: 4,
      work: async (texts, options) => {
        await gate.promise;
        return model.predictAll(texts, options);
      },
    });
    const full = createApp({ models: { bank: { classifier: model, answerer } } });
    const single = full.request(PATH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"texts":["a","b","c","d"]}',
    });
    await turns();
    const answered = rows(stream(full, '{"text":"card"}\n{"text":"thanks"}\n'));
    await turns();
    const refused = full.request(PATH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"text":"a"}',
    });
    expect(await refusal(refused)).toMatchObject({ status: 503, kind: "overloaded" });
    gate.resolve();
    expect((await single).status).toBe(200);
    expect(await answered).toEqual(
      [model.predict("card"), model.predict("thanks")].map((predictions) => ({ predictions })),
    );
  });

  it("are not answered where lines are not accepted", async () => {
    expect(await refusal(stream(app, "", { accept: "application/json" }))).toMatchObject({ status: 406 });
  });
});
