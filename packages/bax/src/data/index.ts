export { type Example, type Examples, type LineBlock, labelsOf } from "./example.ts";
export { eachLine, type Line, readLine } from "./fastTextLines.ts";
