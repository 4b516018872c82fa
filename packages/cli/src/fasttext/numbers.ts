// Numbers as C++ streams print them, with the six digits that are usual there.
import { formatFixed, formatGeneral } from "bax";

/** So many significant digits without zeros at the end, as `%g`. */
export function general(value: number, digits = 6): string {
  return formatGeneral(value, digits);
}

/** So many digits behind the point, as `%f`. */
export function fixed(value: number, digits = 6): string {
  return formatFixed(value, digits);
}

/** A vector as fastText prints it: five digits, and a space behind every number. */
export function vectorText(vector: Float32Array): string {
  let text = "";
  for (const value of vector) text += `${general(value, 5)} `;
  return text;
}
