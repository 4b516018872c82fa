import { dataSection } from "@bax/report/components";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { GivenData } from "../session/protocol.ts";
import { EXAMPLES } from "./examples.ts";
import { ReportElement } from "./reportElement.tsx";
import { chooseColumns, data, isBlocked, isBusy, openData, openFile, reading, tab } from "./state.ts";

/** Rows of the table that are shown. */
const SHOWN_ROWS = 8;
/** Characters of a cell that are shown. */
const SHOWN_CHARACTERS = 160;

/** Labelled texts come in here: what they are, and whether something is wrong with them. */
export function DataTab(): JSX.Element {
  const view = data.value;
  return (
    <>
      {view ? null : <Opener isFirst />}
      {reading.value !== null ? (
        <p class="studio-progress">
          <label for="reading">Reading the file</label>
          <progress id="reading" max={1} value={reading.value} />
        </p>
      ) : null}
      {view ? (
        <>
          <Opened view={view} />
          <Opener isFirst={false} />
        </>
      ) : null}
    </>
  );
}

function Opener({ isFirst }: { isFirst: boolean }): JSX.Element {
  const file = useRef<HTMLInputElement>(null);
  const paste = useRef<HTMLTextAreaElement>(null);
  return (
    <section class="bax-section studio-open" aria-labelledby="open-title">
      <h2 id="open-title">{isFirst ? "Bring your labelled texts" : "Other data"}</h2>
      {isFirst ? (
        <p class="bax-explanation">
          A table with a column of texts and a column that says what each text is: an export of a spreadsheet, say. A
          few dozen rows for each kind are enough to begin with. Nothing leaves this computer.
        </p>
      ) : null}
      <div class="studio-drop">
        <button type="button" class="studio-button" disabled={isBusy.value} onClick={() => file.current?.click()}>
          Choose a file
        </button>
        <span class="bax-quiet">or drop it anywhere: CSV, TSV, JSON lines, JSON, fastText lines, also as .gz</span>
        <input
          ref={file}
          type="file"
          hidden
          aria-label="A file of labelled texts"
          onChange={() => {
            const [chosen] = file.current?.files ?? [];
            if (chosen) openFile(chosen);
            if (file.current) file.current.value = "";
          }}
        />
      </div>
      <details class="bax-details">
        <summary>Paste text instead</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const text = paste.current?.value ?? "";
            if (text.trim() !== "") openData("pasted text", new Blob([text]));
          }}
        >
          <label for="pasted">Rows, copied from a spreadsheet or a file</label>
          <textarea id="pasted" ref={paste} rows={6} spellcheck={false} placeholder={"text\tlabel\n…\t…"} />
          <button type="submit" class="studio-button" disabled={isBusy.value}>
            Use this
          </button>
        </form>
      </details>
      <p>
        Or try an example:{" "}
        {EXAMPLES.map(({ name, title, load }) => (
          <button
            key={name}
            type="button"
            class="studio-quiet-button"
            disabled={isBusy.value}
            onClick={async () => openData(name, await load())}
          >
            {title}
          </button>
        ))}
      </p>
    </section>
  );
}

function Opened({ view }: { view: GivenData }): JSX.Element {
  return (
    <>
      <section class="bax-section" aria-labelledby="columns-title">
        <h2 id="columns-title">{view.name}</h2>
        <p class="bax-explanation">
          {view.rowCount.toLocaleString("en-GB")} rows; {view.examples.toLocaleString("en-GB")} can be learned from.
        </p>
        <ColumnChoice view={view} />
        {view.notes.length > 0 ? (
          <ul class="bax-remarks">
            {view.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        ) : null}
        <Warnings view={view} />
        <p>
          <button
            type="button"
            class="studio-button"
            disabled={isBlocked.value}
            onClick={() => {
              tab.value = "train";
            }}
          >
            Next: train
          </button>
        </p>
        <Preview view={view} />
      </section>
      {view.overview ? (
        <ReportElement
          of={view}
          make={() => dataSection(view.labels, view.overview as NonNullable<typeof view.overview>)}
        />
      ) : null}
    </>
  );
}

function ColumnChoice({ view }: { view: GivenData }): JSX.Element {
  const { columns, names, format } = view;
  const select = (role: "text" | "label" | "weight", title: string, none?: string): JSX.Element => (
    <label class="bax-control">
      <span>{title}</span>
      <select
        value={columns[role] ?? ""}
        disabled={isBusy.value}
        onChange={(event) => {
          const { value } = event.currentTarget;
          chooseColumns({ ...columns, [role]: role === "weight" && value === "" ? null : value });
        }}
      >
        {none === undefined ? null : <option value="">{none}</option>}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <p class="studio-row">
      {select("text", "The texts are in the column")}
      {select("label", "The labels are in the column")}
      {format === "txt" ? null : select("weight", "How often each counts is in the column", "– all count alike –")}
    </p>
  );
}

function Warnings({ view }: { view: GivenData }): JSX.Element | null {
  if (view.warnings.length === 0) return null;
  return (
    <ul class="studio-warnings">
      {view.warnings.map(({ kind, text, rows = [], blocking }) => (
        <li key={kind} class={blocking ? "studio-blocking" : undefined}>
          {text}
          {rows.length > 0 ? (
            <span class="bax-quiet">
              {" "}
              Rows{" "}
              {rows
                .slice(0, 5)
                .map((row) => row + 1)
                .join(", ")}
              .
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Preview({ view }: { view: GivenData }): JSX.Element {
  const { columns, preview } = view;
  const { names } = preview;
  const shown = preview.rows.slice(0, SHOWN_ROWS);
  const kind = (name: string): string | undefined =>
    name === columns.text ? "studio-text-column" : name === columns.label ? "studio-label-column" : undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="studio-scroll" tabIndex={0} aria-label="The first rows">
      <table class="studio-table">
        <caption>The first rows</caption>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col" class={kind(name)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, cells }) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={names[column]} class={kind(names[column])} dir="auto">
                  {cell === null ? "" : cell.length > SHOWN_CHARACTERS ? `${cell.slice(0, SHOWN_CHARACTERS)} …` : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
