import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import { BaxError, type TextClassifier } from "bax";
import { save, writeFile } from "bax/node";
import { STOPPING, stopOnInterrupt } from "../commands/interrupt.ts";
import type { Flags, Parsed } from "./arguments.ts";
import { autotune } from "./autotune/autotune.ts";
import { checkTraining, trainWithFlags } from "./training.ts";

/** `supervised`: learns from labelled text and writes the model, after a search for good options if one is asked for. */
export async function supervised({ flags, given }: Parsed): Promise<void> {
  await checkTraining(flags);
  const searches = flags.autotuneValidation !== "";
  const file = `${flags.output}${searches && flags.autotuneModelSize !== "" ? ".ftz" : ".bin"}`;
  await checkOutput(file);
  const model = searches ? await autotune(flags, given) : await train(flags);
  await save(model, file);
  if (flags.vec) await save(model, `${flags.output}.vec`);
  if (!flags.saveOutput) return;
  if (file.endsWith(".bin")) await writeFile(`${flags.output}.output`, model.toFastTextModel().toOutputVectors());
  else process.stderr.write("Option -saveOutput is not supported for quantized models.\n");
}

async function train(flags: Flags): Promise<TextClassifier> {
  // The line of progress has no end yet.
  const note = (text: string) => (flags.verbose > 0 ? process.stderr.write(`\n${text}\n`) : undefined);
  const stop = stopOnInterrupt(() => note(STOPPING));
  try {
    return await trainWithFlags(flags, { stopSignal: stop.signal }, true);
  } finally {
    stop.release();
  }
}

/** Refuses a place that cannot be written to, before any time is spent. */
export async function checkOutput(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const advice = `Check that ${folder} is a folder that you may write in.`;
  const refuse = () => new BaxError("file", `${file} cannot be opened for saving.`, advice);
  const status = await stat(folder).catch(() => null);
  if (!status?.isDirectory()) throw refuse();
  await access(folder, constants.W_OK).catch(() => {
    throw refuse();
  });
}
