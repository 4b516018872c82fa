import { JSON_TYPE, jsonAnswer } from "../http/index.ts";
import { documentOf, type OpenApiDocument } from "./document.ts";
import type { Operation } from "./operation.ts";
import { PAGE_STYLES, pageOf } from "./page.ts";

/** The policy of the page: its own styles, known by their hash, and nothing else. */
async function policyOf(styles: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(styles)));
  const hash = btoa(String.fromCharCode(...digest));
  return `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
}

/** All routes: those that are given, and those that tell of them. `hasKeys`: whether the server asks for keys. */
export function withDocument(operations: readonly Operation[], hasKeys: boolean): Operation[] {
  let document: OpenApiDocument | undefined;
  let json = "";
  let page = "";
  let policy = "";
  // Made when it is first asked for: few servers ever are.
  const made = (): OpenApiDocument => {
    document ??= documentOf(all, hasKeys);
    return document;
  };
  const all: Operation[] = [
    ...operations,
    {
      method: "get",
      path: "/openapi.json",
      id: "openapi",
      tag: "about",
      summary: "Gives this document.",
      answer: [{ type: JSON_TYPE, description: "An OpenAPI 3.1 document." }],
      handler() {
        json ||= JSON.stringify(made());
        return jsonAnswer(json);
      },
    },
    {
      method: "get",
      path: "/docs",
      id: "docs",
      tag: "about",
      summary: "Shows this document as a page.",
      answer: [{ type: "text/html" }],
      async handler() {
        page ||= pageOf(made());
        policy ||= await policyOf(PAGE_STYLES);
        return {
          status: 200,
          type: "text/html; charset=utf-8",
          body: page,
          headers: { "content-security-policy": policy, "referrer-policy": "no-referrer", "x-frame-options": "DENY" },
        };
      },
    },
  ];
  return all;
}
