// Stands in the place of kernels/kernelBytes.ts where `bax/predict` and `bax/train` are bundled.
import { decodeBase64, unshared } from "../kernels/index.ts";
import { bitReader, exchangeBytes, NumberModel } from "../text/index.ts";
import { KERNELS_LENGTH, KERNELS_PACKED, KERNELS_SHARED } from "./generated/kernels.ts";

let unpacked: Uint8Array<ArrayBuffer> | undefined;

/** The kernels that are needed here (assembly/predict.ts or assembly/learn.ts). Those of predicting are for unshared memory alone. */
export function kernelBytes(shared: boolean): Uint8Array<ArrayBuffer> {
  if (!unpacked) {
    unpacked = new Uint8Array(KERNELS_LENGTH);
    exchangeBytes(new NumberModel(bitReader(decodeBase64(KERNELS_PACKED))), unpacked);
  }
  return KERNELS_SHARED && !shared ? unshared(unpacked) : unpacked;
}
