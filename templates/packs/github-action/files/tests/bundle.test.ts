import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { prepareStep } from "./step.ts";

const start = promisify(execFile);

it("runs as the runner starts it, with nothing installed", async () => {
  const step = prepareStep({ name: "Ada", word: "Hello" });
  await start(process.execPath, ["dist/index.js"], { env: step.env });
  expect(step.outputs()).toEqual({ greeting: "Hello, Ada!" });
});

it("ends with a failure where the action fails", async () => {
  const { env } = prepareStep({ word: "Hello" });
  await expect(start(process.execPath, ["dist/index.js"], { env })).rejects.toMatchObject({
    code: 1,
    stdout: "::error::the input `name` is empty\n",
  });
});
