// Makes dist/page.html: one file with everything in it, the same bytes from the same sources.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const output = process.argv[2] ?? `${here}dist/page.html`;

/** The line that the library replaces by the recording. */
const placeholder = "__XGRAD_RECORDING__";

const bundle = async (entry) => {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
  });
  return result.outputFiles[0].text.trim();
};

const style = await bundle("src/page.css");
const layout = await bundle("src/layout/worker.ts");
const script = await bundle("src/main.ts");
const licences = readFileSync(`${here}LICENSES.md`, "utf8").trim();

for (const text of [layout, script])
  if (/<\/script|<!--/i.test(text)) throw new Error("a script would end its own element");
if (/<\/style/i.test(style)) throw new Error("the style would end its own element");
if (licences.includes("--")) throw new Error("LICENSES.md would end the comment that it stands in");

// Only these very texts may run: what a recording holds never can.
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} ${hash(layout)}`,
  `style-src ${hash(style)}`,
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const parts = { policy, style, layout, script, licences, placeholder };
const page = readFileSync(`${here}src/page.html`, "utf8").replace(/@(\w+)@/g, (whole, name) => parts[name] ?? whole);
if (page.split(placeholder).length !== 2) throw new Error("the placeholder must stand in the page exactly once");

mkdirSync(new URL("dist", import.meta.url), { recursive: true });
writeFileSync(output, page);
console.log(`${output}: ${(Buffer.byteLength(page) / 1000).toFixed(1)} kB`);
