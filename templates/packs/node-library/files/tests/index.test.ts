import { expect, it } from "vitest";
import * as library from "../src/index.js";

it("exports what it promises, and nothing by accident", () => {
  expect(Object.keys(library).sort()).toEqual(["greet"]);
});
