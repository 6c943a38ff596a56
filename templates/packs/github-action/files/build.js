// Bundles the action into dist/, which is what runs in workflows: GitHub installs nothing.
// `node build.js --check` fails if what lies there is not what src/ makes.

import { readFile } from "node:fs/promises";
import process from "node:process";
import { build } from "esbuild";

const OUTPUT = "dist/index.js";
const isCheck = process.argv.includes("--check");

const { outputFiles } = await build({
  entryPoints: ["src/main.ts"],
  outfile: OUTPUT,
  bundle: true,
  charset: "utf8",
  format: "esm",
  platform: "node",
  target: "node24",
  // Packages that are no ES modules ask for what Node.js has by `require`.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  legalComments: "inline",
  write: !isCheck,
});

if (isCheck) {
  const wanted = outputFiles?.[0]?.text;
  const there = await readFile(OUTPUT, "utf8").catch(() => undefined);
  if (there !== wanted) {
    process.stderr.write(
      `${OUTPUT} is not what src/ makes. Run \`npm run build\`, and commit it.\n`,
    );
    process.exitCode = 1;
  } else {
    process.stdout.write(`${OUTPUT} is what src/ makes\n`);
  }
}
