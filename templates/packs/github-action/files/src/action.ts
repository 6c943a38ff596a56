import { greet } from "./greeting.ts";
import { fail, input, setOutput, summarize } from "./runner.ts";

/** The action as a whole: inputs to outputs. Their names are those in `action.yml`. */
export function run(): void {
  try {
    const greeting = greet(input("name"), input("word"));
    setOutput("greeting", greeting);
    summarize(greeting);
  } catch (error) {
    fail(error);
  }
}
