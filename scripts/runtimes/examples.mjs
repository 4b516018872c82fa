// Examples that can be learned, the same everywhere: 600 short texts of three labels, in several scripts.
const WORDS = {
  card: ["card", "lost", "arrived", "stolen", "Karte", "κάρτα", "карта", "カード", "½", "chip"],
  thanks: ["thanks", "kind", "help", "thank you", "danke", "ευχαριστώ", "спасибо", "ありがとう", "👍", "lovely"],
  transfer: ["money", "transfer", "late", "send", "Überweisung", "χρήματα", "деньги", "送金", "€", "account"],
};

/** The examples, as { text, label }. */
export function examples() {
  const labels = Object.keys(WORDS);
  return Array.from({ length: 600 }, (_, i) => {
    const label = labels[i % labels.length];
    const words = Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[label][(i * 7 + j * 3 + ((i * j) % 5)) % 10]);
    return { text: `${words.join(" ")} ${i % 11}`, label };
  });
}

/** Texts to ask about. */
export const TEXTS = [
  "my card never arrived",
  "danke, sehr lieb",
  "送金 деньги €",
  "",
  "nothing known here",
  "👩‍👩‍👧 a lone \ud83d",
];
