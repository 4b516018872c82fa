// A server of one's own that has bax's routes beside its own: a Hono app, asked through the typed client. No socket is needed to try it;
// `serve({ fetch: site.fetch })` of @hono/node-server, Bun.serve or Deno.serve would open one.
import assert from "node:assert/strict";
import { app } from "@bax/server";
import { BaxClient, BaxServerError } from "@bax/server/client";
import { TextClassifier } from "bax";
import { Hono } from "hono";
import { subjects } from "./subjects.mjs";

const model = await TextClassifier.train(subjects(), { epochs: 5 });
const bax = app({ models: { subjects: model }, limits: { texts: 100 } });

// All of bax's routes lie under /bax from here on, its documentation at /bax/docs.
const site = new Hono();
site.get("/", (context) => context.text("mail, sorted"));
site.mount("/bax", bax.fetch);

// The same client asks a server elsewhere, without `fetch` and with its address.
const client = new BaxClient({ baseUrl: "http://site.internal/bax", fetch: (request) => site.fetch(request) });

// A route of one's own that asks the model.
site.post("/sort", async (context) => {
  const { predictions } = await client.predict("subjects", await context.req.text());
  return context.json({ folder: predictions[0].label === "spam" ? "junk" : "inbox" });
});

for (const { name, version, labels } of await client.models())
  console.log(`${name}: ${labels} labels, version ${version}`);

const text = "Lowest mortgage rates, apply now!!!";
const { predictions } = await client.predict("subjects", text, { k: 2 });
for (const { label, probability } of predictions) console.log(`${label}  ${probability.toFixed(3)}  ${text}`);
assert.deepEqual(predictions, model.predict(text, { k: 2 }), "an answer over HTTP has the same bits");

const { spans } = await client.explain("subjects", text);
const strongest = [...spans].sort((a, b) => b.contribution - a.contribution).slice(0, 3);
console.log(`because of ${strongest.map((span) => span.text).join(", ")}`);

const sorted = await site.request("/sort", { method: "POST", body: text });
console.log(await sorted.json());

// A stream of any length; answers come in its order.
let count = 0;
for await (const _ of client.predictStream(
  "subjects",
  subjects().map((subject) => subject.text),
))
  count++;
console.log(`${count} subjects labelled in a stream`);

// What is refused is an error with the server's problem document.
const refused = await client.predictMany("subjects", Array(101).fill("text")).catch((error) => error);
assert.ok(refused instanceof BaxServerError);
console.log(`${refused.status} ${refused.problem.type}: ${refused.problem.detail}`);

assert.equal((await site.request("/")).status, 200);
assert.equal((await site.request("/bax/docs")).status, 200);
assert.equal((await site.request("/bax/v1/nothing")).status, 404);
assert.equal(count, subjects().length);
