/**
 * How long it takes until a page can be used, and how fast it plays. Printed; the limits are wide. With PAGES_IN=folder also
 * of the pages that tests/support/write_pages.cpp has written there.
 */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { Document } from "../src/recording.ts";
import { desktop, launch, press, write } from "./browser.ts";
import { doc, large, micrograd, mlp } from "./fixtures.ts";

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const measure = (name: string, data: Document, act: string[] = []) => time(name, write(`speed-${name}`, data), act);

async function time(name: string, file: string, act: string[]) {
  const context = await browser.newContext({ viewport: desktop });
  const page = await context.newPage();
  const start = Date.now();
  await page.goto(`file://${file}`);
  await page.waitForSelector("html[data-ready=true]", { state: "attached", timeout: 60000 });
  const ready = Date.now() - start;
  const paint = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        const known = performance.getEntriesByName("first-contentful-paint")[0];
        if (known) done(known.startTime);
        else new PerformanceObserver((list) => list.getEntriesByName("first-contentful-paint").forEach((e) => done(e.startTime))).observe({ type: "paint", buffered: true });
      }),
  );
  await press(page, ...act);
  for (let i = 0; i < 8; ++i) await page.keyboard.press("]");
  const before = Number(await page.locator(".track input").inputValue());
  // what counts is what is drawn: frames in which the step that is shown is another one
  await page.evaluate(() => {
    const counter = { frames: 0, last: "" };
    (window as unknown as { counter: typeof counter }).counter = counter;
    const look = () => {
      const text = document.querySelector(".place")!.textContent!;
      if (text !== counter.last) ++counter.frames;
      counter.last = text;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.keyboard.press(" ");
  await page.waitForTimeout(3000);
  const frames = (await page.evaluate(() => (window as unknown as { counter: { frames: number } }).counter.frames)) / 3;
  await page.keyboard.press(" ");
  const steps = (Number(await page.locator(".track input").inputValue()) - before) / 3;
  await context.close();
  const size = statSync(file).size;
  console.log(`${name}: ${(size / 1e6).toFixed(2)} MB, first paint ${paint.toFixed(0)} ms, ready ${ready} ms, ${steps.toFixed(0)} steps/s of 120 in ${frames.toFixed(0)} frames/s`);
  return { size, paint, ready, steps };
}

test("small graphs", async () => {
  for (const [name, data] of [["micrograd", doc("m", micrograd())], ["mlp", doc("mlp", mlp())]] as const) {
    const { paint, ready } = await measure(name, data);
    assert.ok(paint < 5000 && ready < 10000);
  }
});

test("10,000 nodes", async () => {
  const closed = await measure("10,000 folded", doc("large", large(10000)));
  assert.ok(closed.size < 15e6 && closed.ready < 15000 && closed.steps > 15);
  const opened = await measure("10,000 opened", doc("large", large(10000)), ["Shift+E"]);
  assert.ok(opened.steps > 15);
  const far = await measure("10,000 from far", doc("large", large(10000)), ["Shift+E", "0", "f"]);
  assert.ok(far.steps > 5);
});

const pages = process.env.PAGES_IN;
if (pages)
  test("pages of the library", async () => {
    const mnist = await time("mnist", join(pages, "mnist.html"), []);
    assert.ok(mnist.paint < 5000 && mnist.ready < 10000);
    for (const name of ["large_scalars", "large_arrays"]) {
      const { ready, steps } = await time(name, join(pages, `${name}.html`), ["Shift+E"]);
      assert.ok(ready < 15000 && steps > 15);
    }
  });
