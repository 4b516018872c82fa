// What there is to beat: a Hono route on Node that reads JSON and answers it, and does nothing else. Prints its address.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.post("/echo", async (context) => context.json(await context.req.json()));
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
