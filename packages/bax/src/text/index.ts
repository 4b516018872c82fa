export { asciiTable, Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
export { UNICODE_VERSION } from "./unicodeData.ts";
