/** Numbers of a model stay below this: products of two of them, summed, then stay far from the end of f32. */
export const LARGEST = 1e12;
