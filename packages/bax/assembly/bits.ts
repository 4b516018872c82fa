// Bits in memory, the lowest of each byte first.

/** 1 where a bit is set, 0 where it is not. */
export function bitAt(bits: usize, index: u32): u32 {
  return (<u32>load<u8>(bits + (index >> 3)) >> (index & 7)) & 1;
}

/** Sets a bit. */
export function setBit(bits: usize, index: u32): void {
  const byte = bits + (index >> 3);
  store<u8>(byte, load<u8>(byte) | ((<u8>1) << (<u8>index & 7)));
}
