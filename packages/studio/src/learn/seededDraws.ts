/**
 * Whole numbers that a seed decides: the returned function draws one from 0 to below n (n from 1 to 1000).
 *
 * `stream` tells apart uses of one seed: the start values are one, the order of each epoch is another. A Weyl sequence through the
 * finaliser of MurmurHash3, so close seeds give unrelated numbers; integer arithmetic only, so every machine draws the same.
 */
export function seededDraws(seed: number, stream: number): (n: number) => number {
  let state = (Math.imul(seed, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  return (n) => next() % n;
}
