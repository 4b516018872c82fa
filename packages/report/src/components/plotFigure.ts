import { element } from "./dom.ts";

/** A picture of a report. */
export interface PlotFigure {
  /** What it shows, for whoever cannot see it. */
  readonly label: string;
  /** What is to be seen in it, in words. */
  readonly summary: string;
  /** Of the picture, in pixels: kept free before it is drawn, so that nothing jumps. */
  readonly height: number;
  /** Greatest width, in pixels. */
  readonly width?: number;
  readonly draw: (frame: PlotFrame) => SVGSVGElement | HTMLElement;
}

/** What all pictures have in common, and how large this one may be: the beginning of what `plot` is told. */
export type PlotFrame = { readonly width: number; readonly height: number } & typeof FRAME;

/** Drawn where no layout says how wide it may be. */
const USUAL_WIDTH = 640;

/** A picture that is drawn anew when its place gets wider or narrower: shrinking it would make its words too small to read. */
export function plotFigure({ label, summary, height, width: most = 720, draw }: PlotFigure): HTMLElement {
  const canvas = element("div", { class: "bax-canvas", style: `min-height: ${height}px; max-width: ${most}px` });
  let drawn = 0;
  const redraw = (width: number): void => {
    if (width === drawn || width < 1) return;
    drawn = width;
    const picture = draw({ width, height, ...FRAME });
    // The picture has one name; groups without a role may have none.
    for (const part of picture.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", label);
    canvas.replaceChildren(picture);
  };
  if (typeof ResizeObserver === "undefined") redraw(USUAL_WIDTH);
  else new ResizeObserver(([entry]) => redraw(Math.floor(entry.contentRect.width))).observe(canvas);
  return element("figure", { class: "bax-figure" }, canvas, element("figcaption", {}, summary));
}

/** Room for numbers and names of the axes, and the looks. */
const FRAME = {
  marginLeft: 48,
  marginBottom: 44,
  marginTop: 28,
  style: { fontSize: "12px", fontFamily: "inherit", background: "none", overflow: "visible" },
} as const;

/** Colours that dark mode changes. */
export const COLOURS = {
  main: "var(--bax-blue)",
  other: "var(--bax-orange)",
  quiet: "var(--bax-quiet)",
} as const;
