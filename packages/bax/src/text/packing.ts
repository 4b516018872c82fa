import { bitWriter, exchangeBytes, NumberModel } from "./numberModel.ts";
import { exchangeLists, type UnicodeLists } from "./unicodeLists.ts";

export { UNICODE_VERSION } from "./unicodeData.ts";
export { unicodeTables } from "./unicodeTables.ts";

/** Packs lists for unicodeData.ts: what scripts/unicode-tables.mjs does once a version of Unicode. */
export function packLists(lists: UnicodeLists): Uint8Array {
  const { code, finish } = bitWriter();
  exchangeLists(new NumberModel(code), structuredClone(lists));
  return finish();
}

/** Packs bytes for `exchangeBytes`. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  const { code, finish } = bitWriter();
  exchangeBytes(new NumberModel(code), bytes.slice());
  return finish();
}
