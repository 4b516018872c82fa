import { type Child, element } from "./dom.ts";

/** A part of a report: a heading, one line that says what is seen to somebody who has never trained a model, and the rest. */
export function section(id: string, title: string, explanation: string, ...children: readonly Child[]): HTMLElement {
  return element(
    "section",
    { class: "bax-section", id, "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title),
    element("p", { class: "bax-explanation" }, explanation),
    ...children,
  );
}

/** A text of the data, in its own direction of writing; says where it was cut. */
export function quoted({ text, cut }: { readonly text: string; readonly cut: boolean }): HTMLElement {
  return element(
    "p",
    { class: "bax-text", dir: "auto" },
    text.trim() === "" ? element("em", {}, "(empty text)") : text,
    cut ? element("span", { class: "bax-cut" }, " … (cut)") : null,
  );
}

/** Remarks as a list; nothing for none. */
export function remarks(notes: readonly string[]): HTMLElement | null {
  if (notes.length === 0) return null;
  return element("ul", { class: "bax-remarks" }, ...notes.map((note) => element("li", {}, note)));
}

/** Figures with their names, as cards. */
export function figures(entries: readonly (readonly [name: string, value: Child, meaning?: string])[]): HTMLElement {
  return element(
    "dl",
    { class: "bax-figures" },
    ...entries.map(([name, value, meaning]) =>
      element(
        "div",
        {},
        element("dt", {}, name),
        element("dd", { class: "bax-value" }, value),
        meaning === undefined ? null : element("dd", { class: "bax-meaning" }, meaning),
      ),
    ),
  );
}

/** A choice among labels, the first "all" if it has a name. */
export function labelChooser(
  name: string,
  choices: readonly { readonly value: number; readonly text: string }[],
  onChoice: (value: number) => void,
): HTMLElement {
  const select = element(
    "select",
    { onchange: () => onChoice(Number(select.value)) },
    ...choices.map(({ value, text }) => element("option", { value }, text)),
  );
  return element("label", { class: "bax-control" }, element("span", {}, name), select);
}
