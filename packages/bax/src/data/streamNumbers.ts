// Numbers as C++ streams print them: ties go to the even digit, where JavaScript rounds them up.

/** Digits that are looked at to tell a tie from what is merely near one. */
const LOOK_AHEAD = 30;

/**
 * Whether `text`, a number with one digit more than wanted, ends in a 5 that is exactly one half behind an even digit. `longer` gives the
 * same number with many more digits.
 */
function isTieToEven(text: string, longer: () => string): boolean {
  const digits = text.replace(/e.*$/, "").replace(".", "");
  if (!digits.endsWith("5") || !"02468".includes(digits.at(-2) ?? "0")) return false;
  return /^0*$/.test(longer().replace(/e.*$/, "").replace(".", "").slice(digits.length));
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** So many significant digits without zeros at the end, as `%g`; small and large numbers with a power of ten. */
export function formatGeneral(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const more = value.toExponential(digits);
  const isTie = isTieToEven(more, () => value.toExponential(digits + LOOK_AHEAD));
  const rounded = isTie ? more.replace(/\.?5(?=e)/, "") : value.toExponential(digits - 1);
  const [mantissa, power] = rounded.split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < digits) {
    return withoutZeros(Number(rounded).toFixed(Math.max(0, digits - 1 - exponent)));
  }
  return `${withoutZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** So many digits behind the point, as `%f`. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const more = value.toFixed(digits + 1);
  const isTie = isTieToEven(more, () => value.toFixed(digits + 1 + LOOK_AHEAD));
  return isTie ? more.replace(/\.?5$/, "") : value.toFixed(digits);
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
