// What the worker keeps: the data, the model, and what is known of both.
import { shownExplanation } from "@bax/report";
import {
  audit,
  BaxError,
  type Example,
  type LabelFeatures,
  type NearExample,
  OPTIONS,
  TextClassifier,
  type TrainingChoices,
} from "bax";
import {
  type Columns,
  describeData,
  examplesOf,
  guessColumns,
  type LabelledExamples,
  openTable,
  previewOf,
  type Table,
} from "../data/index.ts";
import { cleanedTable } from "./cleanedTable.ts";
import { type Decision, EditedExamples } from "./edits.ts";
import { measuredHeldOut, namesOf } from "./heldOut.ts";
import { viewOfModel } from "./modelView.ts";
import { NearExamples } from "./nearExamples.ts";
import type {
  AnswerView,
  ChosenColumns,
  DecisionView,
  GivenData,
  GivenFile,
  ModelView,
  Progress,
  Requests,
  RestoredView,
  SmallerView,
  SuspectsView,
} from "./protocol.ts";
import type { Shelf } from "./shelf.ts";
import { compareSizes } from "./smaller.ts";
import { testedOn } from "./tested.ts";

/** Rows that the page shows of the data. */
const PREVIEW_ROWS = 50;
/** Probabilities of held-out texts that are kept, 128 MiB: as `bax train --report`. */
const MOST_KEPT = 1 << 25;
/** Examples of a label by which its strongest features are found, evenly spread over all: more would keep answers waiting. */
const MOST_OF_LABEL = 5000;
/** Suspected label errors that a person may look through. */
const MOST_SUSPECTS = 500;

/** `Requests`, each answered in its own time. */
export type Answers = {
  [Method in keyof Requests]: (...args: Parameters<Requests[Method]>) => Promise<ReturnType<Requests[Method]>>;
};

/** Ends something that takes long: with what it has so far, or with nothing. */
interface Running {
  readonly stop: AbortController;
  readonly abort: AbortController;
}

/** Answers the page. One thing at a time: the page asks for the next when it has the last, but `stop`. */
export class Session implements Answers {
  private readonly tell: (progress: Progress) => void;
  private readonly shelf: Shelf;
  private table: Table | undefined;
  private columns: Columns | undefined;
  private examples: LabelledExamples | undefined;
  private data: GivenData | undefined;
  private model: TextClassifier | undefined;
  private view: ModelView | undefined;
  private smaller: TextClassifier | undefined;
  private suspects: SuspectsView | undefined;
  private readonly decisions = new Map<number, Decision>();
  private nearExamples: NearExamples | undefined;
  private running: Running | undefined;

  constructor(tell: (progress: Progress) => void, shelf: Shelf) {
    this.tell = tell;
    this.shelf = shelf;
  }

  async open(name: string, blob: Blob): Promise<GivenData> {
    const table = await openTable({ name, blob }, (fraction) => this.tell({ kind: "reading", fraction }));
    this.table = table;
    await this.forgetDecisions();
    const columns = guessColumns(table);
    const view = this.look(columns, columns.notes);
    await this.shelf.put("data", { name, blob, columns: view.columns });
    return view;
  }

  async chooseColumns(columns: ChosenColumns): Promise<GivenData> {
    const view = this.look(columns);
    await this.forgetDecisions();
    await this.shelf.change("data", (kept) => ({ ...kept, columns }));
    return view;
  }

  /** They are about examples of other data, or of another column. */
  private async forgetDecisions(): Promise<void> {
    this.forgetNear();
    this.suspects = undefined;
    this.decisions.clear();
    await this.shelf.remove("suspects");
    await this.shelf.remove("decisions");
  }

  private look(columns: Columns, guessed: readonly string[] = []): GivenData {
    const { table } = this;
    if (!table) throw new BaxError("data", "there is no data yet", "Drop a file on the page, or choose an example.");
    this.columns = columns;
    const { overview, labels, warnings, examples } = describeData(table, columns);
    this.examples = examples ?? undefined;
    const view = {
      name: table.name,
      format: table.format,
      rowCount: table.rowCount,
      examples: examples?.length ?? 0,
      names: [...table.names, ...table.nested, ...(table.key === null ? [] : [table.key])],
      columns: { text: columns.text, label: columns.label ?? "", weight: columns.weight },
      labels,
      overview,
      warnings,
      notes: [...table.notes, ...(examples?.notes ?? []), ...guessed],
      preview: previewOf(table, 0, PREVIEW_ROWS),
    };
    this.data = view;
    return view;
  }

