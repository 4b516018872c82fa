import { BaxError } from "bax";
import type { Source } from "../input/sources.ts";
import { type Spool, spool } from "../input/spool.ts";
import type { AnswerJob } from "./answerJob.ts";
import { writeAnswerLines } from "./answerLines.ts";
import { writeAnswerRows } from "./answerRows.ts";
import { outputFormat } from "./outputFile.ts";
import { hashOf, Parts, type Recipe, refuseChanged, stateOf } from "./parts.ts";

/** What was written. */
export interface AnswerFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Answers all sources into one file, whose ending chooses the format. A run that was killed is taken up by the next of the same kind, with
 * the same bytes in the end; the output never bears its name before it is whole.
 */
export async function writeAnswers(job: AnswerJob): Promise<AnswerFile> {
  const format = outputFormat(job.output);
  const spools: Spool[] = [];
  let parts: Parts | undefined;
  try {
    const sources: Source[] = [];
    for (const source of job.sources) {
      if (source.seekable || source.format === "txt") {
        sources.push(source);
        continue;
      }
      const copy = await spool(source);
      spools.push(copy);
      sources.push(copy.source);
    }
    const recipe = await recipeOf(job);
    const open = async (layout: unknown): Promise<Parts> => {
      parts = await Parts.open(job.output, { ...recipe, options: { given: recipe.options, layout } }, job.note);
      return parts;
    };
    const own = { ...job, sources };
    const { rows } =
      format.kind === "lines" ? await writeAnswerLines(own, open) : await writeAnswerRows(own, format.copy, open);
    await refuseChanged(job.sources, recipe);
    return { path: job.output, bytes: (await parts?.finish()) ?? 0, rows };
  } catch (error) {
    // After a full disk the parts are good to go on from; data that stopped the work have to change first.
    if (error instanceof BaxError && error.code === "data") await parts?.discard();
    throw error;
  } finally {
    for (const { dispose } of spools) await dispose();
  }
}

async function recipeOf({ modelFile, sources, flags, output, options, keep, errors }: AnswerJob): Promise<Recipe> {
  const { format, text, table, database } = flags;
  return {
    model: await hashOf(modelFile),
    inputs: await Promise.all(sources.map(stateOf)),
    options: { output, format, text, table, database, ...options, keep, tolerant: errors.tolerant },
    repeatable: sources.every((source) => source.seekable && source.format !== "query"),
  };
}
