export { compressParts, rankRows } from "./compress.ts";
export {
  type CompleteChoices,
  type CompressionChoices,
  type CompressionOptions,
  completeChoices,
  ROW_KINDS,
  type RowKind,
} from "./compressionChoices.ts";
export { fitSize } from "./fitSize.ts";