  async train(choices: TrainingChoices): Promise<ModelView> {
    const { table, data } = this;
    // One-vs-all takes soft labels that do not sum to 1, as the command does.
    const examples =
      table && this.columns && choices.loss === "ova"
        ? examplesOf(table, this.columns, { sharesSum: false })
        : this.examples;
    if (!examples || !data)
      throw new BaxError("data", "there is no data to learn from", "Open a file first, on the tab Data.");
    return this.alone(async (running) => {
      const given = new EditedExamples(examples, this.decisions);
      const model = await TextClassifier.train(given, {
        ...choices,
        keepHeldOut: MOST_KEPT,
        onProgress: (step) => this.tell({ kind: "training", step }),
        signal: running.abort.signal,
        stopSignal: running.stop.signal,
      });
      const measured = measuredHeldOut(model, given);
      const told = { name: modelName(data.name), ...measured, choices, decisions: this.decisionViews() };
      const view = viewOfModel(model, told);
      return await this.keep(model, view);
    });
  }

  async findSuspects(): Promise<SuspectsView> {
    const { examples } = this;
    if (!examples) throw new BaxError("data", "there is no data to look at", "Open a file first, on the tab Data.");
    return this.alone(async (running) => {
      const given = new EditedExamples(examples, this.decisions);
      const { findings, labelErrors, notes } = await audit(given, {
        checks: ["label-error"],
        onProgress: ({ stage, fraction }) =>
          this.tell({ kind: "searching", fraction: stage === "learn" ? fraction : 0 }),
        signal: running.abort.signal,
      });
      const suspects = findings.slice(0, MOST_SUSPECTS).flatMap(({ row, labels, reason, suggestion }) => {
        if (row === null) return [];
        const suggested = suggestion?.action === "relabel" ? suggestion.labels : (suggestion?.action ?? null);
        return [{ example: given.sourceOf(row), text: given.at(row).text, labels, suggested, reason }];
      });
      this.suspects = { suspects, estimate: labelErrors?.estimate ?? suspects.length, notes };
      await this.shelf.put("suspects", this.suspects);
      return this.suspects;
    });
  }

  /** Does something that takes long and can be ended, unless something else is under way. */
  private async alone<Result>(work: (running: Running) => Promise<Result>): Promise<Result> {
    if (this.running) throw new BaxError("usage", "something else is running", "Wait for it, or stop it.");
    const running = { stop: new AbortController(), abort: new AbortController() };
    this.running = running;
    try {
      return await work(running);
    } finally {
      this.running = undefined;
    }
  }

  async decide({ example, decision }: DecisionView): Promise<null> {
    if (decision === "keep") this.decisions.delete(example);
    else this.decisions.set(example, decision);
    await this.shelf.put("decisions", this.decisionViews());
    return null;
  }

  private decisionViews(): DecisionView[] {
    return Array.from(this.decisions, ([example, decision]) => ({ example, decision }));
  }

  async cleanedData(): Promise<Blob> {
    const { table, examples, data } = this;
    if (!table || !examples || !data)
      throw new BaxError("data", "there is no data", "Open a file first, on the tab Data.");
    return new Blob([...cleanedTable(table, data.columns, examples, this.decisions)], { type: "text/csv" });
  }

  async stop(keep: boolean): Promise<null> {
    if (keep) this.running?.stop.abort();
    else this.running?.abort.abort();
    return null;
  }

  async openModel(name: string, blob: Blob): Promise<ModelView> {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const model = TextClassifier.fromBytes(bytes);
    const notMeasured = "This model was opened, not trained here: its figures were not measured.";
    return this.keep(
      model,
      viewOfModel(model, { name, measured: null, notMeasured, labels: model.labels, choices: {}, decisions: null }),
    );
  }

  async test(file: GivenFile | null): Promise<ModelView> {
    const model = this.known();
    return this.alone(async ({ abort }) => {
      const { name, examples } = file
        ? await this.examplesLike(file)
        : { name: this.data?.name, examples: this.examples };
      if (!examples || name === undefined)
        throw new BaxError("data", "there is no data to measure on", "Choose a file of labelled texts.");
      const onProgress = (fraction: number): void => this.tell({ kind: "testing", fraction });
      const tested = await testedOn(model, examples, name, { onProgress, signal: abort.signal });
      const view = { ...(this.view as ModelView), tested };
      this.view = view;
      await this.shelf.change("model", (kept) => ({ ...kept, view }));
      return view;
    });
  }

  /** The examples of another file: from the columns that have the names of those that were chosen, or from the likeliest. */
  private async examplesLike(file: GivenFile): Promise<{ name: string; examples: LabelledExamples }> {
    const table = await openTable(file, (fraction) => this.tell({ kind: "reading", fraction }));
    const { columns } = this;
    const has = (name: string | null | undefined): boolean =>
      typeof name === "string" && (table.names.includes(name) || table.nested.includes(name));
    const isAlike = columns && has(columns.text) && has(columns.label);
    const chosen = isAlike ? { ...columns, weight: has(columns.weight) ? columns.weight : null } : guessColumns(table);
    return { name: table.name, examples: examplesOf(table, chosen, { sharesSum: false }) };
  }

