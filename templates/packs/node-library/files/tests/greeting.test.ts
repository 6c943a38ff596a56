import { describe, expect, expectTypeOf, it } from "vitest";
import { greet } from "../src/index.js";

describe("greet", () => {
  it.each(["Ada", " Ada ", "\tAda\n"])("greets %j without the spaces around it", (name) => {
    expect(greet(name)).toBe("Hello, Ada!");
  });

  it("says another word if it is given one", () => {
    expect(greet("Ada", { word: "Welcome" })).toBe("Welcome, Ada!");
  });

  it.each(["", " ", "\n"])("refuses %j, a name of nothing", (name) => {
    expect(() => greet(name)).toThrow(new RangeError("a name needs at least one character"));
  });

  it("promises a string", () => {
    expectTypeOf(greet).returns.toEqualTypeOf<string>();
  });
});
