/** What the page does: folding, search, keys, comparison, hostile text, small screens, accessibility. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessible, desktop, launch, open, phone, press, scrub, settle } from "./browser.ts";
import { broken, doc, hostile, large, micrograd, mlp, nasty, sigmoids, slopes, unrolled } from "./fixtures.ts";

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const titles = (page: Page) => page.locator(".item .title").allTextContents();

test("layers fold and unfold, by key and by click", async () => {
  const { page, errors, close } = await open(browser, "fold", doc("fold", mlp()));
  await press(page, "Shift+C");
  assert.deepEqual((await titles(page)).sort(), ["+ encoder", "+ head", "+ loss", "digits", "images"]);
  await page.locator(".item.group", { hasText: "encoder" }).click();
  await settle(page);
  assert.ok((await titles(page)).includes("+ dense_1"));
  await press(page, "Shift+E");
  assert.equal(await page.locator(".item.group").count(), 0);
  assert.equal(await page.locator(".item.parameter").count(), 6);
  assert.ok((await page.locator(".type").allTextContents()).includes("f32[32,784]"));
  // a fused node opens to what it is made of
  await press(page, "j", "j", "j", "j", "o");
  assert.deepEqual((await page.locator(".item.inner .title").allTextContents()).sort(), ["+ add", "@ matmul", "relu"]);
  await press(page, "o");
  assert.equal(await page.locator(".item.inner").count(), 0);
  assert.deepEqual(errors, []);
  await close();
});

test("search finds by op, label and layer, and opens what hides it", async () => {
  const { page, errors, close } = await open(browser, "search", doc("search", mlp()));
  await press(page, "End", "Shift+C", "/");
  await page.keyboard.type("head bias");
  await settle(page);
  assert.equal(await page.locator("#found [role=option]").count(), 1);
  await press(page, "Enter");
  assert.match(await page.locator(".node-details h2").innerText(), /parameter\s*bias/);
  assert.equal(await page.locator(".item.selected .title").textContent(), "bias");
  assert.match(await page.locator(".node-details").innerText(), /not a number/);
  await press(page, "/");
  await page.keyboard.type("no such thing");
  await settle(page);
  assert.match(await page.locator("#found").innerText(), /nothing found/);
  await page.keyboard.press("Escape");
  assert.deepEqual(errors, []);
  await close();
});

test("keys alone: play, pause, step, walk, colour, zoom, the graph of the gradient, help", async () => {
  const { page, errors, close } = await open(browser, "keys", doc("keys", micrograd()));
  const place = () => page.locator(".place").innerText();
  await press(page, "ArrowRight", "ArrowRight");
  assert.match(await place(), /^2 /);
  await press(page, "b");
  assert.match(await page.locator(".now .phase").innerText(), /^Backward/);
  const seed = Number((await place()).split(" ")[0]);
  await press(page, "Shift+ArrowRight", "Shift+ArrowRight");
  assert.match(await page.locator(".now .phase").innerText(), /rule/);
  await press(page, "Home");
  for (let i = 0; i < 7; ++i) await press(page, "]");
  await press(page, " ");
  await page.waitForFunction((n) => Number(document.querySelector(".place")!.textContent!.split(" ")[0]) > n, seed, { timeout: 10000 });
  await press(page, " ");
  const paused = await place();
  await page.waitForTimeout(200);
  assert.equal(await place(), paused);
  assert.ok((await page.locator("[aria-live]").textContent())!.length > 10, "the live region tells the step");
  await press(page, "j", "u");
  assert.equal(await page.locator(".item.selected").count(), 1);
  await press(page, "c");
  assert.equal(await page.locator("#colouring").inputValue(), "value");
  const before = await page.locator(".item.node").count();
  await press(page, "g");
  assert.ok((await page.locator(".item.higher").count()) > before / 2, "the second layer");
  assert.ok((await page.locator(".kin").count()) > 5, "its links to the nodes that it came from");
  await press(page, "g");
  assert.equal(await page.locator(".item.higher").count(), 0);
  await press(page, "?");
  assert.ok(await page.locator("dialog.help").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("dialog.help").isVisible()));
  // every control is reached by Tab
  const reached = new Set<string>();
  for (let i = 0; i < 70; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""));
  }
  const controls = await page.locator("body > header button, .player button, .zoom button").evaluateAll((all) => all.map((b) => b.getAttribute("aria-label") ?? b.textContent!));
  for (const control of controls) assert.ok(reached.has(control), `${control} is reached by Tab`);
  assert.deepEqual(errors, []);
  await close();
});

test("a gradient that the user recorded is a layer, played with the ops; that of the page stands above it", async () => {
  const { page, errors, close } = await open(browser, "slopes", doc("slopes", slopes()));
  assert.equal(await page.locator(".item.node.higher").count(), 1, "the slope, from the start");
  assert.ok((await page.locator(".kin").count()) >= 1, "its link to the op whose rule it is");
  await press(page, "ArrowRight", "ArrowRight");
  assert.match(await page.locator(".now").innerText(), /slope[\s\S]*1/, "the second op");
  await press(page, "b");
  assert.equal(await page.locator(".item.waiting").count(), 0, "all ops have run");
  await press(page, "g");
  assert.ok((await page.locator(".item.node.higher").count()) > 5, "the gradient of the loss");
  await press(page, "End");
  assert.match(await page.locator(".place").innerText(), /^(\S+) \/ \1$/);
  // d(x² + 4x²)/dx = 10 x
  assert.equal(await page.locator(".item.variable", { hasText: "x" }).first().locator("text.grad").textContent(), "5");
  assert.deepEqual(errors, []);
  await close();
});

test("two recordings side by side: same step, differences marked", async () => {
  const { page, errors, close } = await open(browser, "two", doc("two", micrograd(-4, 2, "before"), micrograd(-3.5, 2, "after")));
  assert.deepEqual(await page.locator(".stage-name").allInnerTexts(), ["before", "after"]);
  await press(page, "End", "j");
  const cells = await page.locator(".compared td").allInnerTexts();
  assert.ok(cells.includes("−4") && cells.includes("−3.5") && cells.includes("0.5"), cells.join());
  const [left, right] = [page.locator(".stage").nth(0), page.locator(".stage").nth(1)];
  assert.equal(await left.locator(".item.selected").count(), 1);
  assert.equal(await right.locator(".item.selected").getAttribute("data-node"), "0");
  assert.ok((await left.locator("text.mark.differs").allTextContents()).includes("Δ +0.5"));
  assert.equal(await left.locator(".item.current").getAttribute("data-node"), await right.locator(".item.current").getAttribute("data-node"));
  await press(page, "Home");
  assert.equal(await left.locator(".item.differs").count(), 1, "before the first op only the leaf differs");
  assert.deepEqual(errors, []);
  await close();
});

test("two recordings of different length begin their sweeps together, and end together", async () => {
  const { page, errors, close } = await open(browser, "lengths", doc("lengths", sigmoids(), unrolled()));
  const right = page.locator(".stage").nth(1);
  await press(page, "Shift+E", "b");
  assert.equal(await right.locator(".item.waiting").count(), 0, "all ops have run");
  await press(page, "End");
  assert.match((await right.locator(".item", { hasText: "w" }).first().locator("text.grad").textContent())!, /\d/);
  assert.deepEqual(errors, []);
  await close();
});

test("a parameter that several groups read is named beside each of them", async () => {
  const { page, errors, close } = await open(browser, "shared", doc("shared", unrolled()));
  await press(page, "Shift+C");
  assert.equal(await page.locator(".item.tag").count(), 3);
  assert.equal(await page.locator(".item.node.parameter").count(), 1);
  await page.locator(".item.tag").last().click();
  await settle(page);
  assert.match(await page.locator(".node-details h2").innerText(), /parameter\s*w/);
  assert.equal(await page.locator(".item.selected").count(), 4, "the parameter and its tags");
  await press(page, "End");
  assert.equal(await page.locator(".line.backward").count(), 1, "the last share comes along one line");
  await press(page, "Shift+E");
  assert.equal(await page.locator(".item.tag").count(), 0);
  assert.deepEqual(errors, []);
  await close();
});

test("lines leave and reach boxes at their sides, all are in the drawing, and labels cover no box", async () => {
  for (const [name, recording] of [["mlp", mlp()], ["micrograd", micrograd()], ["unrolled", unrolled()]] as const) {
    const { page, close } = await open(browser, `lines-${name}`, doc(name, recording));
    await press(page, "Shift+E", "0");
    const found = await page.evaluate(() => {
      const room = document.querySelector(".stage")!.getBoundingClientRect();
      const boxes = [...document.querySelectorAll(".item:not(.frame):not(.opened) > .shape")].map((b) => b.getBoundingClientRect());
      const covers = (r: DOMRect, b: DOMRect) => Math.min(r.right, b.right) - Math.max(r.left, b.left) > 2 && Math.min(r.bottom, b.bottom) - Math.max(r.top, b.top) > 2;
      const labels = [...document.querySelectorAll("text.type")].map((t) => t.getBoundingClientRect());
      const wires = [...document.querySelectorAll<SVGPathElement>("path.wire")];
      const touching = wires.filter((w) => {
        const [a, m] = [w.getPointAtLength(0), w.getScreenCTM()!];
        const at = new DOMPoint(a.x, a.y).matrixTransform(m);
        return boxes.some((b) => at.x > b.left + 2 && at.x < b.right - 2 && at.y > b.top + 2 && at.y < b.bottom - 2);
      });
      return {
        covered: labels.filter((l) => boxes.some((b) => covers(l, b))).length,
        outside: wires.filter((w) => w.getBoundingClientRect().left < room.left - 1 || w.getBoundingClientRect().right > room.right + 1).length,
        inside: touching.length,
      };
    });
    assert.deepEqual(found, { covered: 0, outside: 0, inside: 0 }, name);
    await close();
  }
});

test("recordings with nothing different bear no mark", async () => {
  const { page, close } = await open(browser, "same", doc("same", micrograd(-4, 2, "one"), micrograd(-4, 2, "two")));
  await press(page, "End");
  assert.equal(await page.locator(".item.differs").count(), 0);
  await close();
});

test("markup in labels, layers, files, sources and formulas is text", async () => {
  const { page, errors, close } = await open(browser, "hostile", doc(nasty, hostile()));
  await press(page, "End", "Shift+E");
  for (let i = 0; i < 2; ++i) await press(page, "j");
  const state = await page.evaluate(() => ({
    hacked: (window as unknown as { hacked?: number }).hacked,
    images: document.querySelectorAll("img, iframe, object").length,
    scripts: document.querySelectorAll("script").length,
    panel: document.querySelector(".panel")!.textContent!,
    title: document.querySelector("h1")!.textContent,
  }));
  assert.equal(state.hacked, undefined);
  assert.equal(state.images, 0);
  assert.equal(state.scripts, 3);
  assert.equal(state.title, nasty);
  assert.ok(state.panel.split(nasty).length > 5, "the label, the formula, the rules, the file and the line are there as written");
  assert.deepEqual(errors, []);
  await close();
});

test("NaN and infinities are shown as such", async () => {
  const { page, errors, close } = await open(browser, "broken", doc("broken", broken()));
  await press(page, "End", "Shift+E");
  const marks = await page.locator("text.mark").allTextContents();
  assert.ok(marks.includes("NaN") && marks.includes("Inf"), marks.join());
  assert.deepEqual(errors, []);
  await close();
});

test("10,000 nodes: folded at first, all opened on demand, found and followed", async () => {
  const { page, errors, close } = await open(browser, "many", doc("many", large(10000)));
  assert.ok((await page.locator(".item").count()) < 120);
  await press(page, "/");
  await page.keyboard.type("#7345");
  await press(page, "Enter");
  await settle(page);
  assert.equal(await page.locator(".item.selected").getAttribute("data-node"), "7345");
  await press(page, "Shift+E");
  assert.ok((await page.locator(".item").count()) < 2000, "only what is in sight is made");
  await press(page, "0");
  assert.ok(await page.locator("canvas.far").first().evaluate((c) => c.classList.contains("active")), "from far away it is painted");
  await scrub(page, 30000);
  assert.deepEqual(errors, []);
  await close();
});

test("on a phone everything fits in the width, and touch pans", async () => {
  const { page, errors, close } = await open(browser, "phone", doc("phone", micrograd()), phone);
  const { wide, high } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight }));
  assert.ok(wide <= phone.width && high <= phone.height, `${wide} × ${high}`);
  const before = await page.locator(".drawing > g").getAttribute("transform");
  const box = (await page.locator(".stage").boundingBox())!;
  await page.mouse.move(box.x + 100, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 150, { steps: 4 });
  await page.mouse.up();
  await settle(page);
  assert.notEqual(await page.locator(".drawing > g").getAttribute("transform"), before);
  for (const button of await page.locator(".player button").all()) {
    const size = (await button.boundingBox())!;
    assert.ok(size.width >= 36 && size.height >= 40, "large enough for a thumb");
    assert.ok(size.x >= 0 && size.x + size.width <= phone.width);
  }
  assert.deepEqual(errors, []);
  await close();
});

test("without workers the layout runs in the page, under the same policy", async () => {
  const { page, errors, close } = await open(browser, "workers", doc("workers", micrograd()), { ...desktop, workers: false });
  assert.ok((await page.locator(".item.node").count()) > 30);
  assert.deepEqual(errors, []);
  await close();
});

test("a script that gets into the page does not run", async () => {
  const { page, close } = await open(browser, "policy", doc("policy", micrograd()));
  const ran = await page.evaluate(() => {
    const script = window.document.createElement("script");
    script.textContent = "window.hacked = 3";
    window.document.body.append(script);
    const image = window.document.createElement("div");
    image.innerHTML = '<img src="data:," onerror="window.hacked = 4">';
    window.document.body.append(image);
    return new Promise((done) => setTimeout(() => done((window as unknown as { hacked?: number }).hacked ?? "nothing"), 200));
  });
  assert.equal(ran, "nothing");
  await close();
});

for (const dark of [false, true]) {
  test(`axe finds nothing, ${dark ? "dark" : "light"}`, async () => {
    for (const [name, data] of [
      ["micrograd", doc("micrograd", micrograd())],
      ["mlp", doc("mlp", mlp())],
      ["two", doc("two", micrograd(), micrograd(-3))],
    ] as const) {
      for (const screen of [desktop, phone]) {
        const { page, close } = await open(browser, "axe", data, { ...screen, dark });
        await accessible(page, `${name} at the start`);
        await press(page, "End", "j", "j");
        await accessible(page, `${name} at the end`);
        if (name === "micrograd") {
          await press(page, "?");
          await accessible(page, "help");
          await page.keyboard.press("Escape");
          await press(page, "/");
          await page.keyboard.type("add");
          await settle(page);
          await accessible(page, "search");
        }
        await close();
      }
    }
  });
}
