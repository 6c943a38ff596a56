import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

interface Described {
  readonly description: string;
}

interface Metadata {
  readonly inputs: Record<string, Described>;
  readonly outputs: Record<string, Described>;
  readonly runs: { readonly main: string };
}

const metadata: Metadata = parse(readFileSync("action.yml", "utf8"));
const source = readFileSync("src/action.ts", "utf8");
const manual = readFileSync("README.md", "utf8");

function named(call: string): string[] {
  return [...source.matchAll(new RegExp(`\\b${call}\\("([^"]+)"`, "g"))].map(
    ([, name]) => `${name}`,
  );
}

it("names the inputs and outputs that the action has", () => {
  expect(Object.keys(metadata.inputs).sort()).toEqual(named("input").sort());
  expect(Object.keys(metadata.outputs).sort()).toEqual(named("setOutput").sort());
});

it("has a word and a line of the manual for each of them", () => {
  for (const [name, { description }] of Object.entries({
    ...metadata.inputs,
    ...metadata.outputs,
  })) {
    expect(description).not.toBe("");
    expect(manual).toContain(`| \`${name}\` |`);
  }
});

it("starts the bundle", () => {
  expect(metadata.runs.main).toBe("dist/index.js");
});
