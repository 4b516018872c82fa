import type { Hono } from "hono";

/** Posts JSON, or a string as it is, to a path. */
export async function post(
  app: Hono,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
  });
}

/** The JSON that is answered with status 200; throws for any other answer. */
export async function answer<T>(response: Response | Promise<Response>): Promise<T> {
  const found = await response;
  const text = await found.text();
  if (found.status !== 200) throw new Error(`${found.status}: ${text}`);
  return JSON.parse(text) as T;
}

/** Asserts nothing; gives what a refusal says. */
export async function refusal(
  response: Response | Promise<Response>,
): Promise<{ status: number; type: string; kind: string; document: Record<string, unknown>; headers: Headers }> {
  const found = await response;
  const document = (await found.json()) as Record<string, unknown>;
  return {
    status: found.status,
    type: found.headers.get("content-type") ?? "",
    kind: String(document.type).replace("urn:bax:problem:", ""),
    document,
    headers: found.headers,
  };
}

/** A promise that is settled by hand. */
export function deferred<T = void>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets everything that is ready run. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
