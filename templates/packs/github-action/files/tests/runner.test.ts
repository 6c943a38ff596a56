import { expect, it, vi } from "vitest";
import { fail, input, setOutput } from "../src/runner.ts";
import { prepareStep } from "./step.ts";

it("reads an input by its name, whatever its case and spaces", () => {
  prepareStep({ "my Input": " a b " });
  expect(input("my Input")).toBe("a b");
  expect(input("other")).toBe("");
});

it("keeps an output whole, even one that looks like the end of one", () => {
  const step = prepareStep({});
  setOutput("first", "two\nlines");
  setOutput("second", "EOF\nthird<<EOF\nsmuggled\nEOF");
  expect(step.outputs()).toEqual({
    first: "two\nlines",
    second: "EOF\nthird<<EOF\nsmuggled\nEOF",
  });
});

it.each([
  [new Error("50% of\r\ntwo lines"), "50%25 of%0D%0Atwo lines"],
  ["no error at all", "no error at all"],
])("says %j in one line", (error, message) => {
  const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  prepareStep({});
  fail(error);
  expect(said).toHaveBeenCalledWith(`::error::${message}\n`);
});

it("refuses to run where there is no runner", () => {
  vi.stubEnv("GITHUB_OUTPUT", "");
  expect(() => setOutput("name", "value")).toThrow("GITHUB_OUTPUT is not set");
});
