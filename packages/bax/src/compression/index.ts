export { type CompressionOptions, compressParts, type RowKind, rankRows } from "./compress.ts";
export { fitSize } from "./fitSize.ts";
