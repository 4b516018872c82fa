import { BaxError } from "../errors.ts";

/** Stands for what `bax/train` leaves out (scripts/bundle.mjs). */
export function leftOut(name: string): () => never {
  return function refuse() {
    throw new BaxError("usage", `${name} is not part of bax/train`, "Use bax itself.");
  };
}
