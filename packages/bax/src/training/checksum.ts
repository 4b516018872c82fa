/** A number that another one replaces where a file was damaged: not a secret, only quick. */
export class Checksum {
  /** A u32. */
  value = 0x81_1c_9d_c5;

  /** Goes on with bytes that are whole words of memory. */
  add(bytes: Uint8Array): this {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    let value = this.value;
    for (const word of words) {
      value = Math.imul(value ^ word, 0x01_00_01_93);
      value ^= value >>> 15;
    }
    this.value = value >>> 0;
    return this;
  }
}
