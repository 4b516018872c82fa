// How much does a web page load? The library bundled for browsers, minified, gzip, its kernels included: with training, and prediction alone.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { claim } from "./claims.mjs";
import { root } from "./places.mjs";
import { number, publish, table } from "./report.mjs";

const KILOBYTE = 1000;
const dist = join(root, "packages/bax/dist");
/** The most that is asked, in kilobytes, and the largest files of the bundle that the table shows. */
const BUNDLES = [
  { name: "prediction only", entry: "predict.js", most: 25 },
  { name: "with training", entry: "train.js", most: 60 },
];
const SHOWN = 8;

/** Bundles an entry of the library as a page would load it; null where there is no such entry. */
async function bundle({ name, entry, most }) {
  const path = join(dist, entry);
  if (!existsSync(path)) return { name, entry, most, bytes: null, gzip: null, parts: [] };
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from ${JSON.stringify(path)};`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "bundle",
    loader: { ".wasm": "file" },
  });
  const size = (count) => outputFiles.reduce((sum, { contents }) => sum + count(contents), 0);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const parts = inputs
    .map(([file, { bytesInOutput }]) => ({ file: relative(root, file), bytes: bytesInOutput }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, SHOWN);
  return {
    ...{ name, entry, most, parts },
    bytes: size((contents) => contents.length),
    gzip: size((contents) => gzipSync(contents, { level: 9 }).length),
  };
}

export async function ask({ runs, quick, only }) {
  const bundles = [];
  for (const one of BUNDLES) bundles.push(await bundle(one));
  const claims = bundles.map(({ name, most, gzip }) =>
    claim(`browser bundle, ${name}`, "≤", most, gzip === null ? null : gzip / KILOBYTE, { unit: "KB" }),
  );
  const kilobytes = (bytes) => number(bytes === null ? null : bytes / KILOBYTE, 1);
  const sections = bundles.map(
    ({ name, entry, bytes, gzip, parts }) => `## ${name[0].toUpperCase()}${name.slice(1)} (\`${entry}\`)

${kilobytes(bytes)} KB minified, ${kilobytes(gzip)} KB with gzip (1 KB is ${KILOBYTE} bytes).${bytes === null ? " There is no such entry in this build." : ""}

${table(
  ["largest files", "KB in the bundle"],
  parts.map(({ file, bytes: own }) => [file, kilobytes(own)]),
)}`,
  );
  publish("size", {
    title: "Size",
    sections,
    claims,
    data: { bundles },
    versions: {},
    runs,
    quick,
    only,
    how: "Bundled by esbuild.",
  });
}
