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

function typescript() {
  try {
    return require("typescript");
  } catch {
    return null;
  }
}

// From version 7 on, the compiler is a program that has no parser to call. It checks no types here,
// and of what it says only what the grammar refuses (its numbers from 1000 to 1999) is told.
function byCompiler(paths) {
  const options = ["--noEmit", "--noCheck", "--noResolve", "--allowJs", "--pretty", "false"];
  const more = ["--target", "esnext", "--module", "preserve", "--jsx", "preserve", "--types", ""];
  const done = spawnSync("tsc", [...options, ...more, ...paths], { encoding: "utf8" });
  if (done.error) throw done.error;
  if (done.status !== 0 && !/error TS\d/.test(done.stdout)) throw new Error(`tsc: ${done.stderr}`);
  for (const line of done.stdout.split("\n")) {
    const found = /^(.+)\((\d+),\d+\): error TS1\d{3}: (.*)$/.exec(line);
    if (found) faults.push({ path: found[1], line: Number(found[2]), message: found[3] });
  }
}

function byTypeScript(ts, path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  for (const fault of source.parseDiagnostics) {
    const { line } = source.getLineAndCharacterOfPosition(fault.start);
    faults.push({ path, line: line + 1, message: ts.flattenDiagnosticMessageText(fault.messageText, " ") });
  }
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

const ts = typescript();
const paths = JSON.parse(fs.readFileSync(0, "utf8"));
const hasParser = ts !== null && ts.createSourceFile !== undefined && ts.ScriptTarget !== undefined;
if (ts !== null && !hasParser) byCompiler(paths);
for (const path of ts !== null && !hasParser ? [] : paths) {
  const text = fs.readFileSync(path, "utf8");
  if (hasParser) byTypeScript(ts, path, text);
  else if (PLAIN.test(path)) byNode(path, text);
  else unread.push(path);
}
process.stdout.write(JSON.stringify({ faults: faults.slice(0, MOST), unread }));
