// What the page shows, as signals; and what can be done to it.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { LabelFeatures, OptionRow, TrainingChoices, TrainingProgress } from "bax";
import type {
  ChosenColumns,
  DecisionView,
  GivenData,
  ModelView,
  SmallerView,
  SuspectsView,
} from "../session/protocol.ts";
import { Client, StudioError } from "./client.ts";

/** The tabs, in the order of the way through them. */
export const TABS = ["data", "train", "evaluate", "understand", "improve", "ship", "learn"] as const;
export type Tab = (typeof TABS)[number];

/** What went wrong last, and where it is shown. */
export interface Trouble {
  readonly message: string;
  readonly advice: string;
}

/** A training that runs. */
export interface Training {
  readonly step: TrainingProgress | null;
  /** Mean loss at each step that was told, with how far all was, 0 to 1. */
  readonly losses: readonly { readonly at: number; readonly loss: number }[];
  /** Share of right labels in the held-out part after each epoch, 0 to 1. */
  readonly accuracies: readonly number[];
  /** What to know at once. */
  readonly messages: readonly string[];
  readonly isStopping: boolean;
}

export const tab: Signal<Tab> = signal("data");
export const data: Signal<GivenData | null> = signal(null);
export const model: Signal<ModelView | null> = signal(null);
export const choices: Signal<TrainingChoices> = signal({});
/** The table of training options, as the worker has it. */
export const options: Signal<readonly OptionRow[]> = signal([]);
/** Part of the file that is read, 0 to 1; null while nothing is read. */
export const reading: Signal<number | null> = signal(null);
/** Part of the search for wrong labels, 0 to 1; null while none runs. */
export const searching: Signal<number | null> = signal(null);
/** Part of a test, 0 to 1; null while none runs. */
export const testing: Signal<number | null> = signal(null);
export const suspects: Signal<SuspectsView | null> = signal(null);
/** What was decided of examples, by their numbers; "keep" is a decision, too, while the page is open. */
export const decisions: Signal<ReadonlyMap<number, DecisionView["decision"]>> = signal(new Map());
/** The model before the last training, to see what changed. */
export const earlier: Signal<ModelView | null> = signal(null);
export const training: Signal<Training | null> = signal(null);
export const trouble: Signal<Trouble | null> = signal(null);
/** Whether an earlier visit is looked for still. */
export const isRestoring: Signal<boolean> = signal(true);

export const isBlocked: ReadonlySignal<boolean> = computed(
  () => data.value?.warnings.some(({ blocking }) => blocking) ?? true,
);
export const isBusy: ReadonlySignal<boolean> = computed(() =>
  [reading, training, searching, testing].some(({ value }) => value !== null),
);
/** How many labels were changed or examples taken out. */
export const changes: ReadonlySignal<number> = computed(
  () => [...decisions.value.values()].filter((decision) => decision !== "keep").length,
);

/** Whether the model was trained here, and something else is decided since. */
export const hasUnlearnedChanges: ReadonlySignal<boolean> = computed(() => {
  const learned = model.value?.decisions;
  if (!learned || changes.value === 0) return false;
  const then = new Map(learned.map(({ example, decision }) => [example, String(decision)]));
  const now = [...decisions.value].filter(([, decision]) => decision !== "keep");
  return now.length !== then.size || now.some(([example, decision]) => then.get(example) !== String(decision));
});

const client: Client = new Client((progress) => {
  if (progress.kind === "reading") reading.value = progress.fraction;
  else if (progress.kind === "searching") searching.value = progress.fraction;
  else if (progress.kind === "testing") testing.value = progress.fraction;
  else tellTraining(progress.step);
});

function tellTraining(step: TrainingProgress): void {
  const now = training.value;
  if (!now) return;
  const { message, phase, fraction, loss, validation } = step;
  training.value = {
    ...now,
    step,
    losses: phase === "read" || !(loss > 0) ? now.losses : [...now.losses, { at: placeOf(phase, fraction), loss }],
    accuracies: validation ? [...now.accuracies, validation.accuracy] : now.accuracies,
    messages: message === undefined ? now.messages : [...now.messages, message],
  };
}

/** Training learns twice where a part is held out: to choose and measure, then from everything. */
function placeOf(phase: TrainingProgress["phase"], fraction: number): number {
  return phase === "train" ? 1 + fraction : fraction;
}

/** Does something, and shows what goes wrong. Returns undefined then. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  trouble.value = null;
  try {
    return await work();
  } catch (error) {
    if (error instanceof StudioError && error.code === "aborted") return undefined;
    const { message } = error as Error;
    trouble.value = { message, advice: error instanceof StudioError ? error.advice : "Reload the page and try again." };
    return undefined;
  }
}

/** Looks for what an earlier visit left. */
export async function restore(): Promise<void> {
  const found = await attempt(() => client.ask("restore"));
  reading.value = null;
  isRestoring.value = false;
  if (!found) return;
  data.value = found.data;
  model.value = found.model;
  choices.value = found.choices;
  options.value = found.options;
  suspects.value = found.suspects;
  decisions.value = new Map(found.decisions.map(({ example, decision }) => [example, decision]));
  await openGiven();
}

