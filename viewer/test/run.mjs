// Bundles the tests and runs them: node test/run.mjs [FILE…], of page, numbers, speed, shots.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const names = readdirSync(here).filter((f) => f.endsWith(".test.ts") && (!wanted.length || wanted.includes(f.replace(".test.ts", ""))));
await build({
  entryPoints: names.map((f) => here + f),
  outdir: `${here}out`,
  bundle: true,
  platform: "node",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  external: ["playwright-core", "axe-core"],
  logLevel: "warning",
});
const files = names.map((f) => `${here}out/${f.replace(/\.ts$/, ".mjs")}`);
const { status, signal } = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { stdio: "inherit" });
if (signal) console.error(`the tests were ended by ${signal}`);
process.exit(status ?? 1);
