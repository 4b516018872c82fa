import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from "./generated/pageScript.ts";
import { STYLES } from "./generated/styles.ts";
import type { ReportData } from "./reportData.ts";

/**
 * One HTML file with everything in it: data, styles and the program that shows them. It loads nothing, and its policy lets nothing run
 * but that program: whatever stands in a text or a label stays text.
 */
export function renderReport(data: ReportData): string {
  const policy = [
    "default-src 'none'",
    `script-src '${PAGE_SCRIPT_HASH}'`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeText(data.title)}</title>
<style>html{background:#fff}@media (prefers-color-scheme:dark){html{background:#14171c}}@media print{html{background:#fff}}body{margin:0}${STYLES}</style>
</head>
<body>
<div id="bax-place"><noscript>This report needs JavaScript to show its tables and pictures; it loads nothing from anywhere.</noscript></div>
<script type="application/json" id="bax-data">${escapeJson(data)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that no parser of HTML takes for the end of its element, or for a comment. */
function escapeJson(data: ReportData): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
