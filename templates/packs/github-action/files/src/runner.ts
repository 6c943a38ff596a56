/**
 * What the runner and an action say to each other: inputs come as variables, outputs go into
 * files, and problems are lines that the runner reads. Actions that need more than this, such as
 * a client for the API, take the packages of `@actions/`.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

/** An input without the spaces around it; empty if neither a workflow nor `action.yml` gives it. */
export function input(name: string): string {
  return process.env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`]?.trim() ?? "";
}

/** Give later steps an output. */
export function setOutput(name: string, value: string): void {
  // A value could end itself and begin another output, did it know what ends it.
  const end = randomUUID();
  append("GITHUB_OUTPUT", `${name}<<${end}\n${value}\n${end}\n`);
}

/** Add Markdown to what the run's page shows. */
export function summarize(markdown: string): void {
  append("GITHUB_STEP_SUMMARY", `${markdown}\n`);
}

/** Fail the step, and show why on the run's page. */
export function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stdout.write(`::error::${escaped(message)}\n`);
  process.exitCode = 1;
}

function append(variable: string, text: string): void {
  const path = process.env[variable];
  if (!path) {
    throw new Error(`${variable} is not set: this runs as a step of a workflow`);
  }
  appendFileSync(path, text, "utf8");
}

/** A command is one line, in which these characters stand for others. */
function escaped(message: string): string {
  return message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
