// How often a model is right, and the commands that make one: bax and fastText side by side, asked the same.
import { join } from "node:path";
import { runOnce } from "./measure.mjs";
import { baxOptions, fastTextArguments, fastTextOptions } from "./options.mjs";
import { bax, bench } from "./places.mjs";

/** `bax train` with fastText's options: the command, and the file that it writes. */
export function baxTrain(train, folder, shape, epochs, threads = 1) {
  const kind = shape.features ? `-${shape.features}` : "";
  const model = join(folder, `bax-${shape.dim}${kind}-${epochs}-${threads}.safetensors`);
  const options = baxOptions(shape, epochs, threads);
  return { model, command: [process.execPath, bax, "train", train, "-o", model, ...options] };
}

/** `train_supervised` of PyPI's fastText, or null without it; with `test` it prints its P@1. */
export function pythonTrain(peers, train, shape, epochs, ...test) {
  if (peers.fastText === null) return null;
  const script = join(bench, "python/train_fasttext.py");
  return [peers.fastText, script, train, JSON.stringify(fastTextArguments(shape, epochs)), ...test];
}

/** Debian's `fasttext supervised`, or null without it. */
export function commandTrain(peers, train, output, shape, epochs) {
  if (peers.command === null) return null;
  return [peers.command, "supervised", "-input", train, "-output", output, ...fastTextOptions(shape, epochs)];
}

/** P@1 of a model file of bax. */
export function baxAccuracy(model, test) {
  return JSON.parse(runOnce([process.execPath, bax, "test", model, test, "--json"]).output).accuracy;
}

/** P@1 as `fasttext test` prints it. */
export function commandAccuracy(peers, model, test) {
  const { output } = runOnce([peers.command, "test", model, test]);
  return Number(/P@1\s+([\d.]+)/.exec(output)?.[1]);
}

/** P@1 of PyPI's fastText, which learns once more for it. */
export function pythonAccuracy(peers, train, test, shape, epochs) {
  const command = pythonTrain(peers, train, shape, epochs, test);
  return command && Number(runOnce(command).output);
}
