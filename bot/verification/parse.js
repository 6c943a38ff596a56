// Parses the files that stdin lists (a JSON list of paths) and runs nothing of them. Prints
// {"faults": [{path, line, message}], "unread": [paths that nothing here can read]}.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const vm = require("node:vm");

const PLAIN = /\.[cm]?js$/;
const MOST = 200;
const faults = [];
const unread = [];

// The package called `name`, if it is there and has the function called `parser`.
function having(name, parser) {
  try {
    const found = require(name);
    return typeof found[parser] === "function" ? found : null;
  } catch {
    return null;
  }
}

// From version 7 on, the compiler is a program that has no parser to call. It checks no types here,
// and of what it says only what the grammar refuses (its numbers from 1000 to 1999) is told. False
// where there is none.
function byCompiler(paths) {
  const options = ["--noEmit", "--noCheck", "--noResolve", "--allowJs", "--pretty", "false"];
  const more = ["--target", "esnext", "--module", "preserve", "--jsx", "preserve", "--types", ""];
  const done = spawnSync("tsc", [...options, ...more, ...paths], { encoding: "utf8" });
  if (done.error && done.error.code === "ENOENT") return false;
  if (done.error) throw done.error;
  if (done.status !== 0 && !/error TS\d/.test(done.stdout)) throw new Error(`tsc: ${done.stderr}`);
  for (const line of done.stdout.split("\n")) {
    const found = /^(.+)\((\d+),\d+\): error TS1\d{3}: (.*)$/.exec(line);
    if (found) faults.push({ path: found[1], line: Number(found[2]), message: found[3] });
  }
  return true;
}

function byTypeScript(ts, path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  for (const fault of source.parseDiagnostics) {
    const { line } = source.getLineAndCharacterOfPosition(fault.start);
    faults.push({ path, line: line + 1, message: ts.flattenDiagnosticMessageText(fault.messageText, " ") });
  }
}

function byRolldown(rolldown, path, text) {
  const lang = /\.(tsx|jsx)$/.exec(path)?.[1] ?? "ts";
  const error = fault(() => rolldown.parseAst(text, { lang }));
  if (error === null) return;
  const line = Number.isInteger(error.pos) ? text.slice(0, error.pos).split("\n").length : null;
  // Its first line only counts the errors, and what follows draws the place.
  const lines = String(error.message).split("\n");
  faults.push({ path, line, message: lines[/^Parse failed/.test(lines[0]) ? 1 : 0] ?? lines[0] });
}

function fault(parse) {
  try {
    parse();
    return null;
  } catch (error) {
    return error;
  }
}

function byNode(path, text) {
  const source = text.replace(/^#!.*/, "");
  const asModule = () => new vm.SourceTextModule(source, { identifier: "fc-source" });
  const asScript = () =>
    new vm.Script(`(function (exports, require, module) {${source}\n})`, { filename: "fc-source" });
  const isModule = path.endsWith(".mjs") || /^\s*(?:import|export)\b/m.test(source);
  const ways = path.endsWith(".cjs") ? [asScript] : isModule ? [asModule, asScript] : [asScript, asModule];
  const wrong = ways.map(fault);
  if (wrong.some((error) => error === null)) return;
  const at = /^fc-source:(\d+)/.exec(wrong[0].stack || "");
  faults.push({ path, line: at ? Number(at[1]) : null, message: wrong[0].message });
}

// A parser is asked first: of TypeScript, or of Rolldown where Vite is. Then the compiler.
const ts = having("typescript", "createSourceFile");
const rolldown = ts === null ? having("rolldown/parseAst", "parseAst") : null;
const paths = JSON.parse(fs.readFileSync(0, "utf8"));
const left = ts === null && rolldown === null && byCompiler(paths) ? [] : paths;
for (const path of left) {
  const text = fs.readFileSync(path, "utf8");
  if (ts !== null) byTypeScript(ts, path, text);
  else if (PLAIN.test(path)) byNode(path, text);
  else if (rolldown !== null) byRolldown(rolldown, path, text);
  else unread.push(path);
}
process.stdout.write(JSON.stringify({ faults: faults.slice(0, MOST), unread }));
