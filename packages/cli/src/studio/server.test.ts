import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningStudio, serveStudio } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "bax-server-"));
let server: RunningStudio;
beforeAll(async () => {
  mkdirSync(join(folder, "page/assets"), { recursive: true });
  writeFileSync(join(folder, "page/index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "page/assets/index.js"), "export {};\n");
  writeFileSync(join(folder, "my data.csv"), "text,label\n");
  writeFileSync(join(folder, "secret.txt"), "secret");
  server = await serveStudio({ page: join(folder, "page"), data: join(folder, "my data.csv"), isIsolated: true }, 0);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks with a path as it is, which `fetch` would put in order. */
function ask(path: string, { method = "GET", host }: { method?: string; host?: string } = {}) {
  const { hostname, port } = new URL(server.url);
  const headers = host === undefined ? {} : { host };
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        body += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

describe("the server of the studio", () => {
  it("gives the page, its files and the data, with the headers that isolate it", async () => {
    const page = await ask("/");
    expect(page).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "x-content-type-options": "nosniff",
      },
    });
    expect(page.body).toContain("page");
    expect(String(page.headers["content-security-policy"])).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect((await ask("/assets/index.js?v=1")).body).toBe("export {};\n");
    expect((await ask("/data")).body).toBe("text,label\n");
    expect(new URL(server.url).searchParams.get("data")).toBe("my data.csv");
    expect(await ask("/", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "//secret.txt",
    "/secret.txt",
    "/nothing",
  ])("has nothing but these files: %s", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404 });
  });

  it("refuses other names for this machine, and whatever would send something", async () => {
    expect(await ask("/", { host: "evil.example" })).toMatchObject({ status: 403 });
    expect(await ask("/", { host: "127.0.0.1.evil.example:80" })).toMatchObject({ status: 403 });
    expect(await ask("/", { host: "localhost" })).toMatchObject({ status: 200 });
    for (const method of ["POST", "PUT", "DELETE"])
      expect(await ask("/data", { method })).toMatchObject({ status: 405 });
  });

  it("listens to this machine alone, and says that a port is taken", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    const port = Number(new URL(server.url).port);
    const again = serveStudio({ page: join(folder, "page"), data: undefined, isIsolated: false }, port);
    await expect(again).rejects.toMatchObject({ code: "usage", message: `--port: ${port} is taken` });
  });

  it("leaves the headers of isolation out where it is told to", async () => {
    const plain = await serveStudio({ page: join(folder, "page"), data: undefined, isIsolated: false }, 0);
    const { headers } = await fetch(plain.url);
    expect(headers.get("cross-origin-opener-policy")).toBe(null);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    await plain.close();
  });
});
