// What packs the data that are part of the library's source: text/packing.ts, so that what is packed is what will be read.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export async function loadPacking() {
  const entry = fileURLToPath(new URL("../packages/bax/src/text/packing.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
}
