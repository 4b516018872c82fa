import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

type Json = Record<string, unknown>;

/** A document's operation, by its path and method. */
export interface DocumentedOperation {
  path: string;
  method: string;
  operation: Json;
}

/** Checks answers by an OpenAPI document: that their status and form are among those that it names. */
export class DocumentChecker {
  private readonly document: Json;
  private readonly ajv: Ajv2020;

  constructor(document: Json) {
    this.document = document;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    this.ajv.addSchema({ $id: "openapi", ...document });
  }

  /** All operations of the document. */
  operations(): DocumentedOperation[] {
    return Object.entries(this.document.paths as Record<string, Json>).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Json })),
    );
  }

  /** Fails where an answer is none of those that the operation has. */
  async check({ path, method, operation }: DocumentedOperation, response: Response): Promise<void> {
    const responses = operation.responses as Record<string, { content?: Json }>;
    const where = `${method} ${path}: ${response.status}`;
    const text = await response.text();
    expect(Object.keys(responses), `${where} ${text}`).toContain(String(response.status));
    const type = (response.headers.get("content-type") ?? "").split(";")[0];
    const content = responses[String(response.status)].content ?? {};
    expect(Object.keys(content), where).toContain(type);
    const at = ["paths", path, method, "responses", String(response.status), "content", type, "schema"];
    if (type.endsWith("json") && type !== "application/x-ndjson" && path !== "/openapi.json")
      this.checkValue(at, JSON.parse(text), where);
    if (type === "application/x-ndjson")
      for (const line of text.split("\n").slice(0, -1)) this.checkValue(at, JSON.parse(line), where);
  }

  /** Whether a value has the form at a place of the document. */
  fits(at: readonly string[], value: unknown): boolean {
    return this.validator(at)(value) === true;
  }

  private checkValue(at: readonly string[], value: unknown, where: string): void {
    const validate = this.validator(at);
    expect(validate(value) || validate.errors, where).toBe(true);
  }

  private validator(at: readonly string[]): ReturnType<Ajv2020["compile"]> {
    const pointer = at.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    const reference = `openapi#/${pointer}`;
    const found = this.ajv.getSchema(reference);
    if (!found) throw new Error(`${reference}: nothing there`);
    return found as ReturnType<Ajv2020["compile"]>;
  }
}
