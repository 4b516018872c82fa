import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

/** What each room may import from. Types alone are free for the client: they are gone when it runs. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  schemas: ["schemas"],
  service: ["service", "problem"],
  http: ["http", "service", "problem", "limits"],
  routes: ["routes", "http", "service", "schemas", "problem", "limits"],
  client: ["client"],
  problem: [],
  limits: [],
  app: ["routes", "http", "service", "schemas", "problem", "limits"],
};

/** Packages of others that each room may use. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  schemas: ["@hono/zod-openapi"],
  service: ["bax"],
  http: ["bax"],
  routes: ["bax", "@bax/tables", "@hono/zod-openapi"],
  client: [],
  problem: [],
  limits: ["bax"],
  app: ["hono"],
};

const ROOT = import.meta.dirname;

function filesOf(room: string): string[] {
  const names = readdirSync(ROOT, { recursive: true, encoding: "utf8" });
  return names
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /(?<!\.test)\.ts$/.test(name) && (name.startsWith(`${room}/`) || name === `${room}.ts`));
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return Array.from(source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gms), ([, path]) => path);
}

it.each(Object.keys(MAY))("the room %s imports from where it may, and from no runtime", (room) => {
  const files = filesOf(room);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const imports = importsOf(file);
    const inside = imports
      .filter((path) => path.startsWith("."))
      .map((path) => relative(ROOT, resolve(ROOT, dirname(file), path)).split(/[\\/]|\.ts/)[0]);
    const outside = imports.filter((path) => !path.startsWith("."));
    expect(
      inside.filter((other) => !MAY[room].includes(other)),
      file,
    ).toEqual([]);
    expect(
      outside.filter((other) => !OUTSIDE[room].includes(other)),
      file,
    ).toEqual([]);
  }
});
