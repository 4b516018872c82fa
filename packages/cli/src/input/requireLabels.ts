import { BaxError, type Evaluation } from "bax";
import type { Source } from "./sources.ts";

/** Refuses data that nothing could be measured on. Throws BaxError "data". */
export function requireLabels({ examples }: Evaluation, sources: readonly Source[]): void {
  if (examples > 0) return;
  throw new BaxError(
    "data",
    `${sources.map((source) => source.name).join(", ")}: no example has a label`,
    "Lines of a .txt file start with __label__NAME; for a table check --label.",
  );
}
