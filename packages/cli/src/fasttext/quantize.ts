import { BaxError } from "bax";
import { load, save } from "bax/node";
import type { Flags } from "./arguments.ts";
import { loadModel } from "./asked.ts";
import { type Quantization, quantize as quantizeModel } from "./library.ts";
import { checkOutput } from "./supervised.ts";
import { checkTraining, labelledLines, usefulThreads } from "./training.ts";

/** `quantize`: makes `<output>.bin` smaller and writes it as `<output>.ftz`. */
export async function quantize(flags: Flags): Promise<void> {
  const from = `${flags.output}.bin`;
  const to = `${flags.output}.ftz`;
  const { supervised, quantized } = await loadModel(from);
  if (!supervised) {
    throw new BaxError(
      "model",
      "For now we only support quantization of supervised models",
      `${from} is one of vectors.`,
    );
  }
  if (quantized) throw new BaxError("model", `${from} is quantized already`, "Give the model it was made from.");
  if (flags.retrain && flags.cutoff > 0) await checkTraining({ ...flags, pretrainedVectors: "", bucket: 1 });
  await checkOutput(to);
  const model = await load(from);
  await save(await quantizeModel(model, quantization(flags)), to);
}

/** fastText's flags as the library's options. */
export function quantization(flags: Flags): Quantization {
  return {
    dsub: flags.dsub,
    qnorm: flags.qnorm,
    qout: flags.qout,
    cutoff: flags.cutoff,
    // As in fastText, there is nothing to learn again where nothing was cut off.
    ...(flags.retrain &&
      flags.cutoff > 0 && {
        retrain: {
          examples: labelledLines(flags),
          epochs: flags.epoch,
          lr: flags.lr,
          threads: usefulThreads(flags.thread),
        },
      }),
  };
}
