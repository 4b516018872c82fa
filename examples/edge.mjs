// A worker at the edge that labels text: `bax/predict` alone, 25 kB with its kernels. `export default { fetch }` is what Cloudflare Workers,
// Deno Deploy (`deno serve`) and Bun take; there the model would be a file that is imported. worker.mjs has all routes of the server.
import { readFile } from "node:fs/promises";
import { load } from "bax/predict";

const model = load(await readFile(process.env.MODEL ?? new URL("subjects.safetensors", import.meta.url)));

export default {
  /** Answers `POST` with a text as its body by the best labels, as JSON. */
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST a text\n", { status: 405, headers: { allow: "POST" } });
    const k = Number(new URL(request.url).searchParams.get("k") ?? 1);
    try {
      return Response.json(model.predict(await request.text(), { k }));
    } catch (error) {
      if (error.name !== "BaxError") throw error;
      return Response.json({ error: error.message, advice: error.advice }, { status: 400 });
    }
  },
};
