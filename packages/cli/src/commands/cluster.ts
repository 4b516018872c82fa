import { readFile } from "node:fs/promises";
import { BaxError } from "bax";
import {
  advance,
  type ClusterPlan,
  ClusterState,
  FACTS,
  FeatureSelection,
  FeatureTally,
  finishCluster,
  joinChanges,
  listFeatures,
  type PartFacts,
  planCluster,
  type RoundFacts,
  RoundLearner,
  readFacts,
  roundCount,
  startCluster,
  sumRound,
  totalsOf,
} from "bax/cluster";
import { writeFile } from "bax/node";
import type { Command } from "commander";
import { groupsOf, numbered, readParcels, type SentParcel, writeParcels } from "../cluster/parcels.ts";
import { readRows } from "../cluster/rows.ts";
import { fileError } from "../input/files.ts";
import { Console } from "../output/console.ts";
import { addTrainingFlags, parseCount, trainingChoices } from "./flags.ts";

/** Flags of the steps, each of which has some of them. */
interface StepFlags {
  readonly part: string;
  readonly threads?: string;
  readonly output: string;
}

/**
 * The steps of training on a cluster, each a program between two streams: whoever schedules them, as bax_spark does, brings parcels of the
 * same block together, in the order of block, part and seq, and files to where they are read (docs/scale.md).
 */
export function addCluster(program: Command): void {
  const cluster = program
    .command("cluster")
    .description("the steps of training on a cluster, for bax_spark and other hosts: see docs/scale.md")
    .addHelpText("before", "Example: bax cluster learn state --part 3 < rows.arrow > parcels.arrow\n");
  addTrainingFlags(
    cluster
      .command("plan")
      .description("decide what can be decided before the text is read")
      .argument("<labels>", "a line of JSON for each label: [label, rows that have it]")
      .requiredOption("-o, --output <file>", "where to write the plan (.json)")
      .requiredOption("--partitions <number>", "parts of the data, each learned from by one task")
      .requiredOption("--rounds <number>", "how often parameters are averaged while every row is seen once")
      .requiredOption("--rows <number>", "rows in all"),
  ).action((labels: string, flags: PlanFlags) => plan(labels, flags));
  cluster
    .command("tally")
    .description("count the features of a partition: rows in, parcels out")
    .argument("<plan>", "what bax cluster plan wrote")
    .requiredOption("--part <number>", "of the partition, from 0")
    .action((file: string, flags: StepFlags) => tally(file, flags));
  cluster
    .command("select")
    .description("join the counts of all partitions: parcels in, parcels out")
    .argument("<plan>", "what bax cluster plan wrote")
    .argument("<facts>", "the parcels of block -1, a line each (.jsonl)")
    .action(select);
  cluster
    .command("start")
    .description("choose the features and lay the first state out: parcels in")
    .argument("<plan>", "what bax cluster plan wrote")
    .argument("<facts>", "the parcels of block -1, a line each (.jsonl)")
    .requiredOption("-o, --output <file>", "where to write the state")
    .action((plan: string, facts: string, flags: StepFlags) => start(plan, facts, flags));
  cluster
    .command("learn")
    .description("learn from a partition in a round: rows in, parcels out")
    .argument("<state>", "the state that the round begins with")
    .requiredOption("--part <number>", "of the partition, from 0")
    .option("--threads <number>", "to learn on; they never change the result (default: as many as help)")
    .action((state: string, flags: StepFlags) => learn(state, flags));
  cluster
    .command("join")
    .description("join what all partitions changed: parcels in, parcels out")
    .action(() => writeParcels(joined(readParcels(process.stdin)), send));
  cluster
    .command("advance")
    .description("end a round: parcels in")
    .argument("<state>", "the state that the round began with")
    .requiredOption("-o, --output <file>", "where to write the next state")
    .action((state: string, flags: StepFlags) => end(state, flags));
  cluster
    .command("finish")
    .description("make a model of the last state; tells of it as JSON")
    .argument("<state>", "the state after the last round")
    .argument("<rows>", "rows that were held out: lines of JSON with text and labels")
    .requiredOption("-o, --output <file>", "where to write the model (.safetensors)")
    .action((state: string, rows: string, flags: StepFlags) => finish(state, rows, flags));
}

/** Standard output, no faster than it is read. */
function send(bytes: Uint8Array): Promise<void> {
  return new Console({}).write(bytes);
}

interface PlanFlags {
  readonly output: string;
  readonly partitions: string;
  readonly rounds: string;
  readonly rows: string;
}

