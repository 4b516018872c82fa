// Bundles the library and the command: few files start faster than many, and what is seldom needed is loaded when it is.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { COMMON, libraryBundles, mendImports } from "./library.mjs";
import { loadPacking } from "./packing.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [bax, report, server, tables, cli] = ["bax", "report", "server", "tables", "cli"].map((name) =>
  join(root, "packages", name),
);

/** What the command takes from the other packages, by its own copy: the whole of it is one set of files then. */
const OWN = {
  bax: join(bax, "src/index.ts"),
  "bax/cluster": join(bax, "src/cluster/index.ts"),
  "bax/node": join(bax, "src/node.ts"),
  "@bax/report": join(report, "src/index.ts"),
  "@bax/server/node": join(server, "src/node/index.ts"),
  "@bax/tables": join(tables, "src/index.ts"),
};

const fromSource = {
  name: "from-source",
  setup({ onResolve }) {
    onResolve({ filter: /^(bax|@bax)\b/ }, ({ path }) =>
      path in OWN ? { path: OWN[path], sideEffects: false } : null,
    );
  },
};

/** What of the library `bax/train` leaves out: a page has no use for it, or it is for fastText's files. */
const LEFT_OUT =
  /\/(data\/(fastTextLines|labelledTexts)|evaluation\/(brier|multiLabel|ranking)|features\/fastText(Counter|Vocabulary|Text|Reference)|model\/(classifier|fastTextBags|fastTextTop|textGatherer|stored\w+|treeSubset)|platform\/scratchFile|training\/(checkpoint|lineReader|labelTable|fastTextFeatures|outOfFold|rehearsal|spilledStore|givenVectors|continuedModel|retrain|crossValidation))\.ts$/;

/** Modules that are left out keep their names, and say so when they are used. */
const leaveOut = {
  name: "leave-out",
  setup({ onLoad }) {
    onLoad({ filter: LEFT_OUT }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const made = source.matchAll(/^export (?:async )?(?:function|class) (\w+)|^export const (\w+).* = [a-z]\w*\(/gm);
      const literals = Array.from(
        source.matchAll(/^export const \w+(?:: \w+)? = (?![a-z]\w*\().*;$/gm),
        ([line]) => line,
      );
      const lines = Array.from(
        made,
        ([, name, value]) => `export const ${name ?? value} = leftOut("${name ?? value}");`,
      );
      const refusal = `import { leftOut } from ${JSON.stringify(join(bax, "src/edge/leftOut.ts"))};`;
      return { contents: [refusal, ...literals, ...lines].join("\n"), loader: "ts" };
    });
    // Of the options: what people read in the help, and what `tune` searches.
    onLoad({ filter: /\/training\/options\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replaceAll(/\bmeaning:\s*"(?:[^"\\]|\\.)*"/g, 'meaning: ""')
        .replaceAll(/^ {4}search: \{(?:[^\n]*\},|[^}]*\n {4}\},)$/gm, ""),
      loader: "ts",
    }));
  },
};

/**
 * One file with kernels of its own, packed. Packed data stand before all code: gzip then does not mix the two in one block, which makes a
 * twentieth.
 */
function packedBundle(name, kernels, rooms, ...plugins) {
  const entry = `${name}-with-data-first`;
  const data = join(bax, `src/edge/generated/${kernels}.ts`);
  const arrange = {
    name: "arrange",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/kernelBytes\.ts$/ }, () => ({ path: join(bax, "src/edge/packedKernels.ts") }));
      onResolve({ filter: /\/generated\/kernels\.ts$/ }, () => ({ path: data }));
      onResolve({ filter: new RegExp(`^${entry}$`) }, ({ path }) => ({ path, namespace: "entry" }));
      onLoad({ filter: /.*/, namespace: "entry" }, () => {
        const first = ["./edge/generated/kernels.ts", "./text/unicodeData.ts"];
        const imports = first.map((file, i) => `import * as data${i} from "${file}";`);
        return { contents: `${imports.join("")}export * from "./${name}.ts";`, resolveDir: join(bax, "src") };
      });
    },
  };
  return {
    entryPoints: [{ in: entry, out: name }],
    platform: "neutral",
    splitting: false,
    plugins: [arrange, ...plugins],
    mangleProps: new RegExp(`^(${privateNames(rooms).join("|")})$`),
  };
}

