// A server at the edge: all of bax's routes as a module of Cloudflare Workers. The model lies beside it and is part of what is deployed;
// wrangler.toml says that such files are data:
//
//   name = "bax"
//   main = "worker.mjs"
//   compatibility_date = "2026-01-01"   # from 2025-06-01 on WebAssembly may be compiled while a worker starts
//   rules = [{ type = "Data", globs = ["**/*.safetensors"] }]
//
// The secret BAX_API_KEYS, where there is one, has the keys that open it.
import { app } from "@bax/server";
import { TextClassifier } from "bax";
import bytes from "./subjects.safetensors";

// Read while the worker starts: later the platform does not allow it.
const model = TextClassifier.fromBytes(new Uint8Array(bytes));
let server;

export default {
  fetch(request, env = {}) {
    // Secrets come with the first request.
    server ??= app({
      models: { subjects: model },
      keys: env.BAX_API_KEYS?.split(/[\s,]+/).filter((key) => key !== ""),
    });
    return server.fetch(request);
  },
};
