export type { Bag } from "./bag.ts";
export { BatchAnswers } from "./batchAnswers.ts";
export { areLabelsApart, CalibrationSample, calibrationStride } from "./calibrationSample.ts";
export { Classifier, type LabelMeans, type ModelParts } from "./classifier.ts";
export {
  CENTROIDS,
  type CompressedRows,
  decodeRows,
  gatherCompressed,
  groupWidth,
  type ProductQuantizer,
} from "./compressedRows.ts";
export { type FastTextArguments, FastTextBags, type FastTextParts } from "./fastTextBags.ts";
export { ForwardPass } from "./forwardPass.ts";
export type { GoldLabels } from "./goldLabels.ts";
export { GrowingRows } from "./growingRows.ts";
export { HashedBags } from "./hashedBags.ts";
export {
  allocateParameters,
  type ColumnGroup,
  copyRows,
  gatherRows,
  joinGroups,
  type Parameters,
  paddedWidth,
  singleSlice,
  sliceBounds,
  VECTOR,
  wholeGroup,
} from "./parameters.ts";
export { isProjected, Projection } from "./projection.ts";
export type { SharedTables } from "./sharedTables.ts";
export { type StoredFile, StoredModel, type StoredTensor } from "./storedModel.ts";
export { TextGatherer } from "./textGatherer.ts";
