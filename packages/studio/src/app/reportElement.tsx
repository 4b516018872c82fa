import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A section of a report, in the page: `make` is called anew when `of` is another value. */
export function ReportElement({ of, make }: { of: unknown; make: () => HTMLElement }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  // `make` is a new function at each turn; what it shows is `of`.
  useEffect(() => {
    place.current?.replaceChildren(make());
  }, [of]);
  return <div ref={place} />;
}
