/** The 32-bit finaliser of MurmurHash3 (Appleby), a bijection: every bit of it depends on every bit of the number. */
export function finalize(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}
