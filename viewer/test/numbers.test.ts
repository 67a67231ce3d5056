/** Every number on the page is the recording's; edited leaves give what an independent evaluation gives. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { Recording, Scalar } from "../src/recording.ts";
import { launch, open, parse, press, scrub, settle, steps } from "./browser.ts";
import { doc, micrograd, sigmoids, unknownOp } from "./fixtures.ts";

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const number = (view: { values?: Scalar[] } | null): number => {
  const x = view?.values?.[0];
  return typeof x === "number" ? x : x === "inf" ? Infinity : x === "-inf" ? -Infinity : NaN;
};

/** Walks over all nodes by key and compares the panel's full digits. @return how many numbers were compared */
async function compareAll(page: Page, recording: Recording, own: number): Promise<number> {
  let compared = 0;
  await press(page, "End", "Escape");
  for (let i = 0; i < own; ++i) {
    await press(page, "j");
    const panel = page.locator(".node-details");
    assert.equal(await panel.getAttribute("data-node"), String(i));
    const node = recording.nodes[i]!;
    assert.equal(parse(await panel.locator("[data-what=value]").innerText()), number(node.value), `value of #${i}`);
    ++compared;
    if (node.grad) {
      assert.equal(parse(await panel.locator("[data-what=gradient]").innerText()), number(node.grad), `gradient of #${i}`);
      ++compared;
    }
  }
  return compared;
}

/** The cells of the drawing hold five digits. */
async function compareCells(page: Page, recording: Recording): Promise<number> {
  const cells = await page.locator(".item.node").evaluateAll((items) =>
    items.map((item) => ({
      node: Number(item.getAttribute("data-node")),
      value: item.querySelector("text.cell.value")?.textContent,
      grad: item.querySelector("text.cell.grad")?.textContent,
    })),
  );
  let compared = 0;
  for (const cell of cells) {
    const node = recording.nodes[cell.node]!;
    for (const [text, view] of [[cell.value, node.value], [cell.grad, node.grad]] as const) {
      if (text == null || !view) continue;
      const [x, y] = [parse(text), number(view)];
      assert.ok(Math.abs(x - y) <= 6e-3 * Math.abs(y), `#${cell.node}: ${text} for ${y}`);
      if (Math.abs(y) >= 1e-4 || y === 0) assert.ok(Math.abs(x - y) <= 6e-5 * Math.abs(y), `#${cell.node}: ${text} for ${y}`);
      ++compared;
    }
  }
  return compared;
}

test("micrograd's README: the fixture's own numbers are the published ones", () => {
  const { nodes, result } = micrograd();
  assert.equal(number(nodes[result]!.value).toFixed(4), "24.7041");
  assert.equal(number(nodes[0]!.grad).toFixed(4), "138.8338");
  assert.equal(number(nodes[1]!.grad).toFixed(4), "645.5773");
});

test("at the end every number on the page is the recording's", async () => {
  const recording = micrograd();
  const { page, errors, close } = await open(browser, "numbers", doc("numbers", recording));
  const compared = await compareAll(page, recording, recording.result + 1);
  const cells = await compareCells(page, recording);
  assert.ok(compared > 50 && cells > 50, `${compared} and ${cells} numbers`);
  assert.deepEqual(errors, []);
  await close();
});

test("each step shows its own numbers, forward and back", async () => {
  const recording = micrograd();
  const { page, errors, close } = await open(browser, "steps", doc("steps", recording));
  const last = await steps(page);
  const ops = recording.nodes.slice(0, recording.result + 1).filter((n) => n.kind === "op").length;
  const counts = new Map<number, number>();
  for (const s of recording.sweep) for (const g of s.given) counts.set(g.to, (counts.get(g.to) ?? 0) + 1);
  const arrivals = [...counts.values()].filter((n) => n > 1).reduce((a, b) => a + b, 0);
  assert.equal(last, ops + 1 + recording.sweep.length + arrivals, "a step for each op, for the seed, for each rule, for each arrival");

  const told: string[] = [];
  const numbers: string[] = [];
  for (let m = 0; m <= last; ++m) {
    told.push((await page.locator(".now").innerText()).replace(/\s+/g, " "));
    numbers.push((await page.locator(".now .numbers").allInnerTexts()).join(" "));
    if (m < last) await press(page, "ArrowRight");
  }
  // forward, in the order of the tape
  const opNodes = recording.nodes.slice(0, recording.result + 1).flatMap((n, i) => (n.kind === "op" ? [i] : []));
  opNodes.forEach((i, k) => {
    const text = told[k + 1]!;
    assert.match(text, new RegExp(`#${i} `));
    const result = parse(numbers[k + 1]!.split("= ").pop()!);
    assert.ok(Math.abs(result - number(recording.nodes[i]!.value)) <= 6e-5 * Math.abs(result), text);
  });
  assert.match(told[1]!, /y = a \+ b = \(?−4\)? \+ 2 = −2/);
  // the sums of the shares, spelled out
  const sums = recording.sweep.flatMap((s) => s.given.filter((g) => g.before)).map((g) => [number(g.before!), number(g.share), number(g.after!)]);
  const spelled = told.filter((t) => t.includes("sum so far")).map((t) => t.match(/= sum (\S+) \+ \(?([^\s)]+)\)? = (\S+)/)!.slice(1, 4).map(parse));
  assert.equal(spelled.length, sums.length);
  spelled.forEach((row, k) => row.forEach((x, j) => assert.ok(Math.abs(x - sums[k]![j]!) <= 1e-4 * Math.abs(x) + 1e-9, `${row} for ${sums[k]}`)));
  // back again, each step shows the same as on the way there
  for (let m = last; m > last - 12; --m) {
    assert.equal((await page.locator(".now").innerText()).replace(/\s+/g, " "), told[m]);
    await press(page, "ArrowLeft");
  }
  await scrub(page, 3);
  assert.equal((await page.locator(".now").innerText()).replace(/\s+/g, " "), told[3]);
  assert.equal(await page.locator(".item.waiting").count() > 0, true);
  assert.deepEqual(errors, []);
  await close();
});

test("an edited leaf gives what the same graph of that leaf gives", async () => {
  const { page, errors, close } = await open(browser, "edit", doc("edit", micrograd()));
  await press(page, "End", "j");
  for (const x of [-3.25, 1.5]) {
    await page.locator("#edit").fill(String(x));
    await page.locator("#edit").press("Enter");
    await settle(page);
    const expected = micrograd(x, 2);
    const compared = await compareAll(page, expected, expected.result + 1);
    assert.ok(compared > 50);
    await compareCells(page, expected);
    await press(page, "Escape", "j");
  }
  // Escape in the field brings the recorded number back
  await page.locator("#edit").press("Escape");
  await settle(page);
  await compareAll(page, micrograd(), 3);
  assert.deepEqual(errors, []);
  await close();
});

test("an op without a rule is named, and nothing can be edited", async () => {
  const { page, close } = await open(browser, "unknown", doc("unknown", unknownOp()));
  await press(page, "End", "j");
  assert.equal(await page.locator("#edit").count(), 0);
  assert.match(await page.locator(".node-details").innerText(), /no rule for the op mystery/);
  await close();
});

test("vanishing gradients and saturated sigmoids bear badges", async () => {
  const { page, close } = await open(browser, "sigmoids", doc("sigmoids", sigmoids()));
  await press(page, "End", "Shift+E");
  const marks = await page.locator("text.mark").allTextContents();
  assert.ok(marks.includes("saturated"), marks.join());
  assert.ok(marks.includes("∇ tiny"), marks.join());
  await close();
});
