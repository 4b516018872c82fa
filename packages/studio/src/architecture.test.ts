import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What each room may import from. Types of a room are free: they are gone when the page runs. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  shelf: [],
  data: [],
  session: ["data", "shelf"],
  app: ["learn"],
  learn: ["shelf"],
};

function importsOf(path: string): string[] {
  const source = readFileSync(path, "utf8");
  const found = source.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";|import\("(\.[^"]+)"\)/gms);
  return Array.from(found, ([, one, later]) => one ?? later);
}

it.each(Object.keys(MAY))(
  "the room %s imports from where it may, and nothing of the worker gets into the page",
  (room) => {
    const folder = join(import.meta.dirname, room);
    const files = readdirSync(folder).filter((name) => /(?<!\.test)\.tsx?$/.test(name));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const rooms = importsOf(join(folder, file)).flatMap((path) => /^\.\.\/(\w+)\//.exec(path)?.[1] ?? []);
      expect(
        rooms.filter((other) => !MAY[room].includes(other)),
        file,
      ).toEqual([]);
    }
  },
);
