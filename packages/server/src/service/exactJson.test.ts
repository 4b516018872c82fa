import fc from "fast-check";
import { expect, it } from "vitest";
import { exactJson } from "./exactJson.ts";

it("reads back to the very same values, minus zero too", () => {
  const plain = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(plain, fc.constant(-0), fc.double({ noNaN: true, noDefaultInfinity: true }))),
      (value) => {
        expect(JSON.parse(exactJson(value))).toEqual(value);
      },
    ),
  );
  expect(exactJson({ a: -0, b: undefined, c: [0, -0.5] })).toBe('{"a":-0,"c":[0,-0.5]}');
});
