// What training may begin from besides data: a model that learns on, vectors of words, a checkpoint, weights of labels.
import { readFile } from "node:fs/promises";
import { BaxError, type Checkpointing, type CheckpointStore, type TrainOptions } from "bax";
import { checkpointIn, isFastText, loadFastText, loadVectors } from "bax/node";
import { fileError, statFile } from "../input/files.ts";
import { loadModel } from "./models.ts";

/** What `--pretrained` names: a .vec file, a fastText model, or a model of bax's. */
export async function loadPretrained(file: string): Promise<TrainOptions["pretrained"]> {
  await statFile(file);
  if (file.toLowerCase().endsWith(".vec")) return loadVectors(file);
  if (await isFastText(file)) {
    const model = await loadFastText(file);
    const words = model.entries().flatMap(({ type, word }) => (type === "word" ? [word] : []));
    const values = new Float32Array(words.length * model.dimension);
    for (const [i, word] of words.entries()) values.set(model.wordVector(word), i * model.dimension);
    return { words, values, dimension: model.dimension };
  }
  return loadModel(file);
}

/** What `--checkpoint` and `--checkpoint-every` say. */
export function checkpointing(
  folder: string | undefined,
  every: string | undefined,
): { checkpointing: Checkpointing; store: CheckpointStore } | undefined {
  if (folder === undefined) {
    if (every === undefined) return undefined;
    throw new BaxError("usage", "--checkpoint-every needs --checkpoint", "Add --checkpoint and a folder.");
  }
  if (folder.trim() === "")
    throw new BaxError(
      "usage",
      `--checkpoint: got "${folder}", expected the path of a folder`,
      "Try --checkpoint checkpoints.",
    );
  const store = checkpointIn(folder);
  return { store, checkpointing: { store, ...(every === undefined ? {} : parseEvery(every)) } };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A number of examples, or a time such as 30s, 5m or 1h. */
function parseEvery(every: string): { seconds?: number; examples?: number } {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*$/i.exec(every);
  const number = Number(parts?.[1]);
  const unit = (parts?.[2] ?? "").toLowerCase();
  if (parts && number > 0) {
    if (unit !== "") return { seconds: number * SECONDS[unit] };
    if (Number.isInteger(number)) return { examples: number };
  }
  throw new BaxError(
    "usage",
    `--checkpoint-every: got "${every}", expected a number of examples, or a time`,
    "Try --checkpoint-every 100000, or --checkpoint-every 30s.",
  );
}

/**
 * Weights of labels: a JSON object as it is, or a file with such an object, or with a line for each label and its weight behind a tab or a
 * comma.
 */
export async function readLabelWeights(file: string): Promise<Record<string, number>> {
  if (file.trimStart().startsWith("{")) return parseWeights("--class-weights", file);
  await statFile(file);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw fileError(file, error);
  });
  if (text.trimStart().startsWith("{")) return parseWeights(file, text);
  const weights: Record<string, number> = Object.create(null);
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const parts = /^(.*\S)\s*[\t,]\s*(\S+)\s*$/.exec(line);
    const weight = Number(parts?.[2]);
    if (!parts || !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      if (n === 0 && parts) continue; // a header
      throw new BaxError(
        "data",
        `${file}:${n + 1}: expected a label, a tab or a comma, and a weight of 0 or more`,
        "For example: spam,10",
      );
    }
    weights[parts[1].replace(/^"(.*)"$/, "$1").trim()] = weight;
  }
  if (Object.keys(weights).length === 0)
    throw new BaxError("data", `${file}: no weight of a label`, "Give a line for each label, for example: spam,10");
  return weights;
}

function parseWeights(file: string, text: string): Record<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BaxError("data", `${file}: ${(error as Error).message}`, 'Give an object such as {"spam": 10}.');
  }
  for (const [label, weight] of Object.entries(value as object)) {
    if (typeof weight === "number" && weight >= 0) continue;
    throw new BaxError(
      "data",
      `${file}: the weight of "${label}" is ${JSON.stringify(weight)}, expected a number of 0 or more`,
      'Give an object such as {"spam": 10}.',
    );
  }
  return value as Record<string, number>;
}