  private async keep(model: TextClassifier, view: ModelView): Promise<ModelView> {
    this.model = model;
    this.view = view;
    this.smaller = undefined;
    this.forgetNear();
    // A large model fits into the browser's database as a file alone.
    await this.shelf.put("model", { file: new Blob([model.toBytes() as Uint8Array<ArrayBuffer>]), view });
    return view;
  }

  async answer(text: string, label: string | null): Promise<AnswerView> {
    const model = this.known();
    const predictions = model.predict(text, { k: model.labels.length });
    const explanation = model.explain(text, label === null ? {} : { label });
    return { text, predictions, explanation: shownExplanation(text, explanation) };
  }

  async near(text: string): Promise<readonly NearExample[]> {
    const { examples, model } = this;
    if (!examples || !model) return [];
    this.nearExamples ??= new NearExamples(model, examples);
    return this.nearExamples.find(text);
  }

  async strongest(label: string): Promise<LabelFeatures | null> {
    const { learned, model } = this;
    if (!learned || !model) return null;
    const own: Example[] = [];
    for (const example of learned) if (namesOf(example).includes(label)) own.push(example);
    const count = Math.min(MOST_OF_LABEL, own.length);
    const spread = Array.from({ length: count }, (_, i) => own[Math.floor((i * own.length) / count)]);
    const [found] = await model.strongestFeatures(spread, { labels: [label] });
    return found ?? null;
  }

  private forgetNear(): void {
    this.nearExamples?.stop();
    this.nearExamples = undefined;
  }

  async modelFile(isSmall: boolean): Promise<Uint8Array> {
    const model = isSmall ? this.smaller : this.known();
    if (!model) throw new BaxError("usage", "no smaller model was made yet", "Choose a size first.");
    return model.toBytes();
  }

  async shrink(bytes: number): Promise<SmallerView> {
    const model = this.known();
    this.smaller = model.compress({ size: bytes });
    return compareSizes(model, this.smaller, this.learned ?? { length: 0, at: () => ({ text: "" }) });
  }

  async reportFile(): Promise<Blob> {
    this.known();
    const { reportFile } = await import("./reportFile.ts");
    const html = reportFile(this.view as ModelView, this.learned, this.data?.name ?? "");
    return new Blob([html], { type: "text/html" });
  }

  /** The examples as they are now, where data are open. */
  private get learned(): EditedExamples | undefined {
    return this.examples && new EditedExamples(this.examples, this.decisions);
  }

  private known(): TextClassifier {
    if (this.model) return this.model;
    throw new BaxError("usage", "there is no model yet", "Train one on the tab Train, or open a model's file.");
  }

  async restore(): Promise<RestoredView> {
    // What can no longer be read, as a file that was moved since, is let go rather than told of at every visit.
    await this.restoreData().catch(() => this.shelf.remove("data"));
    await this.restoreModel().catch(() => this.shelf.remove("model"));
    this.suspects = await this.shelf.get("suspects");
    for (const { example, decision } of (await this.shelf.get("decisions")) ?? [])
      if (decision !== "keep") this.decisions.set(example, decision);
    return {
      data: this.data ?? null,
      model: this.view ?? null,
      suspects: this.suspects ?? null,
      decisions: this.decisionViews(),
      choices: this.view?.choices ?? {},
      options: OPTIONS,
    };
  }

  private async restoreData(): Promise<void> {
    const data = await this.shelf.get("data");
    if (!data) return;
    this.table = await openTable(data, (fraction) => this.tell({ kind: "reading", fraction }));
    this.look({ weight: null, ...data.columns });
  }

  private async restoreModel(): Promise<void> {
    const model = await this.shelf.get("model");
    if (!model) return;
    this.model = TextClassifier.fromBytes(new Uint8Array(await model.file.arrayBuffer()));
    // What an earlier version kept had no tests and no decisions.
    this.view = { ...model.view, tested: model.view.tested ?? null, decisions: model.view.decisions ?? null };
  }

  async forget(): Promise<null> {
    await this.shelf.clear();
    this.forgetNear();
    this.table = this.columns = this.examples = this.data = this.model = this.view = this.suspects = undefined;
    this.decisions.clear();
    return null;
  }
}

/** The name that a model of a data file has. */
function modelName(data: string): string {
  const stem = data.replace(/(\.(csv|tsv|txt|jsonl?|ndjson))?(\.gz)?$/i, "").replace(/[^\w.-]+/g, "-");
  return `${stem || "model"}.safetensors`;
}
