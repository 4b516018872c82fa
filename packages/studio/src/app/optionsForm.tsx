import type { OptionRow, OptionValue, TrainingChoices } from "bax";
import type { JSX, TargetedEvent } from "preact";
import { choices, options } from "./state.ts";

/** Options that mean nothing in a page: files, or what only the command has. */
const LEFT_OUT: readonly string[] = ["freeze", "memory", "classWeights"];
/** What is changed most often; the rest is behind a fold. */
const USUAL: readonly string[] = ["epochs", "lr", "dim", "wordNgrams", "charNgrams", "loss"];

/** The options of training, from the one table of them. An empty field is what suits the data. */
export function OptionsForm(): JSX.Element {
  const rows = options.value.filter(({ key }) => !LEFT_OUT.includes(key));
  const count = Object.keys(choices.value).length;
  return (
    <details class="bax-details">
      <summary>Options{count > 0 ? ` (${count} chosen)` : ""}</summary>
      <p class="bax-explanation">
        Leave a field empty, and bax chooses what suits your data. Every option has the same name on the command line.
      </p>
      <div class="studio-options">
        {rows
          .filter(({ key }) => USUAL.includes(key))
          .map((row) => (
            <Field key={row.key} row={row} />
          ))}
      </div>
      <details class="bax-details">
        <summary>All others</summary>
        <div class="studio-options">
          {rows
            .filter(({ key }) => !USUAL.includes(key))
            .map((row) => (
              <Field key={row.key} row={row} />
            ))}
        </div>
      </details>
      {count > 0 ? (
        <button
          type="button"
          class="studio-quiet-button"
          onClick={() => {
            choices.value = {};
          }}
        >
          Back to what suits the data
        </button>
      ) : null}
    </details>
  );
}

function Field({ row }: { row: OptionRow }): JSX.Element {
  const { key, flag, meaning } = row;
  const id = `option-${key}`;
  return (
    <div class="studio-option">
      <label for={id}>{flag.replace(/^--/, "").replaceAll("-", " ")}</label>
      <Input row={row} id={id} />
      <small id={`${id}-meaning`} class="bax-quiet">
        {meaning}
      </small>
    </div>
  );
}

function Input({ row, id }: { row: OptionRow; id: string }): JSX.Element {
  const { key, type, min, max, default: usual, choices: offered } = row;
  const value = choices.value[key];
  const described = `${id}-meaning`;
  if (type === "choice" || type === "boolean") {
    const names = type === "boolean" ? ["true", "false"] : (offered ?? []);
    return (
      <select
        id={id}
        aria-describedby={described}
        value={value === undefined ? "" : String(value)}
        onChange={(event) => choose(row, event.currentTarget.value)}
      >
        <option value="">{usual === "auto" ? "what suits the data" : `usual: ${shown(usual)}`}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {type === "boolean" ? (name === "true" ? "yes" : "no") : name}
          </option>
        ))}
      </select>
    );
  }
  const common = {
    id,
    "aria-describedby": described,
    placeholder: usual === "auto" ? "what suits the data" : shown(usual),
    value: value === undefined ? "" : shown(value as OptionValue),
    onChange: (event: TargetedEvent<HTMLInputElement>) => {
      if (event.currentTarget.reportValidity()) choose(row, event.currentTarget.value);
    },
  };
  if (type === "range") return <input {...common} type="text" pattern="0|[0-9]+-[0-9]+" />;
  return <input {...common} type="number" min={min ?? 0} max={max ?? 1e9} step={type === "integer" ? 1 : "any"} />;
}

function shown(value: OptionValue): string {
  if (Array.isArray(value)) return value[0] === 0 && value[1] === 0 ? "0" : value.join("-");
  return String(value);
}

function choose({ key, type }: OptionRow, text: string): void {
  const { [key]: _, ...rest } = choices.value;
  choices.value = text.trim() === "" ? rest : ({ ...rest, [key]: read(type, text.trim()) } as TrainingChoices);
}

function read(type: OptionRow["type"], text: string): OptionValue {
  if (type === "boolean") return text === "true";
  if (type === "choice") return text;
  if (type === "range") return text === "0" ? [0, 0] : (text.split("-").map(Number) as [number, number]);
  return Number(text);
}
