/**
 * The pictures of the guide and of the gallery, as docs/pictures.json lists them: PAGES_IN=folder npm test pictures, with
 * the pages that the programs of docs/ have written there. tools/make_pictures does both.
 */

import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { desktop, launch, press, root, settle, watch } from "./browser.ts";
import { smaller } from "./png.ts";

interface Picture {
  /** The page's name, without .html. */
  page: string;
  /** The file, from the project's folder. */
  picture: string;
  /** What is pressed before the picture is taken. */
  keys: string[];
}

const pages = process.env.PAGES_IN;
const project = join(root, "..");
const only = process.env.ONLY;

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

if (pages) {
  const list = JSON.parse(readFileSync(join(project, "docs", "pictures.json"), "utf8")) as Picture[];
  for (const { page: name, picture, keys } of list.filter((p) => !only || p.picture.includes(only))) {
    test(picture, async () => {
      const context = await browser.newContext({ viewport: desktop, colorScheme: "light", reducedMotion: "reduce" });
      const page = await context.newPage();
      const errors = watch(page);
      await page.goto(`file://${join(pages, name)}.html`);
      await settle(page);
      await press(page, ...keys);
      await page.waitForTimeout(200);
      // Legible without panning: the whole drawing is in sight, at no less than 7 pixels for a letter of 12.
      const { inside, scale } = await page.evaluate(() => {
        const stages = [...document.querySelectorAll(".stage")];
        const zooms = [...document.querySelectorAll(".drawing > g")].map((g) => Number(/scale\(([\d.e-]+)/.exec(g.getAttribute("transform") ?? "")?.[1] ?? NaN));
        const within = stages.every((stage) => {
          const room = stage.getBoundingClientRect();
          return [...stage.querySelectorAll(".item")].every((item) => {
            const box = item.getBoundingClientRect();
            return box.left >= room.left - 1 && box.right <= room.right + 1 && box.top >= room.top - 1 && box.bottom <= room.bottom + 1;
          });
        });
        return { inside: within, scale: Math.min(...zooms) };
      });
      console.log(`${picture}: scale ${scale.toFixed(2)}${inside ? "" : ", not all in sight"}`);
      writeFileSync(join(project, picture), smaller(await page.screenshot()));
      assert.deepEqual(errors, []);
      assert.ok(statSync(join(project, picture)).size < 150_000, "a picture has at most 150 kB");
      if (picture.includes("gallery")) {
        assert.ok(inside, "all of the drawing is in sight");
        assert.ok(scale > 7 / 12, `letters are large enough to be read: scale ${scale}`);
      }
      await context.close();
    });
  }
}
