// bax's routes on Deno, which has a server of its own:
//
//   deno run --allow-net --allow-read deno.mjs subjects.safetensors 8080
import { app, Lifecycle } from "@bax/server";
import { TextClassifier } from "bax";

const [path = "subjects.safetensors", port = "8080"] = Deno.args;
const lifecycle = new Lifecycle();
const bax = app({ models: { subjects: TextClassifier.fromBytes(await Deno.readFile(path)) }, lifecycle });

const server = Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, (request) => bax.fetch(request));

// What is under way is answered; /readyz says "stopping" meanwhile.
Deno.addSignalListener("SIGTERM", () => {
  lifecycle.stop();
  server.shutdown();
});
