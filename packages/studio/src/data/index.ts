// Data that somebody gives to the page: a file or pasted text as a table, its columns, its examples, and what is odd about them.
export { type Columns, type GuessedColumns, guessColumns } from "./columns.ts";
export type { BrokenRows, DataSource, TableFormat } from "./dataSource.ts";
export { type ExampleCounts, type ExampleOptions, examplesOf, type LabelledExamples } from "./examples.ts";
export { type DataDescription, describeData, type Preview, previewOf } from "./profile.ts";
export { openTable } from "./readTable.ts";
export type { LabelReading, Table } from "./table.ts";
export type { Warning, WarningKind } from "./warnings.ts";
