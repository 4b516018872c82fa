import { nestedNames } from "@bax/tables";
import { BaxError } from "bax";
import { compressionLiteral, fileLiteral, identifier, literal, queryAll } from "./duck.ts";
import { keyPath, pathLabel, pathText, type Relation, SAMPLE_ROWS } from "./relation.ts";
import type { Source } from "./sources.ts";

/** The column that stands for the keys of JSON whose values are lists of examples. */
const KEY = "key";

type JsonObject = Readonly<Record<string, unknown>>;

/** JSON lines, a JSON array of objects, objects one after another, or one object whose lists hold the examples. */
export function jsonRelation(source: Source): Promise<Relation> {
  const format = source.format === "jsonl" ? "newline_delimited" : "auto";
  // A line that is no JSON comes as NULL instead of an end, so that its row is known.
  const lenient = source.format === "jsonl" ? ", ignore_errors=true" : "";
  const read = `read_json_objects(${fileLiteral(source)}, format='${format}', compression=${compressionLiteral(source)}${lenient})`;
  return objectRelation(source, `(SELECT json FROM ${read})`);
}

/** A relation over rows of JSON: `from` is SQL in brackets with one column, `json`. */
export async function objectRelation(source: Source, from: string): Promise<Relation> {
  const sample = await queryAll(source, `SELECT json FROM ${from} LIMIT ${SAMPLE_ROWS}`);
  const values = sample.map(([json]): unknown => (json === null ? undefined : JSON.parse(json)));
  const objects = values.filter(isObject);
  if (objects.length === 0) {
    const malformed = values.every((value) => value === undefined);
    throw new BaxError(
      "data",
      `${source.name}: row 1 is no JSON${malformed ? "" : " object"}`,
      'Give objects such as {"text": …, "label": …}.',
    );
  }
  const keyed = values.length === 1 && Object.values(objects[0]).some(isListOfObjects);
  return keyed ? keyedRelation(objects[0], from) : describe(objects, `${from} AS rows`);
}

/** One object whose values are lists of examples, such as {"spam": [{"text": …}], "ham": […]}: their keys are the likely labels. */
function keyedRelation(object: JsonObject, from: string): Relation {
  const items = Object.entries(object).flatMap(([key, list]) =>
    isListOfObjects(list) ? list.slice(0, SAMPLE_ROWS).map((item) => ({ ...item, [KEY]: key })) : [],
  );
  const lists = Object.keys(object)
    .filter((key) => isListOfObjects(object[key]))
    .map((key) => {
      const label = literal(JSON.stringify({ [KEY]: key }));
      const list = `json_extract(json, ${literal(`$."${key.replaceAll('"', '\\"')}"[*]`)})`;
      return `list_transform(${list}, lambda item: json_merge_patch(item, ${label}))`;
    });
  // One list, so that the order is that of the file.
  const rows = `(SELECT unnest(flatten([${lists.join(", ")}])) AS json FROM ${from} AS whole) AS rows`;
  return { ...describe(items, rows), key: KEY };
}

function describe(objects: readonly JsonObject[], from: string): Relation {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return {
    names,
    nested: nestedNames(objects.flatMap((object) => Object.entries(object))),
    key: null,
    sample: objects.map((object) => names.map((name) => JSON.stringify(object[name]) ?? null)),
    from,
    text: (name) => (names.includes(name) ? `json_extract_string(json, ${keyPath(name)})` : pathText("json", name)),
    label: (name) => (names.includes(name) ? `json_extract(json, ${keyPath(name)})::VARCHAR` : pathLabel("json", name)),
    row: "json::VARCHAR",
    labelIsJson: true,
    broken: "json IS NULL OR json_type(json) <> 'OBJECT'",
    rejects: null,
    emptyText: false,
    copy: () => copyOf(from),
  };
}

/** Types that hold every value of every row: what JSON says of them, so that no text becomes a date. */
async function copyOf(from: string): ReturnType<Relation["copy"]> {
  const source = { name: "", format: "json" } as Source;
  const [[structure]] = await queryAll(
    source,
    `SELECT json_group_structure(json)::VARCHAR FROM ${from} WHERE json_type(json) = 'OBJECT'`,
  );
  const typed = `(SELECT json, json_transform(json, ${literal(structure ?? "{}")}) AS typed FROM ${from})`;
  const described = await queryAll(
    source,
    `SELECT column_name, column_type FROM (DESCRIBE SELECT typed.* FROM ${typed})`,
  );
  return {
    from: typed,
    columns: described.map(([name, type]) => ({
      name: name ?? "",
      type: type ?? "",
      sql: `typed.${identifier(name ?? "")}`,
    })),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOfObjects(value: unknown): value is JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}
