/** The colours of labels, in their order; a label is told by its mark and its name as well. */
export const LABEL_COLOURS: readonly string[] = [
  "var(--bax-blue)",
  "var(--bax-orange)",
  "var(--bax-focus)",
  "var(--bax-quiet)",
];

/** The outline of a label's mark around (x, y) as an SVG path: circle, square, triangle, diamond. `radius` in units of the drawing. */
export function markPath(label: number, x: number, y: number, radius: number): string {
  const r = radius;
  switch (label % 4) {
    case 0:
      return `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
    case 1:
      return `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
    case 2:
      return `M${x},${y - 1.2 * r}l${1.2 * r},${2.1 * r}h${-2.4 * r}Z`;
    default:
      return `M${x},${y - 1.3 * r}l${1.3 * r},${1.3 * r}l${-1.3 * r},${1.3 * r}l${-1.3 * r},${-1.3 * r}Z`;
  }
}
