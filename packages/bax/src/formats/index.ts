export { FASTTEXT_VERSION } from "./fastTextFile.ts";
export { type FastTextContents, readFastTextModel, requireSupervised } from "./fastTextModel.ts";
export { type FastTextKind, whyNotFastText, writeFastTextModel } from "./fastTextWriter.ts";
export { unpackAscending } from "./featureTensors.ts";
export { type ModelDescription, type ModelFile, writeModelFile } from "./modelFile.ts";
export { beginsAsFastText, readModel } from "./readModel.ts";
export {
  readSafetensorsHeader,
  type TensorEntry,
  type TensorPlan,
  writeSafetensorsHeader,
} from "./safetensors.ts";
export { vectorModelParts } from "./vectorModel.ts";
