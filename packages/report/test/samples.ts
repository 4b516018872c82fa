import { fileURLToPath } from "node:url";
import { type Example, TextClassifier } from "bax";
import {
  DataCollector,
  LabelNumbers,
  MeasuredCollector,
  modelFacts,
  type ReportData,
  TextBudget,
} from "../src/index.ts";

/** What would be markup if anything let it. */
export const HOSTILE = "</script><img src=x onerror=alert(1)><!-- & \u2028 -->";

const WORDS: Readonly<Record<string, readonly string[]>> = {
  spam: ["win", "free", "prize", "cash", "offer", "click", "claim", "urgent"],
  ham: ["lunch", "meeting", "tomorrow", "home", "thanks", "dinner", "see", "later"],
  [HOSTILE]: ["minister", "election", "market", "report", "police", "city", "court", "budget"],
  أخبار: ["خبر", "عاجل", "مدينة", "وزير", "سوق", "انتخابات", "محكمة", "شرطة"],
};

/** Texts of four labels, some of them with a wrong one, the same every time. `several`: whether every third has two. */
export function sampleExamples(count: number, several: boolean = false): { text: string; labels: string[] }[] {
  const names = Object.keys(WORDS);
  return Array.from({ length: count }, (_, i) => {
    const name = names[i % names.length];
    const other = names[(i * 7 + 1) % names.length];
    const words = Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[name][(i * 7 + j * 3 + ((i * j) % 5)) % 8]);
    if (i % 3 === 0) words.push(WORDS[other][i % 8]);
    if (i % 11 === 0) words.push(HOSTILE);
    const label = i % 13 === 5 ? other : name;
    return { text: words.join(" "), labels: several && i % 3 === 0 && other !== label ? [label, other] : [label] };
  });
}

/** A small model, and what a report shows of a test of it. */
export async function measuredSample(several: boolean = false): Promise<{
  model: TextClassifier;
  examples: Example[];
  rows: Float32Array[];
  data: ReportData;
}> {
  const model = await TextClassifier.train(sampleExamples(400, several), {
    epochs: 4,
    dim: 8,
    valid: 0.2,
    threads: 1,
    keepHeldOut: true,
    ...(several && { loss: "ova" as const }),
  });
  const examples = sampleExamples(700, several).slice(400);
  const numbers = new LabelNumbers(model.labels);
  const collector = new MeasuredCollector(numbers, model.labels.length);
  const overview = new DataCollector();
  const rows: Float32Array[] = [];
  const evaluation = model.evaluate(examples, {
    each: ({ gold, answers, probabilities, all, text, weight }) => {
      collector.add({ gold, first: answers[0], confidence: probabilities[0], all, text, weight });
      overview.add(new TextDecoder().decode(text), gold);
      if (all) rows.push(all.slice());
    },
  });
  const facts = { name: "sample", evaluation, calibration: model.calibration, model, notes: [] };
  const measured = collector.result(facts, new TextBudget());
  const data: ReportData = {
    kind: "test",
    title: `A sample ${HOSTILE}`,
    date: "2026-01-01",
    version: "0.1.0",
    labels: numbers.names,
    data: overview.overview("sample", numbers, new TextBudget()),
    measured,
    notMeasured: null,
    curve: [],
    model: modelFacts(model, { path: "model.safetensors", bytes: 1234 }),
    findings: null,
    explanations: [],
    reproduce: { command: "bax test model.safetensors test.txt", notes: [] },
    notes: [],
  };
  return { model, examples, rows, data };
}

/** The folder for pictures of the pages, which git does not keep. */
export const SCREENSHOTS: string = fileURLToPath(new URL("../../../.cache/screenshots", import.meta.url));
