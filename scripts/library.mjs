// The bundles of the library: index.js and node.js, what both load at once, and what is loaded on demand.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "packages/bax/src");

/** What a runtime reads at every start is short; a stack can be read by the maps beside it. */
export const COMMON = {
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  chunkNames: "chunks/[name]-[hash]",
  minify: true,
  sourcemap: "linked",
  metafile: true,
  logLevel: "warning",
};

/** Stands for the core's path until a module's place is known; as long as the path from a folder below. */
const CORE = "@@/core.js";
const LIBRARY = { platform: "neutral", external: ["node:*"] };

/** What is loaded later, on demand, stays a file of its own, with a name by where its source is: "training", "platform-atomicFile". */
function laterName(path) {
  return relative(source, path)
    .replace(/(\/index)?\.ts$/, "")
    .replaceAll("/", "-");
}

/** Bundles what an entry loads at once. Each import of what is loaded later goes to `later` and stays an import. */
function atOnce(entry, later, ...plugins) {
  const stop = {
    name: "stop",
    setup({ onResolve }) {
      onResolve({ filter: /^/ }, ({ path, kind, resolveDir }) => {
        if (kind !== "dynamic-import") return null;
        const found = join(resolveDir, path);
        later.add(found);
        return { path: `./chunks/${laterName(found)}.js`, external: true };
      });
    },
  };
  return { ...LIBRARY, entryPoints: [entry], splitting: false, plugins: [stop, ...plugins] };
}

/** The modules that every one of some entries loads at once. */
async function sharedModules(entries, later) {
  const parts = entries.map(async (entry) => {
    const options = { ...COMMON, ...atOnce(entry, later), write: false, sourcemap: false };
    const { metafile } = await build({ ...options, absWorkingDir: root, outdir: source });
    return Object.keys(metafile.inputs);
  });
  const [first, ...rest] = await Promise.all(parts);
  return first.filter((path) => rest.every((part) => part.includes(path))).map((path) => join(root, path));
}

/**
 * The library's modules. What all entries load at once is one file, the core: left to itself esbuild cuts that into a file for every set of
 * modules that shares it, and each file takes a millisecond to load. The core exports what it has by the names of the source.
 */
export async function libraryBundles(names) {
  const entries = names.map((name) => join(source, `${name}.ts`));
  const later = new Set();
  const modules = await sharedModules(entries, later);
  const isCore = new Set(modules);
  const fromCore = {
    name: "from-core",
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        isCore.has(join(resolveDir, path)) ? { path: CORE, external: true, sideEffects: false } : null,
      );
    },
  };
  const others = {
    ...LIBRARY,
    entryPoints: [
      ...entries.map((path) => ({ in: path, out: basename(path, ".ts") })),
      ...Array.from(later, (path) => ({ in: path, out: `chunks/${laterName(path)}` })),
    ],
    plugins: [fromCore],
  };
  const { outputFiles } = await build({ ...COMMON, ...others, absWorkingDir: root, outdir: source, write: false });
  const wanted = new Set();
  for (const { text } of outputFiles)
    for (const [, list] of text.matchAll(new RegExp(`\\{([^{}]*)\\}from"${CORE}"`, "g")))
      for (const name of list.split(",")) wanted.add(name.split(" ")[0]);
  const core = {
    name: "core",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(core|all)$/ }, ({ path }) => ({ path, namespace: "core", sideEffects: false }));
      onLoad({ filter: /^/, namespace: "core" }, ({ path }) => ({
        contents:
          path === "core"
            ? `export { ${[...wanted].sort().join(", ")} } from "all";`
            : modules.map((path) => `export * from ${JSON.stringify(path)};`).join("\n"),
        resolveDir: source,
      }));
    },
  };
  return [atOnce("core", later, core), others];
}

/**
 * A module without effects need not be loaded for its effects: fewer files at a start. And the core is named from where the module lies.
 * Blanks in the place of what goes keep the map right.
 */
export function mendImports(path) {
  const text = readFileSync(path, "utf8");
  const toCore = path.includes("/chunks/") ? `"../core.js"` : `"./core.js" `;
  writeFileSync(
    path,
    text
      .replaceAll(/\bimport"(\.{1,2}\/[^"]+|@@\/core\.js)";/g, (found) => " ".repeat(found.length))
      .replaceAll(`"${CORE}"`, toCore),
  );
}