/** Names that mean something outside: what BaxError and predictions have, and what stands in a model file's JSON. */
const KNOWN_OUTSIDE = [
  ...["advice", "cause", "code", "label", "labels", "probability", "raw", "threshold"],
  ...["tokenizer", "lowercase", "wordNgrams", "charNgrams", "weighting", "norm", "charScale"],
  ...["loss", "labelCounts", "arithmetic", "temperature", "platt", "slopes", "offsets", "thresholds"],
  ...["dtype", "shape", "embeddings", "output", "dimension", "subDimension", "options", "format"],
  // And what a worker is sent.
  ...["module", "memory", "context", "control", "thread"],
  ...["head", "calibration", "decision", "training", "quantizers", "fasttext"],
];

/** What `bax/train` is made of. */
const ROOMS = [
  ...[
    "calibration",
    "data",
    "edge",
    "evaluation",
    "features",
    "formats",
    "kernels",
    "losses",
    "math",
    "model",
    "platform",
    "text",
  ],
  "training",
];

/** Members that TypeScript calls private, which nobody can miss under their own names; none that a built-in object has too. */
function privateNames(rooms) {
  const builtIn = new Set(KNOWN_OUTSIDE);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    for (const object of [value, value?.prototype])
      if (object !== null && /^(object|function)$/.test(typeof object))
        for (const property of Object.getOwnPropertyNames(object)) builtIn.add(property);
  }
  const face = readFileSync(join(bax, "src/kernels/module.ts"), "utf8");
  const choices = readFileSync(join(bax, "src/training/options.ts"), "utf8");
  for (const [, name] of choices.matchAll(/^ {4}key: "(\w+)"/gm)) builtIn.add(name);
  for (const [, name] of face.matchAll(/^ {2}(\w+)\(/gm)) builtIn.add(name);
  const names = new Set();
  for (const room of rooms) {
    for (const file of readdirSync(join(bax, "src", room)).filter((name) => /(?<!test)\.ts$/.test(name))) {
      const source = readFileSync(join(bax, "src", room, file), "utf8");
      for (const [, name] of source.matchAll(/^ {2}private (?:readonly |get |async )*(\w+)/gm)) names.add(name);
    }
  }
  return [...names].filter((name) => !builtIn.has(name));
}

/** Removes modules that an earlier build left in a folder. */
function sweep(folder, written) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.js(\.map)?$/.test(entry.name) && !written.has(relative(root, path))) rmSync(path);
  }
}

async function bundlePackage(folder, isPure, ...bundles) {
  const outdir = join(folder, "dist");
  const written = new Set();
  for (const options of bundles) {
    const { metafile } = await build({ ...COMMON, absWorkingDir: root, outdir, ...options });
    for (const path of Object.keys(metafile.outputs)) written.add(join(path));
  }
  if (isPure) for (const path of written) if (/\.js$/.test(path)) mendImports(join(root, path));
  sweep(outdir, written);
}

/** Writes the modules of `bax` and `@bax/cli`. */
export async function bundle() {
  await bundlePackage(
    bax,
    true,
    ...(await libraryBundles(["index", "node"])),
    // By itself: what only a cluster needs is no part of what every start loads.
    {
      entryPoints: [{ in: join(bax, "src/cluster/index.ts"), out: "cluster" }],
      platform: "neutral",
      external: ["node:*"],
      splitting: false,
    },
    packedBundle("predict", "kernels", ["edge", "features", "kernels", "text"]),
    packedBundle("train", "learningKernels", ROOMS, leaveOut),
  );
  await bundlePackage(cli, false, {
    // Besides the command what benchmarks read tables with.
    entryPoints: ["main", "input/examples", "input/sources"].map((name) => join(cli, `src/${name}.ts`)),
    outbase: join(cli, "src"),
    platform: "node",
    // Programs with files of their own, and what only a server needs, loaded from where they are.
    external: ["@duckdb/node-api", "node-sqlite3-wasm", "@hono/*", "hono", "prom-client", "zod"],
    // For commander, whose modules call it.
    banner: { js: "var require=process.getBuiltinModule;" },
    plugins: [fromSource],
  });
  const { unicodeTables, UNICODE_VERSION } = await loadPacking();
  for (const folder of [bax, cli]) writeFileSync(join(folder, `dist/unicode-${UNICODE_VERSION}.bin`), unicodeTables());
  // What of others is in the bundles, with their terms.
  for (const file of [
    "commander/LICENSE",
    "apache-arrow/LICENSE.txt",
    "apache-arrow/NOTICE.txt",
    "flatbuffers/LICENSE",
  ])
    copyFileSync(
      join(root, "node_modules", file),
      join(cli, "dist", `${file.replace("/", ".").replace(".txt", "")}.txt`),
    );
}
