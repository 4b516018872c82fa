// Reads a table to examples, as training does, and nothing else: `node readTable.mjs FILE`.
import { readExamples } from "../packages/cli/dist/input/examples.js";
import { findSources } from "../packages/cli/dist/input/sources.js";

const sources = await findSources([process.argv[2]]);
let count = 0;
for await (const _ of readExamples(sources, {}, () => {})) count++;
console.log(count);
