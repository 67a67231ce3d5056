/**
 * Pages that the library wrote: PAGES="a.html b.html" npm test files. Steps to the end and compares every number of the
 * panel with the recording in the page.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { ArrayView, Document, Scalar } from "../src/recording.ts";
import { desktop, launch, parse, press, watch } from "./browser.ts";

const pages = (process.env.PAGES ?? "").split(/\s+/).filter(Boolean);
/** Nodes that are walked over one by one. */
const most = Number(process.env.NODES ?? 300);

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const number = (x: Scalar): number => (typeof x === "number" ? x : x === "nan" ? NaN : x === "inf" ? Infinity : -Infinity);

/** Mean, norm and so on, from the elements where they are there. */
function expected(view: ArrayView): Record<string, number> {
  if (!view.values) {
    const s = view.summary!;
    return { min: number(s.min), max: number(s.max), mean: number(s.mean), std: number(s.stddev), norm: number(s.norm) };
  }
  const x = view.values.map(number).filter(Number.isFinite);
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return {
    min: Math.min(...x),
    max: Math.max(...x),
    mean,
    std: Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length),
    norm: Math.sqrt(x.reduce((a, b) => a + b * b, 0)),
  };
}

for (const file of pages) {
  test(file, async () => {
    const html = readFileSync(file, "utf8");
    const data = JSON.parse(html.split('id="recording">\n')[1]!.split("\n</script>")[0]!) as Document;
    const context = await browser.newContext({ viewport: desktop });
    const page = await context.newPage();
    const errors = watch(page);
    await page.goto(`file://${resolve(file)}`);
    await page.waitForSelector("html[data-ready=true]", { state: "attached" });
    await press(page, "End");
    assert.match(await page.locator(".place").innerText(), /^(\S+) \/ \1$/);
    if (data.recordings.length === 1) {
      const { nodes } = data.recordings[0]!;
      const walked = nodes.flatMap((n, i) => (n.order === 0 ? [i] : [])).slice(0, most);
      let compared = 0;
      for (const i of walked) {
        await press(page, "j");
        const panel = page.locator(".node-details");
        assert.equal(await panel.getAttribute("data-node"), String(i));
        const sections = await panel.locator(".values > *").evaluateAll((all) =>
          all.map((e) => ({ tag: e.tagName, text: e.textContent!, rows: [...e.querySelectorAll("dl.stats > div, div")].map((d) => [d.querySelector("dt")?.textContent, d.querySelector("dd")?.title]) })),
        );
        for (const [what, view] of [["value", nodes[i]!.value], ["gradient", nodes[i]!.grad]] as const) {
          if (!view || view.shape.includes(0)) continue;
          if (what === "gradient" && !nodes[i]!.needs_grad) continue;
          const at = sections.findIndex((s) => s.tag === "H3" && s.text === what);
          const next = sections[at + 1]!;
          if (view.values && view.values.length === 1) {
            assert.equal(parse(next.text), number(view.values[0]!), `${what} of #${i}`);
            ++compared;
            continue;
          }
          for (const [name, y] of Object.entries(expected(view))) {
            const x = parse(next.rows.find((r) => r[0] === name)?.[1] ?? "missing");
            assert.ok(Object.is(x, y) || Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(y), 1e-30), `${name} of the ${what} of #${i}: ${x} for ${y}`);
            ++compared;
          }
        }
      }
      console.log(`${file}: ${walked.length} of ${nodes.length} nodes, ${compared} numbers compared`);
      assert.ok(compared > walked.length / 2);
    }
    assert.deepEqual(errors, []);
    await context.close();
  });
}