async function plan(labels: string, flags: PlanFlags): Promise<void> {
  const { output, partitions, rounds, rows, ...rest } = flags;
  const counts = await readLines<[string, number]>(labels);
  const made = planCluster(trainingChoices(rest as Readonly<Record<string, unknown>>), counts, {
    partitions: parseCount("--partitions", partitions, 1),
    roundsPerEpoch: parseCount("--rounds", rounds, 1),
    rows: parseCount("--rows", rows, 0),
  });
  await writeFile(output, [Buffer.from(JSON.stringify(made))]);
  await new Console({}).writeJson({ heldOut: made.heldOut, labels: made.labels.length });
}

async function tally(file: string, flags: StepFlags): Promise<void> {
  const part = parseCount("--part", flags.part, 0);
  const counted = new FeatureTally(await readJson<ClusterPlan>(file), part);
  async function* parcels() {
    for await (const row of readRows(process.stdin)) yield* counted.add(row.text, row.labels, row.weight);
    yield* counted.finish();
  }
  await writeParcels(numbered(parcels(), part), send);
}

async function select(planFile: string, factsFile: string): Promise<void> {
  const made = await readJson<ClusterPlan>(planFile);
  const selection = new FeatureSelection(made, totalsOf(await readLines<PartFacts>(factsFile), made));
  async function* selected(): AsyncGenerator<SentParcel> {
    for await (const { block, members } of groupsOf(readParcels(process.stdin)))
      yield { block, part: 0, seq: 0, bytes: selection.join(members.map(({ bytes }) => bytes)) };
  }
  await writeParcels(selected(), send);
}

async function start(planFile: string, factsFile: string, { output }: StepFlags): Promise<void> {
  const made = await readJson<ClusterPlan>(planFile);
  const parcels: SentParcel[] = [];
  for await (const parcel of readParcels(process.stdin)) parcels.push({ ...parcel, bytes: parcel.bytes.slice() });
  parcels.sort((a, b) => a.block - b.block);
  const features = listFeatures(parcels.map(({ bytes }) => bytes));
  const { learning, chunks } = startCluster(made, totalsOf(await readLines<PartFacts>(factsFile), made), features);
  await writeFile(output, chunks);
  const { options, totals, featureCount } = learning;
  await new Console({}).writeJson({
    rounds: roundCount(learning),
    examples: totals.examples,
    features: featureCount,
    options,
  });
}

async function learn(file: string, flags: StepFlags): Promise<void> {
  const part = parseCount("--part", flags.part, 0);
  const threads = flags.threads === undefined ? 0 : parseCount("--threads", flags.threads, 1);
  const state = ClusterState.open(file);
  const learner = await RoundLearner.create(state, part, threads);
  for await (const row of readRows(process.stdin)) await learner.add(row.text, row.labels, row.weight);
  await writeParcels(numbered(learner.finish(), part), send);
  state.close();
}

async function* joined(parcels: AsyncIterable<SentParcel>): AsyncGenerator<SentParcel> {
  for await (const { block, members } of groupsOf(parcels)) {
    if (block === FACTS) yield* members;
    else yield { block, part: 0, seq: 0, bytes: joinChanges(members.map(({ bytes }) => bytes)) };
  }
}

async function end(file: string, { output }: StepFlags): Promise<void> {
  const state = ClusterState.open(file);
  const changes = new Map<number, Uint8Array>();
  const facts: RoundFacts[] = [];
  for await (const { block, bytes } of readParcels(process.stdin)) {
    if (block === FACTS) facts.push(readFacts<RoundFacts>(bytes));
    else changes.set(block, bytes.slice());
  }
  const found = sumRound(state.learning, facts);
  await writeFile(output, advance(state, changes));
  state.close();
  await new Console({}).writeJson({ round: state.learning.round + 1, ...found });
}

async function finish(file: string, rows: string, { output }: StepFlags): Promise<void> {
  const state = ClusterState.open(file);
  const { file: model, report } = finishCluster(state, await readLines(rows));
  state.close();
  const bytes = await writeFile(output, model.chunks());
  await new Console({}).writeJson({ model: { path: output, bytes }, ...report });
}

async function readJson<T>(file: string): Promise<T> {
  return parsed(file, await readText(file)) as T;
}

async function readLines<T>(file: string): Promise<T[]> {
  const lines = (await readText(file)).split("\n");
  return lines.flatMap((line, n) => (line === "" ? [] : [parsed(`${file}:${n + 1}`, line) as T]));
}

function parsed(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BaxError(
      "data",
      `${place}: this is no JSON (${(error as Error).message})`,
      "Give what the step before wrote.",
    );
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw fileError(file, error);
  });
}
