import { loadSupervised, Output, parseLabelK, parseThreshold, requireReadable } from "./asked.ts";
import { readRawLines } from "./lines.ts";
import { Meter } from "./meter.ts";
import { fixed, general } from "./numbers.ts";

/** `predict` and `predict-prob`: the best labels of every line, best first. */
export async function predict(args: readonly string[], withProbabilities: boolean): Promise<void> {
  const [file, data] = args;
  const k = parseLabelK(args[2]);
  const threshold = parseThreshold(args[3]);
  const model = await loadSupervised(file);
  await requireReadable(data, "Input file");
  const names = Array.from({ length: model.labelCount }, (_, label) => model.labelName(label));
  const output = new Output();
  for await (const lines of readRawLines(data, true)) {
    for (const { bytes, lineEnd } of lines) {
      model.readLine(bytes, lineEnd, false);
      const answers = model
        .predict(k, threshold)
        .map(({ label, probability }) =>
          withProbabilities ? `${names[label]} ${general(Math.min(1, probability))}` : names[label],
        );
      const full = output.add(`${answers.join(" ")}\n`);
      if (full) await full;
    }
    await output.flush();
  }
}

/** `test` and `test-label`: precision and recall on labelled text. */
export async function test(args: readonly string[], byLabel: boolean): Promise<void> {
  const [file, data] = args;
  const k = parseLabelK(args[2]);
  const threshold = parseThreshold(args[3]);
  const model = await loadSupervised(file);
  await requireReadable(data, "Test file");
  const meter = new Meter();
  for await (const lines of readRawLines(data, true)) {
    for (const { bytes, lineEnd } of lines) {
      const { labels, featureCount } = model.readLine(bytes, lineEnd);
      if (labels.length > 0 && featureCount > 0) meter.add(labels, model.predict(k, threshold));
    }
  }
  const output = new Output();
  if (byLabel) {
    for (let label = 0; label < model.labelCount; label++)
      await output.add(meter.labelLine(label, model.labelName(label)));
    await output.add(meter.summary(k, (value) => fixed(value, 3)));
  } else {
    await output.add(meter.summary(k));
  }
  await output.flush();
}
