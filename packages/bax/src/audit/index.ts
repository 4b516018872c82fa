export type { AuditOptions, AuditProgress } from "./options.ts";
export {
  AUDIT_KINDS,
  type Audit,
  type AuditFinding,
  type AuditKind,
  type AuditRow,
  type AuditSuggestion,
  type LabelErrorSummary,
} from "./report.ts";

/**
 * Looks for what is wrong with labelled text: label errors, repeats, conflicts, leaks into test data, and odd texts, ranked and with the
 * evidence. Changes nothing. Rows count from 0 in the order of the examples; every line of a block is a row. All texts are kept in memory.
 *
 * The same data, options and seed give the same findings on any number of threads. Throws a BaxError: "usage" for an option, "data" for
 * what is no example and where there is none, "aborted" by `signal`.
 */
export const audit: typeof import("./audit.ts").audit = async (examples, options) =>
  (await import("./audit.ts")).audit(examples, options);
