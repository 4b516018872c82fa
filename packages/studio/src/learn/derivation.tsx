import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { Formula } from "./formula.tsx";
import type { Lesson } from "./lesson.ts";
import { ScrollBox } from "./scrollBox.tsx";
import { SECTIONS, type Section, sectionId } from "./sections.ts";
import type { LearnStore } from "./store.ts";
import { Workings } from "./workings.tsx";

/** The derivation, section by section, each beside its matrices. The part that is computed last is marked. */
export function Derivation({ store }: { readonly store: LearnStore }): JSX.Element {
  return (
    <>
      {SECTIONS.map((section, n) => (
        <PartSection key={section.part} store={store} section={section} number={n + 1} />
      ))}
    </>
  );
}

function PartSection(props: {
  readonly store: LearnStore;
  readonly section: Section;
  readonly number: number;
}): JSX.Element {
  const { store, section, number } = props;
  const { part, title, statements, remark, rows } = section;
  const now = useComputed(() => store.lesson.value.part === part).value;
  return (
    <section
      class={`learn-section${now ? " is-now" : ""}`}
      id={sectionId(part)}
      aria-labelledby={`${sectionId(part)}-title`}
    >
      <div class="learn-prose">
        <h3 id={`${sectionId(part)}-title`}>
          {number}. {title} {now && <span class="learn-now">computed now</span>}
        </h3>
        {statements.map(({ words, tex }) => (
          <div key={tex}>
            <p>{words}</p>
            <FormulaBox tex={tex} />
          </div>
        ))}
        {remark && <p class="bax-quiet">{remark}</p>}
      </div>
      <Workings store={store} section={part} rows={rows} />
    </section>
  );
}

/** A formula that stands alone. */
export function FormulaBox({ tex }: { readonly tex: string }): JSX.Element {
  return (
    <ScrollBox class="learn-formula">
      <Formula tall tex={tex} />
    </ScrollBox>
  );
}

/** What each letter stands for, and how large it is now. */
export function Letters({ lesson }: { readonly lesson: Lesson }): JSX.Element {
  const { problem, settings } = lesson;
  const [P, D, C] = [problem.words.length, settings.dimension, problem.labels.length];
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["x", `${P}`, "weights of the words in one text", "features"],
    ["A", `${D} × ${P}`, "what is learned of words, a column a word", "embeddings"],
    ["B", `${C} × ${D}`, "what is learned of labels, a row a label", "output"],
    ["h = A x", `${D}`, "what the model knows of one text", "hidden"],
    ["s = B h", `${C}`, "scores of the labels", "logits"],
    ["ŷ = softmax(s)", `${C}`, "how likely each label is", "probabilities"],
    ["y", `${C}`, "the truth: 1 at the label", "target"],
  ];
  return (
    <ScrollBox class="bax-scroll learn-letters">
      <table>
        <caption>
          Letters and names: {problem.sentences.length} examples (N), {P} words (P), {D} hidden numbers (D), {C} labels
          (C)
        </caption>
        <thead>
          <tr>
            <th scope="col">Letter</th>
            <th scope="col">Shape</th>
            <th scope="col" class="bax-left">
              What it is, and its name in the library
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([letter, shape, meaning, name]) => (
            <tr key={letter}>
              <th scope="row">
                <i>{letter}</i>
              </th>
              <td>{shape}</td>
              <td class="bax-left">
                {meaning}, <code>{name}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
