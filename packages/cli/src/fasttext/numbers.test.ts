import { describe, expect, it } from "vitest";
import { fixed, general, vectorText } from "./numbers.ts";

describe("general", () => {
  it.each([
    [0, 6, "0"],
    [-0, 6, "-0"],
    [1, 6, "1"],
    [0.5, 3, "0.5"],
    [0.96, 3, "0.96"],
    [1 / 3, 3, "0.333"],
    [0.0001, 6, "0.0001"],
    [0.00001, 6, "1e-05"],
    [123456, 6, "123456"],
    [1234567, 6, "1.23457e+06"],
    [0.99999999, 6, "1"],
    [9.9999999e-5, 6, "0.0001"],
    [-0.016450001, 5, "-0.01645"],
    [1e100, 6, "1e+100"],
    [Number.NaN, 6, "nan"],
    [Number.NEGATIVE_INFINITY, 6, "-inf"],
  ])("prints %d with %d digits as C does", (value, digits, text) => {
    expect(general(value, digits)).toBe(text);
  });

  it("rounds a tie to the even digit", () => {
    expect(general(0.0009765625, 6)).toBe("0.000976562");
    expect(general(0.0029296875, 6)).toBe("0.00292969");
    expect(general(2.5, 1)).toBe("2");
    expect(general(3.5, 1)).toBe("4");
  });
});

describe("fixed", () => {
  it("rounds a tie to the even digit", () => {
    expect(fixed(0.0625, 3)).toBe("0.062");
    expect(fixed(0.1875, 3)).toBe("0.188");
    expect(fixed(1 / 128, 6)).toBe("0.007812");
    expect(fixed(2.5, 0)).toBe("2");
  });

  it("prints what is no tie as usual", () => {
    expect(fixed(0.123456789)).toBe("0.123457");
    expect(fixed(-1.5, 1)).toBe("-1.5");
    expect(fixed(Number.NaN, 3)).toBe("nan");
  });
});

it("a vector has five digits and a space behind each number", () => {
  expect(vectorText(Float32Array.of(0.1, -2, 1e-7))).toBe("0.1 -2 1e-07 ");
});
