import type { ComponentChildren, JSX } from "preact";
import { type Tab, tab } from "./state.ts";

/** A tab that has nothing to show yet: what is missing, and the way to where it is made. */
export function NothingYet({
  title,
  way,
  wayName,
  children,
}: {
  title: string;
  way: Tab;
  wayName: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="bax-section">
      <h2>{title}</h2>
      <p>{children}</p>
      <button
        type="button"
        class="studio-button"
        onClick={() => {
          tab.value = way;
        }}
      >
        {wayName}
      </button>
    </section>
  );
}
