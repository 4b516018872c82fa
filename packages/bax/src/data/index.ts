export { checkExample, type Example, type Examples, isLineBlock, type LineBlock } from "./example.ts";
export { eachLine, encodePrefix, type Line, readLine } from "./fastTextLines.ts";
