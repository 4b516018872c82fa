import type { Finding, Findings } from "../reportData.ts";
import { element, fill, named } from "./dom.ts";
import { count, number } from "./format.ts";
import { quoted, remarks, section } from "./section.ts";
import { searchBox } from "./sortableTable.ts";

/** Shown at a time. */
const PAGE = 50;

const ORDERS: readonly { readonly name: string; readonly compare: (a: Finding, b: Finding) => number }[] = [
  { name: "surest first", compare: (a, b) => b.score - a.score || rowOf(a) - rowOf(b) },
  { name: "by row", compare: (a, b) => rowOf(a) - rowOf(b) },
  { name: "by label", compare: (a, b) => (a.label ?? "").localeCompare(b.label ?? "") || rowOf(a) - rowOf(b) },
];

/** Findings about labels stand before those about rows. */
function rowOf({ row }: Finding): number {
  return row ?? 0;
}

/** What an audit found: by kind, searched, in the order of choice. */
export function findingsSection(data: Findings): HTMLElement {
  const list = element("ol", { class: "bax-list" });
  const status = element("p", { class: "bax-found", role: "status" });
  const wanted = { kind: "", text: "", order: 0, most: PAGE };
  const names = new Map(data.kinds.map(({ kind, name }) => [kind, name]));
  const more = element("button", { type: "button", class: "bax-button", onclick: () => showMore() }, "Show more");
  const show = (): void => {
    const shown = data.findings
      .filter(({ kind }) => wanted.kind === "" || kind === wanted.kind)
      .filter((finding) => wanted.text === "" || searchedText(finding).includes(wanted.text))
      .sort(ORDERS[wanted.order].compare);
    fill(list, ...shown.slice(0, wanted.most).map((finding) => findingItem(finding, names.get(finding.kind) ?? "")));
    status.textContent = `${number(shown.length)} of ${count(data.findings.length, "finding")}`;
    more.hidden = shown.length <= wanted.most;
  };
  const showMore = (): void => {
    const first = wanted.most;
    wanted.most += PAGE;
    show();
    const item = list.children[first];
    if (!(item instanceof HTMLElement)) return;
    item.tabIndex = -1;
    item.focus();
  };
  const kinds = chooser(
    "Kind",
    [["", "all kinds"], ...data.kinds.map(({ kind, name }) => [kind, name] as const)],
    (kind) => {
      Object.assign(wanted, { kind, most: PAGE });
      show();
    },
  );
  const order = chooser(
    "Order",
    ORDERS.map(({ name }, i) => [String(i), name] as const),
    (value) => {
      wanted.order = Number(value);
      show();
    },
  );
  const search = searchBox("Search the findings", (text) => {
    Object.assign(wanted, { text: text.trim().toLowerCase(), most: PAGE });
    show();
  });
  show();
  return section(
    "findings",
    "What was found in the data",
    "Each finding is something to look at, not a verdict: a model or a rule found it odd. The counts say how many there are of each kind, also where fewer are listed.",
    remarks(data.notes),
    element("div", { class: "bax-controls" }, kinds, order, search),
    status,
    list,
    more,
  );
}

function chooser(
  name: string,
  choices: readonly (readonly [value: string, text: string])[],
  onChoice: (value: string) => void,
): HTMLElement {
  const select = element(
    "select",
    { onchange: () => onChoice(select.value) },
    ...choices.map(([value, text]) => element("option", { value }, text)),
  );
  return element("label", { class: "bax-control" }, element("span", {}, name), select);
}

function searchedText({ text, label, suggestion, reason, place }: Finding): string {
  return [text, label, suggestion, reason, place].join("\n").toLowerCase();
}

function placeOf({ place, row }: { readonly place: string | null; readonly row: number | null }): string {
  return place ?? (row === null ? "" : `example ${number(row)}`);
}

function findingItem(finding: Finding, kindName: string): HTMLElement {
  const { label, suggestion, reason, others } = finding;
  return element(
    "li",
    { class: "bax-card" },
    element(
      "p",
      { class: "bax-line" },
      element("strong", {}, kindName),
      element("span", { class: "bax-quiet" }, ` ${placeOf(finding)}`),
    ),
    finding.text === null ? null : quoted({ text: finding.text, cut: finding.cut }),
    label === null
      ? null
      : element("p", {}, "labelled ", named(label), ...(suggestion === null ? [] : [", perhaps ", named(suggestion)])),
    element("p", { class: "bax-quiet" }, reason),
    others.length === 0
      ? null
      : element(
          "ul",
          { class: "bax-texts" },
          ...others.map((other) =>
            element(
              "li",
              {},
              element("span", { class: "bax-quiet" }, `${placeOf(other)} `),
              other.label === null ? null : named(other.label),
              other.text === null ? null : quoted({ text: other.text, cut: false }),
            ),
          ),
        ),
  );
}
