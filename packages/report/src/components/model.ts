import type { ModelFacts, ReportData } from "../reportData.ts";
import { element } from "./dom.ts";
import { duration, fileSize, number } from "./format.ts";
import { remarks, section } from "./section.ts";
import { sortableTable } from "./sortableTable.ts";

/** What the model is, with which options it learned, and the command that makes this again. */
export function modelSection(model: ModelFacts | null, reproduce: ReportData["reproduce"]): HTMLElement {
  return section(
    "model",
    model === null ? "How to make this again" : "The model, and how to make it again",
    model === null
      ? "The command that wrote this file."
      : "The same data, options and version give the same model, to the last bit, on any machine.",
    reproduce === null
      ? null
      : element(
          "pre",
          { class: "bax-command", tabindex: 0, role: "region", "aria-label": "Command" },
          element("code", {}, reproduce.command),
        ),
    reproduce === null ? null : remarks(reproduce.notes),
    model === null ? null : factsOf(model),
    model === null || model.options.length === 0
      ? null
      : sortableTable<ModelFacts["options"][number]>({
          caption: "Options: what was chosen, and what suits the data",
          columns: [
            { head: "Option", cell: ({ name }) => name, key: ({ name }) => name, isName: true },
            { head: "Value", isText: true, cell: ({ value }) => value, key: ({ value }) => value },
            {
              head: "By",
              isText: true,
              cell: ({ chosen }) => (chosen ? element("strong", {}, "choice") : "default"),
              key: ({ chosen }) => (chosen ? "a" : "b"),
            },
          ],
          rows: model.options,
        }),
  );
}

function factsOf(model: ModelFacts): HTMLElement {
  const { file, bytes, features, dimension, labels, examples, fingerprint, version, calibration, seconds } = model;
  const entries: [string, string | null][] = [
    ["File", file === null ? null : `${file}${bytes === null ? "" : `, ${fileSize(bytes)}`}`],
    ["Shape", `${number(features)} features × ${number(dimension)} × ${number(labels)} labels`],
    ["Learned from", examples === null ? null : `${number(examples)} examples`],
    ["Fingerprint of the data", fingerprint],
    ["Trained by", version === null ? null : `bax ${version}`],
    ["Calibration", calibrationOf(calibration)],
    [
      "Time",
      seconds === null
        ? null
        : `${duration(seconds.total)}, of it ${duration(seconds.read)} reading and ${duration(seconds.train)} learning`,
    ],
  ];
  return element(
    "dl",
    { class: "bax-facts" },
    ...entries.flatMap(([name, value]) => (value === null ? [] : [element("dt", {}, name), element("dd", {}, value)])),
  );
}

function calibrationOf(calibration: ModelFacts["calibration"]): string {
  if (calibration === null) return "none";
  if (calibration.eachLabel) return "each label by a line of its own (Platt)";
  const { temperature } = calibration;
  return `temperature ${temperature.toFixed(3)}: by itself the model is too ${temperature < 1 ? "shy" : "sure"}`;
}
