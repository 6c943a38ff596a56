import { expect, it, vi } from "vitest";
import { run } from "../src/action.ts";
import { prepareStep } from "./step.ts";

it("gives the greeting to later steps and to the run's page", () => {
  const step = prepareStep({ name: " Ada ", word: "Welcome" });
  run();
  expect(step.outputs()).toEqual({ greeting: "Welcome, Ada!" });
  expect(step.summary()).toBe("Welcome, Ada!\n");
  expect(process.exitCode).toBeUndefined();
});

it("fails the step where there is no name, and says so", () => {
  const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const step = prepareStep({ name: "", word: "Hello" });
  run();
  expect(said).toHaveBeenCalledWith("::error::the input `name` is empty\n");
  expect(process.exitCode).toBe(1);
  expect(step.outputs()).toEqual({});
});
