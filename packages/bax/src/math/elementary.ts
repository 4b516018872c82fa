/**
 * exp and log in float64 from + − × ÷ and moves of bits only.
 *
 * `Math.exp` and `Math.log` may differ in their last bits between engines, so anything that ends in a model or a probability uses
 * these instead: IEEE 754 fixes every operation below, hence every machine gives the same bits.
 */

/** ln 2 = LN2_HIGH + LN2_LOW. The high part ends in 21 zero bits, so its product with a 12-bit exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** exp is +∞ above, in float64 (1024 · ln 2, rounded down). */
const EXP_OVERFLOW = 709.782712893384;
/** exp rounds to 0 below (half of the smallest subnormal is 2^-1075). */
const EXP_UNDERFLOW = -745.1332191019412;

const SQRT2 = Math.SQRT2;
const TWO_54 = 18014398509481984;

/** A DataView, not two typed arrays over one buffer: its byte order is written down, not the machine's. */
const bits = new DataView(new ArrayBuffer(8));

/** 2^k for a normal exponent, −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/**
 * e^x. Within 2 units in the last place of the true value; exact for 0, ±∞ and NaN.
 *
 * Method: x = k·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^k · e^r; e^r is its Taylor series to r^13, whose tail is below
 * 0.347^14 / 14! < 5e-18.
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < EXP_UNDERFLOW) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let tail = 1 / 6227020800;
  tail = tail * r + 1 / 479001600;
  tail = tail * r + 1 / 39916800;
  tail = tail * r + 1 / 3628800;
  tail = tail * r + 1 / 362880;
  tail = tail * r + 1 / 40320;
  tail = tail * r + 1 / 5040;
  tail = tail * r + 1 / 720;
  tail = tail * r + 1 / 120;
  tail = tail * r + 1 / 24;
  tail = tail * r + 1 / 6;
  tail = tail * r + 0.5;
  const y = 1 + (r + r * r * tail);
  if (k > 1023) return y * 2 * powerOfTwo(k - 1);
  if (k >= -1022) return y * powerOfTwo(k);
  // Into the subnormal range in two steps, the first of them exact, so that the result is rounded once.
  return (y * powerOfTwo(k + 54)) / TWO_54;
}

/**
 * Natural logarithm. Within 2 units in the last place of the true value; log 0 = −∞, log ∞ = ∞, NaN below 0.
 *
 * Method: x = 2^k·(1 + f) with 1 + f in [√½, √2); s = f / (2 + f), so ln(1 + f) = 2·artanh s = f − s·(f − R) with
 * R = 2s²/3 + 2s⁴/5 + … to s^24 (|s| < 0.172, so the tail is below 1e-20). f²/2 is taken out of s·f so that the large terms are exact.
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let mantissa = x;
  if (x < 2.2250738585072014e-308) {
    mantissa = x * TWO_54;
    k = -54;
  }
  bits.setFloat64(0, mantissa);
  const high = bits.getUint32(0);
  k += (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m >= SQRT2) {
    m /= 2;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let r = 2 / 25;
  r = r * z + 2 / 23;
  r = r * z + 2 / 21;
  r = r * z + 2 / 19;
  r = r * z + 2 / 17;
  r = r * z + 2 / 15;
  r = r * z + 2 / 13;
  r = r * z + 2 / 11;
  r = r * z + 2 / 9;
  r = r * z + 2 / 7;
  r = r * z + 2 / 5;
  r = r * z + 2 / 3;
  r *= z;
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
}
