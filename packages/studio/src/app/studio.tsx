import type { JSX } from "preact";

/** The page. */
export function Studio(): JSX.Element {
  return <h1>bax studio</h1>;
}
