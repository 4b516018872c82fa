/** An odd 64-bit multiplier (2^64 / golden ratio). */
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

function stir(state: u64, value: u64): u64 {
  const product = (state ^ value) * MULTIPLIER;
  return product ^ (product >> 32);
}

/** Stirs `length` bytes and their number into the u64 at `state`: tells data sets apart; it is no cryptographic hash. */
export function fingerprint(at: usize, length: u32, state: usize): void {
  let value = stir(load<u64>(state), length);
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) value = stir(value, load<u64>(at + i));
  for (; i < length; i++) value = stir(value, load<u8>(at + i));
  store<u64>(state, value);
}
