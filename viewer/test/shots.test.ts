/** Pictures of the page, to be looked at: test/out/*.png. */

import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { desktop, open, out, phone, press, scrub, settle, steps } from "./browser.ts";
import { broken, doc, large, micrograd, mlp, sigmoids } from "./fixtures.ts";

let browser: Browser;
before(async () => {
  browser = await import("./browser.ts").then((b) => b.launch());
});
after(() => browser.close());

test("pictures", async () => {
  const shot = async (name: string, data: Parameters<typeof open>[2], screen = desktop, act?: (page: import("playwright-core").Page) => Promise<void>) => {
    const { page, close, errors } = await open(browser, `shot-${name}`, data, screen);
    await act?.(page);
    await settle(page);
    await page.screenshot({ path: `${out}/${name}.png` });
    if (errors.length) console.log(name, errors);
    await close();
  };
  const scalars = doc("micrograd’s README", micrograd());
  await shot("micrograd-start", scalars);
  await shot("micrograd-back", scalars, desktop, async (page) => scrub(page, (await steps(page)) - 5));
  await shot("micrograd-end", scalars, desktop, async (page) => press(page, "End"));
  await shot("micrograd-arrival", scalars, { ...desktop, dark: true }, async (page) => {
    await press(page, "End", "ArrowLeft", "ArrowLeft");
  });
  await shot("micrograd-phone", scalars, phone, async (page) => scrub(page, 40));
  await shot("micrograd-graph", scalars, desktop, async (page) => press(page, "End", "g"));
  await shot("mlp-collapsed", doc("A network", mlp()), desktop, async (page) => press(page, "End", "Shift+C"));
  await shot("mlp-open", doc("A network", mlp()), desktop, async (page) => {
    await press(page, "End", "Shift+E");
    for (let i = 0; i < 4; ++i) await press(page, "j");
  });
  await shot("mlp-fused", doc("A network", mlp()), desktop, async (page) => {
    await press(page, "End", "Shift+E", "j", "j", "j", "j", "o");
    await page.waitForTimeout(300);
  });
  await shot("mlp-phone", doc("A network", mlp()), phone, async (page) => press(page, "End"));
  await shot("sigmoids", doc("Ten sigmoids", sigmoids()), desktop, async (page) => press(page, "End"));
  await shot("broken", doc("Broken", broken()), desktop, async (page) => press(page, "End"));
  await shot("two", doc("Before and after", micrograd(-4, 2, "before"), micrograd(-3.5, 2, "after")), desktop, async (page) => {
    await press(page, "End", "j");
  });
  await shot("two-phone", doc("Before and after", micrograd(-4, 2, "before"), micrograd(-3.5, 2, "after")), phone, async (page) => {
    await press(page, "End", "j");
  });
  await shot("large", doc("10,000 nodes", large(10000)), desktop, async (page) => scrub(page, 5000));
  await shot("help", scalars, desktop, async (page) => press(page, "?"));
});
