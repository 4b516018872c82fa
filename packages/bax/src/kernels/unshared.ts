/** Reads an unsigned LEB128 integer; returns the value and the index after it. */
function readUnsigned(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/**
 * Makes the module take an unshared memory. The two kinds differ in one bit: the flags of the only import's limits
 * (WebAssembly core specification, 5.3.7 "limits": 3 is shared with a maximum, 1 is unshared with a maximum).
 */
export function unshared(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const importSection = 2;
  const memoryImport = 2;
  for (let at = 8; at < binary.length; ) {
    const section = binary[at];
    const [size, body] = readUnsigned(binary, at + 1);
    if (section === importSection) {
      let next = readUnsigned(binary, body)[1];
      for (const _name of ["env", "memory"]) {
        const [length, text] = readUnsigned(binary, next);
        next = text + length;
      }
      if (binary[next] === memoryImport && binary[next + 1] === 3) {
        const copy = binary.slice();
        copy[next + 1] = 1;
        return copy;
      }
    }
    at = body + size;
  }
  throw new Error("the kernels import no shared memory");
}
