/** What is right for a text: indices of labels, −1 for one that the model lacks, and how much of the target each has (all the same unless given). */
export interface GoldLabels {
  labels: readonly number[];
  shares?: readonly number[] | undefined;
}

/** Mean over the known labels of a text by their shares; NaN for none. */
export function meanOf({ labels, shares }: GoldLabels, value: (label: number) => number): number {
  let [sum, total] = [0, 0];
  for (const [i, label] of labels.entries()) {
    if (label < 0) continue;
    const share = shares?.[i] ?? 1;
    sum += share * value(label);
    total += share;
  }
  return sum / total;
}
