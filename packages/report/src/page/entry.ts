// What runs in a report's file: reads the data that lie beside it, and shows them.
import { reportPage } from "../components/page.ts";
import type { ReportData } from "../reportData.ts";

const data = JSON.parse(document.getElementById("bax-data")?.textContent ?? "null") as ReportData;
document.getElementById("bax-place")?.replaceWith(reportPage(data));

// On paper nothing can be opened any more.
const opened = new Set<HTMLDetailsElement>();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) {
    if (details.open) continue;
    opened.add(details);
    details.open = true;
    // What is made when it is first shown has to be there now.
    details.dispatchEvent(new Event("toggle"));
  }
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
  opened.clear();
});
