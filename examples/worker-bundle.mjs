import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles worker.mjs as what deploys a worker does: one module for a runtime that is not Node. `model`: the path of the model that it
 * imports; without one the import stays as it is. Gives the module's text and the names of what it still imports.
 */
export async function bundleWorker(model) {
  const models = {
    name: "models",
    setup({ onResolve }) {
      onResolve({ filter: /\.safetensors$/ }, ({ path }) => (model ? { path: model } : { path, external: true }));
    },
  };
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("worker.mjs", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    outfile: "worker.js",
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    minify: true,
    loader: { ".safetensors": "binary" },
    plugins: [models],
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { text: outputFiles[0].text, imports, inputs: Object.keys(metafile.inputs) };
}
