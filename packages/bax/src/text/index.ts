export { asciiClasses, Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
export { UNICODE_VERSION } from "./unicodeData.ts";
