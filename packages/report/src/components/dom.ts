/** What a new element may be given. `class` and `aria-…` are attributes; `on…` are listeners. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/** What an element may hold: strings become text, never markup. */
export type Child = Node | string | null | undefined;

/** Makes an element. An attribute that is undefined or false is left out; true is an empty one. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (key === "style") made.style.cssText = String(value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  append(made, children);
  return made;
}

/** Appends what there is. */
export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

/** Puts something else in the place of all that an element holds. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** A name that somebody chose, such as a label: in its own direction of writing. */
export function named(name: string, className: string = "bax-name"): HTMLElement {
  // A long name may be broken after its own joints, rather than anywhere.
  const parts = name === "" ? ["(empty)"] : name.split(/(?<=[_\-./:])/);
  return element(
    "bdi",
    { class: className },
    ...parts.flatMap((part, i): Child[] => (i === 0 ? [part] : [element("wbr"), part])),
  );
}

let lastId = 0;

/** An id that no other element of the page has. */
export function freshId(prefix: string): string {
  lastId++;
  return `bax-${prefix}-${lastId}`;
}