/** The file that `bax studio FILE` was started with; once, so that a reload does not undo what was done since. */
async function openGiven(): Promise<void> {
  const name = new URLSearchParams(location.search).get("data");
  if (name === null || data.value?.name === name) return;
  const response = await fetch("data");
  if (response.ok) await openData(name, await response.blob());
}

/** Opens a file of data, or a text that was pasted. */
export async function openData(name: string, blob: Blob): Promise<void> {
  if (isBusy.value) return;
  reading.value = 0;
  const view = await attempt(() => client.ask("open", name, blob));
  reading.value = null;
  if (!view) return;
  data.value = view;
  forgetDecisions();
  tab.value = "data";
}

/** A file that was dropped or chosen: a model by its name, otherwise data. */
export function openFile(file: File): Promise<void> {
  const isModel = /\.(safetensors|bin|ftz)$/i.test(file.name);
  return isModel ? openModel(file.name, file) : openData(file.name, file);
}

export function refuseFolder(): void {
  trouble.value = { message: "that is a folder", advice: "Drop one file: the table with your texts and labels." };
}

function forgetDecisions(): void {
  suspects.value = null;
  decisions.value = new Map();
  earlier.value = null;
}

export async function chooseColumns(columns: ChosenColumns): Promise<void> {
  const view = await attempt(() => client.ask("chooseColumns", columns));
  if (!view) return;
  data.value = view;
  forgetDecisions();
}

export async function train(): Promise<void> {
  if (isBusy.value) return;
  training.value = { step: null, losses: [], accuracies: [], messages: [], isStopping: false };
  const view = await attempt(() => client.ask("train", choices.value));
  training.value = null;
  if (!view) return;
  earlier.value = model.value;
  model.value = view;
}

/** Looks for wrong labels. */
export async function findSuspects(): Promise<void> {
  if (isBusy.value) return;
  searching.value = 0;
  const found = await attempt(() => client.ask("findSuspects"));
  searching.value = null;
  if (found) suspects.value = found;
}

/** Measures the model on a file, or on the data that are open. Tells whether it did. */
export async function test(file: File | null): Promise<boolean> {
  if (isBusy.value) return false;
  testing.value = 0;
  const view = await attempt(() => client.ask("test", file && { name: file.name, blob: file }));
  testing.value = reading.value = null;
  if (view) model.value = view;
  return view !== undefined;
}

export async function decide(example: number, decision: DecisionView["decision"]): Promise<void> {
  decisions.value = new Map([...decisions.value, [example, decision]]);
  await attempt(() => client.ask("decide", { example, decision }));
}

export async function downloadData(): Promise<void> {
  const blob = await attempt(() => client.ask("cleanedData"));
  const stem = data.value?.name.replace(/(\.\w+)?(\.gz)?$/, "") || "data";
  if (blob) offer(`${stem}-cleaned.csv`, blob);
}

/** Ends the training that runs; `keep`: with what it has learned so far. */
export async function stop(keep: boolean): Promise<void> {
  if (training.value) training.value = { ...training.value, isStopping: true };
  await client.ask("stop", keep);
}

/** Examples that are most alike to a text. */
export function near(text: string): ReturnType<typeof client.ask<"near">> {
  return client.ask("near", text);
}

export async function openModel(name: string, blob: Blob): Promise<void> {
  if (isBusy.value) return;
  const view = await attempt(() => client.ask("openModel", name, blob));
  if (!view) return;
  model.value = view;
  tab.value = "understand";
}

/** What speaks loudest for a label in its examples. */
export function strongest(label: string): Promise<LabelFeatures | null | undefined> {
  return attempt(() => client.ask("strongest", label));
}

/** What the model says to a text; the last question alone is answered while others wait. */
export function answer(text: string, label: string | null): ReturnType<typeof client.ask<"answer">> {
  return client.ask("answer", text, label);
}

/** `isSmall`: the copy that `shrink` made. */
export async function downloadModel(isSmall: boolean): Promise<void> {
  const bytes = await attempt(() => client.ask("modelFile", isSmall));
  if (!bytes || !model.value) return;
  const { name } = model.value;
  offer(
    isSmall ? name.replace(/(\.\w+)?$/, "-small.safetensors") : name,
    new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" }),
  );
}

/** Makes a smaller copy of the model; undefined where that is refused, which is shown. */
export function shrink(bytes: number): Promise<SmallerView | undefined> {
  return attempt(() => client.ask("shrink", bytes));
}

export async function downloadReport(): Promise<void> {
  const blob = await attempt(() => client.ask("reportFile"));
  if (blob && model.value) offer(model.value.name.replace(/(\.\w+)?$/, "-report.html"), blob);
}

/** Gives the browser a file to save. */
export function offer(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What a tab keeps by itself, to be forgotten with the rest. */
const others: (() => Promise<void>)[] = [];

/** Has something forgotten whenever everything is; a tab that is loaded later says so. */
export function forgetToo(forget: () => Promise<void>): void {
  others.push(forget);
}

/** Begins anew: nothing of this visit or an earlier one is left, on the page or in the browser. */
export async function forget(): Promise<void> {
  await attempt(() => client.ask("forget"));
  for (const forgetOther of others) await forgetOther();
  data.value = null;
  model.value = null;
  choices.value = {};
  forgetDecisions();
  tab.value = "data";
}
