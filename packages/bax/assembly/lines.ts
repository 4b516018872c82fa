const NEWLINE: u8 = 10;

/** Address of the newline that ends the line at an address, or the end of everything. */
export function lineEnd(at: usize, end: usize): usize {
  const newlines = i8x16.splat(NEWLINE);
  for (; at + 16 <= end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), newlines));
    if (found) return at + ctz(found);
  }
  while (at < end && load<u8>(at) != NEWLINE) at++;
  return at;
}
