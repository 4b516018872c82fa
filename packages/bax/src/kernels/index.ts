export { decodeBase64 } from "./base64.ts";
export * from "./featureTableLayout.ts";
export { type Block, Heap } from "./heap.ts";
export * from "./layout.ts";
export { canShareMemory, instantiate, type KernelExports, kernelModule } from "./module.ts";
export { SourceRoom } from "./sourceRoom.ts";
export { unshared } from "./unshared.ts";
