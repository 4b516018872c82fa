// Serves a model by the runtime's own server on a free port of this machine, and prints the port: Bun.serve, Deno.serve, or on Node
// `@hono/node-server`. `npm run runtimes` asks it.
import { createApp } from "@bax/server";
import { TextClassifier } from "bax";
import { examples } from "./examples.mjs";

const model = await TextClassifier.train(examples(), { seed: 5, threads: 1 });
const app = createApp({ models: { bank: model } });
const fetch = (request) => app.fetch(request);
const hostname = "127.0.0.1";

if (globalThis.Bun) {
  console.log(globalThis.Bun.serve({ hostname, port: 0, fetch }).port);
} else if (globalThis.Deno) {
  globalThis.Deno.serve({ hostname, port: 0, onListen: ({ port }) => console.log(port) }, fetch);
} else {
  const { serve } = await import("@hono/node-server");
  serve({ fetch, hostname, port: 0 }, ({ port }) => console.log(port));
}
