export { audit } from "./audit.ts";
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
