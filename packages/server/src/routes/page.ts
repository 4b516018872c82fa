// The page that shows the OpenAPI document to people: HTML without a script, a font or a picture, made from the document alone.
import type { OpenApiDocument } from "./document.ts";

type Json = Readonly<Record<string, unknown>>;

/** The styles of the page; light or dark as the reader's system has it. */
export const PAGE_STYLES = `:root{color-scheme:light dark;--ink:#1a1d21;--soft:#5b6470;--line:#d8dde3;--back:#fff;--box:#f5f7f9;--mark:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaee;--soft:#a0a9b4;--line:#343a42;--back:#15181c;--box:#1e2227;--mark:#7db8f5}}
body{margin:0 auto;padding:2rem 1rem 4rem;max-width:56rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:1.6rem;line-height:1.25}h2{margin-top:2.5rem;font-size:1.2rem;border-bottom:1px solid var(--line)}
a{color:var(--mark)}code,pre{font:.875rem/1.5 ui-monospace,monospace}pre{padding:.75rem 1rem;overflow:auto;background:var(--box);border-radius:6px}code{overflow-wrap:anywhere}
details{margin:.5rem 0;border:1px solid var(--line);border-radius:6px;padding:0 1rem}summary{padding:.6rem 0;cursor:pointer}
summary b{display:inline-block;min-width:3.2rem;color:var(--mark)}summary span{color:var(--soft)}
table{width:100%;border-collapse:collapse;font-size:.9375rem}th,td{padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
:focus-visible{outline:2px solid var(--mark);outline-offset:2px}`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function nameOf(schema: Json): string | undefined {
  const reference = schema["$ref"];
  return typeof reference === "string" ? reference.slice(reference.lastIndexOf("/") + 1) : undefined;
}

/** A schema in a line of HTML: "array of Span", "string or null". */
function typeOf(value: unknown): string {
  const schema = record(value);
  const name = nameOf(schema);
  if (name !== undefined) return `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return choices.map(typeOf).join(" or ");
  const values = schema["enum"];
  if (Array.isArray(values)) return values.map((one) => `<code>${escaped(JSON.stringify(one))}</code>`).join(" or ");
  const { type } = schema;
  if (type === "array") return `array of ${typeOf(schema["items"])}`;
  if (Array.isArray(type)) return type.map((one) => escaped(String(one))).join(" or ");
  return typeof type === "string" ? escaped(type) : "anything";
}

function bounds(value: unknown): string {
  const schema = record(value);
  const least = schema["minimum"] ?? schema["minItems"];
  const most = schema["maximum"] ?? schema["maxItems"];
  const isBound = typeof most === "number" && most < Number.MAX_SAFE_INTEGER;
  return `${typeof least === "number" && least > Number.MIN_SAFE_INTEGER ? `, from ${least}` : ""}${isBound ? ` to ${most}` : ""}`;
}

function fieldRows(schema: Json): string {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(record(schema["properties"]))
    .map(([name, field]) => {
      const needed = required.includes(name) ? "" : ", optional";
      const description = record(field)["description"];
      const told = typeof description === "string" ? `<br>${escaped(description)}` : "";
      return `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${typeOf(field)}${bounds(field)}${needed}${told}</td></tr>`;
    })
    .join("");
}

function bodies(content: unknown): string {
  return Object.entries(record(content))
    .map(([type, body]) => `<code>${escaped(type)}</code>: ${typeOf(record(body)["schema"])}.`)
    .join("<br>");
}

function operationOf(method: string, path: string, operation: Json): string {
  const { content: request, description } = record(operation["requestBody"]);
  const more = typeof description === "string" && description !== "" ? `<br>${escaped(description)}` : "";
  const rows = Object.entries(record(operation["responses"])).map(([status, response]) => {
    const content = record(response)["content"];
    return `<tr><th scope="row">${escaped(status)}</th><td>${escaped(String(record(response)["description"]))}<br>${bodies(content)}</td></tr>`;
  });
  const asked = request ? `<p>Body: ${bodies(request)}${more}</p>` : "";
  return (
    `<details id="${escaped(String(operation["operationId"]))}"><summary><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code> ` +
    `<span>${escaped(String(operation["summary"]))}</span></summary>${asked}<table><tbody>${rows.join("")}</tbody></table></details>`
  );
}

/** The page of a document. */
export function pageOf(document: OpenApiDocument): string {
  const parts = new Map<string, string[]>();
  for (const [path, item] of Object.entries(record(document.paths)))
    for (const [method, operation] of Object.entries(record(item))) {
      const [tag] = record(operation)["tags"] as string[];
      parts.set(tag, [...(parts.get(tag) ?? []), operationOf(method, path, record(operation))]);
    }
  const sections = [...parts].map(([tag, operations]) => `<h2>${escaped(tag)}</h2>${operations.join("")}`);
  const schemas = Object.entries(record(document.components?.schemas)).map(
    ([name, schema]) =>
      `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3><table><tbody>${fieldRows(record(schema))}</tbody></table>`,
  );
  const { title, description = "" } = document.info;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escaped(title)}</title><style>${PAGE_STYLES}</style></head><body><main><h1>${escaped(title)}</h1><p>${escaped(description)}</p>` +
    `<pre tabindex="0">curl -H 'content-type: application/json' -d '{"text":"my card never arrived"}' http://127.0.0.1:8080/v1/models/NAME/predict</pre>` +
    `<p>The whole of it for machines: <a href="openapi.json">openapi.json</a></p>` +
    `${sections.join("")}<h2>Forms</h2>${schemas.join("")}</main></body></html>`
  );
}
