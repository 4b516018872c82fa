const LABELS = ["spam", "ham", "news", "sport"];

/** fastText lines of `words` made-up words each, of four labels that tell in part by their words: the same every time. */
export function syntheticLines(count: number, words: number, vocabulary: number): string {
  let state = 12_345;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return state / 0x80_00_00_00;
  };
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const label = LABELS[i % LABELS.length];
    const line = [`__label__${label}`];
    for (let j = 0; j < words; j++) {
      const word = Math.floor(random() * random() * vocabulary);
      line.push(`${j % 3 === 0 ? label[0] : ""}w${((word * 2_654_435_761) % 1e9).toString(36)}`);
    }
    lines.push(line.join(" "));
  }
  return `${lines.join("\n")}\n`;
}
