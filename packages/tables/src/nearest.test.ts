import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

describe("nearest", () => {
  it("finds a word with one letter swapped, missing, added or exchanged", () => {
    for (const typo of ["psam", "spm", "spamm", "spom", "SPAM"]) expect(nearest(typo, ["ham", "spam"])).toBe("spam");
  });

  it("finds nothing where all candidates are far", () => {
    expect(nearest("category", ["text", "label"])).toBeNull();
    expect(nearest("x", ["y", "z"])).toBe("y"); // one letter is one edit
    expect(nearest("a", [])).toBeNull();
  });

  it("gives the earlier of two equally near", () => {
    expect(nearest("bat", ["cat", "hat"])).toBe("cat");
    expect(didYouMean("lable", ["text", "label"])).toBe(' Did you mean "label"?');
    expect(didYouMean("lable", ["text"])).toBe("");
  });
});
