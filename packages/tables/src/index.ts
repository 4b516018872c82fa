// Tables of labelled text as people write them: how a file is written, which column is which, what a cell says. For every runtime.
export { type CellLabels, CellProblem, isUnlabelled, readLabels, readWeight } from "./cells.ts";
export { type ColumnChoice, type ColumnOffer, type Columns, chooseColumns } from "./columns.ts";
export { type Dialect, detectDialect, parseRecords } from "./dialect.ts";
export { TEXT_ENDINGS, type TextFormat } from "./endings.ts";
export { type Line, LineReader } from "./lineReader.ts";
export { didYouMean, nearest } from "./nearest.ts";
export { columnOf, nestedNames } from "./nestedNames.ts";
