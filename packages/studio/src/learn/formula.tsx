import katex from "katex";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** A formula in TeX. It is broken into lines where it is too long for its place. `tall`: sums and fractions at full height. */
export function Formula({ tex, tall = false }: { readonly tex: string; readonly tall?: boolean }): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (!place.current) return;
    // Written inline even where it stands alone: only then does KaTeX allow line breaks.
    katex.render(tall ? `\\displaystyle ${tex}` : tex, place.current, {
      trust: false,
      output: "htmlAndMathml",
      throwOnError: false,
      strict: "ignore",
    });
  }, [tex, tall]);
  return <span ref={place} />;
}
