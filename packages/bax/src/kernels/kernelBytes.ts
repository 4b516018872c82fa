import { decodeBase64 } from "./base64.ts";
import { KERNELS_BASE64 } from "./generated/binary.ts";
import { unshared } from "./unshared.ts";

/**
 * The kernels' module, for a shared or an unshared memory. In `bax/predict` and `bax/train` edge/packedKernels.ts stands in its place, with
 * the kernels that these need (scripts/bundle.mjs).
 */
export function kernelBytes(shared: boolean): Uint8Array<ArrayBuffer> {
  const binary = decodeBase64(KERNELS_BASE64);
  return shared ? binary : unshared(binary);
}
