export { Classifier, type ModelParts } from "./classifier.ts";
export { ForwardPass } from "./forwardPass.ts";
export {
  allocateParameters,
  type ColumnGroup,
  copyRows,
  type Parameters,
  sliceBounds,
  VECTOR,
} from "./parameters.ts";
