/**
 * Pages as the library writes them: PAGES_IN=folder npm test library, with what tests/support/write_pages.cpp has written
 * there. Reports of a training, which have no script and are a page of their own; texts that are markup; sizes.
 */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessible, desktop, launch, phone, press, type Screen, settle, watch } from "./browser.ts";

const pages = process.env.PAGES_IN ?? "";

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function visit(name: string, screen: Screen = desktop): Promise<{ page: Page; errors: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.dark ? "dark" : "light",
    isMobile: screen.touch ?? false,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const errors = watch(page);
  await page.goto(`file://${join(pages, name)}.html`);
  return { page, errors, close: () => context.close() };
}

/** What the hostile texts of write_pages begin with, and what they would do. */
const hostile = "</script><script>window.hacked=1</script><img src=x";
const hacked = (page: Page) => page.evaluate(() => (window as unknown as { hacked?: number }).hacked ?? "nothing");

if (pages) {
  for (const name of ["report", "hostile_report"])
    for (const screen of [desktop, { ...desktop, dark: true }, phone]) {
      test(`${name}, ${screen.width} wide${screen.dark ? ", dark" : ""}: accessible, and the console is silent`, async () => {
        const { page, errors, close } = await visit(name, screen);
        assert.ok((await page.locator("svg").count()) > 10, "curves and histograms");
        assert.ok((await page.locator("img").count()) === 8, "the worst, as pictures");
        for (const image of await page.locator("img").all()) assert.ok(await image.evaluate((i: HTMLImageElement) => i.naturalWidth > 0), "a picture that opens");
        for (const part of await page.locator("details").all()) await part.evaluate((d: HTMLDetailsElement) => (d.open = true));
        await accessible(page, name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= screen.width, `${wide} pixels wide`);
        assert.deepEqual(errors, []);
        await close();
      });
    }

  test("a report shows markup in names as text", async () => {
    const { page, errors, close } = await visit("hostile_report");
    assert.equal(await hacked(page), "nothing");
    assert.equal(await page.locator("img:not([src^='data:'])").count(), 0);
    assert.equal(await page.locator("script").count(), 1, "the data");
    assert.ok((await page.locator("h1").innerText()).includes(hostile));
    const said = await page.locator("body").innerText();
    assert.ok(said.split(hostile).length > 6, "title, figure, layer and classes, as written");
    assert.deepEqual(errors, []);
    await close();
  });

  test("a report's numbers are on the page as they are in its data", async () => {
    const { page, close } = await visit("report");
    const data = JSON.parse((await page.locator("#report-data").textContent())!) as { confusion: { counts: number[] }; worst: { sample: number }[] };
    const cells = (await page.locator("figure.matrix svg text").allTextContents()).map(Number).filter((n) => n > 0);
    const total = data.confusion.counts.reduce((a, b) => a + b, 0);
    assert.equal(total, 30);
    for (const n of data.confusion.counts.filter((n) => n > 0)) assert.ok(cells.includes(n), `${n} in the matrix`);
    const alts = await page.locator("img").evaluateAll((all) => all.map((i) => i.getAttribute("alt")!));
    data.worst.forEach((w, i) => assert.ok(alts[i]!.startsWith(`sample ${w.sample}`), alts[i]));
    await close();
  });

  test("a tape shows markup in labels, layers, files and ops as text", async () => {
    const { page, errors, close } = await visit("hostile_tape");
    await settle(page);
    await press(page, "End", "Shift+E", "j");
    assert.equal(await hacked(page), "nothing");
    assert.equal(await page.locator("img, iframe, object").count(), 0);
    assert.equal(await page.locator("script").count(), 3);
    assert.ok((await page.locator("h1").innerText()).includes(hostile));
    assert.ok((await page.locator(".panel").innerText()).split(hostile).length > 3, "label, layer and source line, as written");
    assert.deepEqual(errors, []);
    await close();
  });

  // What the library promises: what is slow to open is not opened in a class.
  for (const [name, megabytes] of [["mnist", 1.5], ["large_scalars", 15], ["large_arrays", 15]] as const)
    test(`${name} has at most ${megabytes} MB and plays to its end`, async () => {
      const size = statSync(join(pages, `${name}.html`)).size;
      console.log(`${name}: ${(size / 1e6).toFixed(2)} MB`);
      const { page, errors, close } = await visit(name);
      await settle(page);
      await press(page, "End");
      assert.match(await page.locator(".place").innerText(), /^(\S+) \/ \1$/);
      assert.deepEqual(errors, []);
      await close();
      assert.ok(size <= megabytes * 1e6, `${size} bytes`);
    });
}
