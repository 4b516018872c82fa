// Lines of the contract: what is asked, what was seen, and whether it holds. The page and the summary are made of nothing else.

/** How far accuracies of two learners may lie apart and still be the same: a standard error of the difference on so many texts. */
export function sameAccuracy(ours, theirs, texts) {
  if (!(ours >= 0) || !(theirs >= 0)) return null;
  const share = (ours + theirs) / 2;
  return ours >= theirs - Math.sqrt((2 * share * (1 - share)) / texts);
}

/**
 * A claim. `bound`: "≥" or "≤". `seen` is null or NaN where it was not measured. `also`: what must be true besides, as an accuracy that is
 * no lower; `note`: what a reader should know of it.
 */
export function claim(what, bound, asked, seen, { unit = "×", also = true, note } = {}) {
  const measured = typeof seen === "number" && Number.isFinite(seen);
  const within = bound === "≥" ? seen >= asked : seen <= asked;
  return {
    claim: what,
    bound,
    asked,
    seen: measured ? seen : null,
    unit,
    holds: measured && also !== null ? within && also : null,
    ...(note && { note }),
  };
}

/** a / b, or null where one is missing. */
export function quotient(a, b) {
  return a > 0 && b > 0 ? a / b : null;
}
