import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../src/index.ts";
import type { ReportData } from "../src/reportData.ts";
import { HOSTILE, measuredSample } from "./samples.ts";

let data: ReportData;
let html: string;
beforeAll(async () => {
  ({ data } = await measuredSample());
  html = renderReport(data);
});

describe("the file of a report", () => {
  it("holds its data unchanged, whatever stands in texts and labels", () => {
    const [, json] = /<script type="application\/json" id="bax-data">(.*?)<\/script>/s.exec(html) ?? [];
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(JSON.stringify(data)).toContain("onerror");
  });

  it("lets nothing in a text, a label or the title become markup", () => {
    // Told as yes or no: a failure would print the whole file.
    expect(html.includes("<img")).toBe(false);
    expect(html.includes(HOSTILE)).toBe(false);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    const afterTitle = html.slice(html.indexOf("</title>"));
    expect(/[\u2028\u2029]/.test(afterTitle)).toBe(false);
  });

  it("runs the program that its policy names, and nothing else", () => {
    const [, script] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
    const hash = createHash("sha256").update(script).digest("base64");
    expect(html.includes(`script-src 'sha256-${hash}'`)).toBe(true);
    expect(html.includes("default-src 'none'")).toBe(true);
  });

  it("names no address that anything could be loaded from", () => {
    const head = html.slice(0, html.indexOf("<script>"));
    expect(/(?:src|href)="(?!data:)/.test(head)).toBe(false);
    expect(/@import|url\((?!data:|#|\$)/.test(html)).toBe(false);
  });

  it("is the same for the same data", () => {
    expect(renderReport(data) === html).toBe(true);
  });
});
