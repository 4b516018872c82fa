// exp and log from additions, multiplications and bit operations only, so that every platform gives the same bits.

import { finalize } from "./hash";

/** log2(e), and ln(2) in two parts whose first has trailing zero bits, so that n · LN2_HIGH is exact (Cody and Waite, 1980). */
const LOG2E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/**
 * exp of four numbers ≤ 0: relative error below 2e-7 for x ≥ −87; below −87 the result is 0. NaN gives NaN.
 * Method: x = n ln 2 + r with |r| ≤ ln(2)/2; exp(r) by its Taylor polynomial of degree 7, whose remainder is below 6e-9; then 2^n by exponent bits.
 */
export function expNegative(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(LOG2E)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const result = f32x4.mul(p, power);
  // Below the range: 0. The comparison is false for NaN, which then passes through p.
  return v128.andnot(result, f32x4.lt(x, f32x4.splat(-87)));
}

/** σ of four numbers s, given e = e^{−|s|}: 1 / (1 + e) from 0 on and e / (1 + e) below, so nothing overflows and nothing cancels. */
export function logistic(s: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(s, f32x4.splat(0))), f32x4.add(one, e));
}

/**
 * Natural logarithm of a positive normal f64: relative error below 1e-13.
 * Method: x = 2^n m with m in [√½, √2); ln m = 2 artanh(s) with s = (m − 1)/(m + 1), by its series to s^17.
 */
export function logPositive(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let n = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    n++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  return <f64>n * 0.6931471805599453 + 2 * s * (1 + z * p);
}

/** A hash of a counter, 32 bits: the finaliser of MurmurHash3 after a golden-ratio step. */
export function mix(counter: u32): u32 {
  return finalize(counter * 0x9e3779b1);
}
