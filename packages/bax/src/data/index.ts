export {
  type CheckedExample,
  checkExample,
  checkShares,
  collectExamples,
  type Example,
  type Examples,
  isLineBlock,
  type LineBlock,
  likeliest,
} from "./example.ts";
export { eachLine, encodePrefix, type Line, readLine } from "./fastTextLines.ts";
export { type LabelledText, labelledTexts } from "./labelledTexts.ts";
export { formatFixed, formatGeneral } from "./streamNumbers.ts";
export {
  formatVector,
  type NamedVector,
  readWordVectors,
  type WordVectors,
  writeWordVectors,
} from "./wordVectors.ts";
