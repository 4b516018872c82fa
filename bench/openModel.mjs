// Opens a model with the library and labels one text: `node openModel.mjs MODEL TEXT`. For start.mjs, which times the whole process.
import { load } from "../packages/bax/dist/node.js";

const model = await load(process.argv[2]);
const [best] = model.predict(process.argv[3]);
process.stdout.write(`${best.label}\n`);
