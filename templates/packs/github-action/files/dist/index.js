import { createRequire } from "node:module";
const require = createRequire(import.meta.url);

// src/greeting.ts
function greet(name, word) {
  if (name === "") {
    throw new RangeError("the input `name` is empty");
  }
  return `${word}, ${name}!`;
}

// src/runner.ts
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
function input(name) {
  return process.env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`]?.trim() ?? "";
}
function setOutput(name, value) {
  const end = randomUUID();
  append("GITHUB_OUTPUT", `${name}<<${end}
${value}
${end}
`);
}
function summarize(markdown) {
  append("GITHUB_STEP_SUMMARY", `${markdown}
`);
}
function fail(error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stdout.write(`::error::${escaped(message)}
`);
  process.exitCode = 1;
}
function append(variable, text) {
  const path = process.env[variable];
  if (!path) {
    throw new Error(`${variable} is not set: this runs as a step of a workflow`);
  }
  appendFileSync(path, text, "utf8");
}
function escaped(message) {
  return message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

// src/action.ts
function run() {
  try {
    const greeting = greet(input("name"), input("word"));
    setOutput("greeting", greeting);
    summarize(greeting);
  } catch (error) {
    fail(error);
  }
}

// src/main.ts
run();
