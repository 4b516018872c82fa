export { bitReader, exchangeBytes, NumberModel } from "./numberModel.ts";
export { asciiTable, Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
export { UNICODE_VERSION } from "./unicodeData.ts";
export { offerUnicodeTables } from "./unicodeTables.ts";
