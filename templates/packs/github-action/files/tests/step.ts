import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** A step as the runner prepares it. */
export interface Step {
  /** The variables that an action finds. */
  readonly env: Record<string, string>;
  /** The outputs so far. */
  outputs(): Record<string, string>;
  /** The Markdown that the run's page shows. */
  summary(): string;
}

/** Prepare a step with these inputs, for this process too, until the test ends. */
export function prepareStep(inputs: Record<string, string>): Step {
  const folder = mkdtempSync(join(tmpdir(), "step-"));
  const files = { output: join(folder, "output"), summary: join(folder, "summary") };
  writeFileSync(files.output, "");
  writeFileSync(files.summary, "");
  const env: Record<string, string> = {
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
  };
  for (const [name, value] of Object.entries(inputs)) {
    env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] = value;
  }
  for (const [name, value] of Object.entries(env)) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => {
    process.exitCode = undefined;
  });
  return {
    env,
    outputs: () => parseOutputs(readFileSync(files.output, "utf8")),
    summary: () => readFileSync(files.summary, "utf8"),
  };
}

function parseOutputs(text: string): Record<string, string> {
  const outputs = text.matchAll(/^(?<name>[^\n]+)<<(?<end>[^\n]+)\n(?<value>.*?)\n\k<end>\n/gms);
  return Object.fromEntries(
    [...outputs].map(({ groups }) => [groups?.name ?? "", groups?.value ?? ""]),
  );
}
