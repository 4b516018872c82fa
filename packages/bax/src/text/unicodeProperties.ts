import { PROPERTY_COMBINES, PROPERTY_STABLE, PROPERTY_UPPER } from "../kernels/index.ts";
import type { UnicodeLists } from "./unicodeLists.ts";

const CODE_POINTS = 0x110000;
/** Vowels and final consonants of Hangul, which join what stands before them by arithmetic. */
const JAMO: readonly (readonly [first: number, last: number])[] = [
  [0x1161, 0x1175],
  [0x11a8, 0x11c2],
];

/** Two code points that join: the first, the second, and what they give. */
export type Composition = readonly [first: number, second: number, joined: number];

/** Joins parts as NFC does, Hangul aside; they are in canonical order. */
class Composer {
  readonly compositions: Composition[] = [];
  private readonly joined = new Map<number, number>();
  private readonly orders: ReadonlyMap<number, number>;

  constructor(orders: ReadonlyMap<number, number>) {
    this.orders = orders;
  }

  add(first: number, second: number, codePoint: number): void {
    this.compositions.push([first, second, codePoint]);
    this.joined.set(first * CODE_POINTS + second, codePoint);
  }

  /** The one code point that parts give, or −1. */
  join(parts: readonly number[]): number {
    const { joined, orders } = this;
    let starter = parts[0];
    let last = 0;
    for (let i = 1; i < parts.length; i++) {
      const order = orders.get(parts[i]) ?? 0;
      const found = last === 0 || last < order ? joined.get(starter * CODE_POINTS + parts[i]) : undefined;
      // Whatever stays apart makes two of it.
      if (found === undefined) return -1;
      starter = found;
      last = 0;
    }
    return starter;
  }
}

/**
 * What follows from the lists: which pairs join, and of every code point its class with the properties that tell the quick way of
 * normalising apart from the slow one (kernels/layout.ts).
 */
export function deriveProperties({ runs, lowers, decompositions, combining }: UnicodeLists): {
  properties: Uint8Array<ArrayBuffer>;
  compositions: Composition[];
} {
  const properties = new Uint8Array(CODE_POINTS);
  let at = 0;
  for (const [length, kind] of runs) {
    properties.fill(kind | PROPERTY_STABLE, at, at + length);
    at += length;
  }
  const lowerOf = new Map(lowers.map(([codePoint, lower]) => [codePoint, lower]));
  const composer = new Composer(new Map(combining.map(([codePoint, order]) => [codePoint, order])));
  // Short ones first: a longer one is made of them.
  const composites = decompositions.filter(({ joins }) => joins === 1);
  composites.sort((a, b) => a.parts.length - b.parts.length || a.codePoint - b.codePoint);
  for (const { codePoint, parts } of composites)
    composer.add(composer.join(parts.slice(0, -1)), parts[parts.length - 1], codePoint);
  composer.compositions.sort((a, b) => a[0] - b[0] || a[1] - b[1]);

  const combines = new Set([
    ...combining.map(([codePoint]) => codePoint),
    ...composer.compositions.map((pair) => pair[1]),
  ]);
  for (const [first, last] of JAMO) for (let jamo = first; jamo <= last; jamo++) combines.add(jamo);
  for (const codePoint of combines) properties[codePoint] |= PROPERTY_COMBINES;
  for (const { codePoint, parts } of decompositions) {
    const lowered = composer.join(parts.map((part) => lowerOf.get(part) ?? part));
    const isStable = composer.join(parts) === codePoint && lowered === (lowerOf.get(codePoint) ?? codePoint);
    if (!isStable) properties[codePoint] &= ~PROPERTY_STABLE;
    if (combines.has(parts[0])) properties[codePoint] |= PROPERTY_COMBINES;
    else properties[codePoint] &= ~PROPERTY_COMBINES;
  }
  for (const [codePoint] of lowers) properties[codePoint] |= PROPERTY_UPPER;
  return { properties, compositions: composer.compositions };
}
