import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { VERSION } from "./version.ts";

/** A file may import only from rooms of lower rank, or from its own room; ARCHITECTURE.md says what each room is for. */
const RANKS: Record<string, number> = {
  errors: 0,
  turn: 0,
  version: 0,
  math: 1,
  kernels: 1,
  text: 2,
  features: 3,
  data: 3,
  calibration: 3,
  evaluation: 3,
  losses: 3,
  model: 4,
  compression: 5,
  training: 5,
  formats: 5,
  prediction: 5,
  edge: 6,
  explanation: 6,
  platform: 6,
  fastTextModel: 6,
  measurement: 6,
  pool: 6,
  recalibration: 6,
  record: 6,
  textClassifier: 7,
  tuning: 7,
  audit: 7,
  cluster: 7,
  comparison: 8,
  index: 9,
  node: 9,
  predict: 9,
  train: 10,
};
/** Rooms without one door: each file of theirs is a public noun of its own. */
const OPEN_ROOMS = new Set(["math"]);
/** Rooms for Node alone: they take from platform what only Node has, and what no door offers that every runtime goes through. */
const FOR_NODE = new Set(["cluster", "node"]);

const source = dirname(fileURLToPath(import.meta.url));

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === "generated" ? [] : sourceFiles(path);
    return name.endsWith(".ts") && !name.endsWith(".test.ts") ? [path] : [];
  });
}

function roomOf(path: string): string {
  return relative(source, path).split("/")[0].replace(/\.ts$/, "");
}

function imports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const pattern = /^(?:import|export)[^"']*?from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return Array.from(text.matchAll(pattern), (m) => m[1] ?? m[2] ?? m[3]);
}

const files = sourceFiles(source);

test("every room has a rank", () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => !(room in RANKS))).toEqual([]);
});

test("imports go down, and through a room's door", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const file of files) {
    for (const target of imports(file)) {
      if (!target.startsWith(".")) continue;
      seen++;
      const path = resolve(dirname(file), target);
      const [from, to] = [roomOf(file), roomOf(path)];
      if (from === to) continue;
      const inside = relative(source, path).split("/").length > 1 && !path.endsWith("/index.ts");
      // The worker is bundled by itself: it takes the one file it needs, not the room.
      const worker = file.endsWith("training/worker.ts") && target.endsWith("kernels/module.ts");
      const door = !inside || OPEN_ROOMS.has(to) || worker || FOR_NODE.has(from);
      if (!(RANKS[to] < RANKS[from]) || !door) wrong.push(`${relative(source, file)} imports ${target}`);
    }
  }
  expect(seen).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

test("the version is that of the package", () => {
  expect(JSON.parse(readFileSync(join(source, "../package.json"), "utf8")).version).toBe(VERSION);
});

test("the library has no dependencies, and only node.ts and platform/ name Node's modules", () => {
  const manifest = JSON.parse(readFileSync(join(source, "../package.json"), "utf8"));
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.sideEffects).toBe(false);
  for (const entry of Object.values(manifest.exports)) expect(Object.keys(entry as object)[0]).toBe("types");
  expect(files.flatMap(imports).filter((target) => !/^(\.|node:)/.test(target))).toEqual([]);
  // A worker's program asks its runtime for what it is started with.
  const named = files.filter((file) => !/worker\.ts$/i.test(file));
  const naming = named.filter((file) => /["']node:/.test(readFileSync(file, "utf8")));
  expect(naming.map((file) => relative(source, file))).toEqual([
    "node.ts",
    "platform/atomicFile.ts",
    "platform/checkpointFile.ts",
    "platform/nodeFiles.ts",
    "platform/scratchFile.ts",
    "platform/temporaryName.ts",
    "platform/workers.ts",
  ]);
});

test("nothing in the library uses the runtime's own random numbers, exp, log or pow", () => {
  const forbidden = /Math\.(random|exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|sinh|cosh|cbrt|hypot)\(/;
  const wrong = files.filter((file) =>
    forbidden.test(readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
  );
  expect(wrong.map((file) => relative(source, file))).toEqual([]);
});
