/** A real browser that opens pages from disk, as a reader does. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Document } from "../src/recording.ts";

/** viewer/: the tests run bundled, in test/out. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
export const out = join(root, "test", "out");
mkdirSync(out, { recursive: true });

/** The page with a document in it, as the library writes it. */
export function write(name: string, data: Document): string {
  const page = readFileSync(join(root, "dist", "page.html"), "utf8");
  const json = JSON.stringify(data).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028");
  const file = join(out, `${name}.html`);
  writeFileSync(file, page.replace("__XGRAD_RECORDING__", () => json));
  return file;
}

export async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface Opened {
  page: Page;
  /** What the console said that it should not have. */
  errors: string[];
  close: () => Promise<void>;
}

export interface Screen {
  width: number;
  height: number;
  dark?: boolean;
  touch?: boolean;
  /** false: as in browsers that give a file none */
  workers?: boolean;
}

export const desktop: Screen = { width: 1280, height: 800 };
export const phone: Screen = { width: 390, height: 844, touch: true };

/** Collects what the page should not do: errors, warnings, requests. */
export function watch(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => (message.type() === "error" || message.type() === "warning") && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => /^(file|blob|data):/.test(request.url()) || errors.push(`the page asked for ${request.url()}`));
  return errors;
}

export async function open(browser: Browser, name: string, data: Document, screen: Screen = desktop): Promise<Opened> {
  const file = write(name, data);
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.dark ? "dark" : "light",
    hasTouch: screen.touch ?? false,
    isMobile: screen.touch ?? false,
    deviceScaleFactor: screen.touch ? 2 : 1,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  if (screen.workers === false) await page.addInitScript("delete globalThis.Worker");
  const errors = watch(page);
  await page.goto(`file://${file}`);
  await settle(page);
  return { page, errors, close: () => context.close() };
}

/** Until the layout is there and drawn. */
export async function settle(page: Page): Promise<void> {
  await page.waitForSelector("html[data-ready=true]", { timeout: 60000, state: "attached" });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
}

export async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
  await settle(page);
}

/** To a step, as by the scrubber. */
export async function scrub(page: Page, to: number): Promise<void> {
  await page.locator(".track input").evaluate((element, value) => {
    (element as HTMLInputElement).value = String(value);
    element.dispatchEvent(new Event("input"));
  }, to);
  await settle(page);
}

export async function steps(page: Page): Promise<number> {
  return Number(await page.locator(".track input").getAttribute("max"));
}

/** "−1.5e−7" as the page writes it, back to a number. */
export function parse(text: string): number {
  const plain = text.trim().replaceAll("−", "-").replaceAll(",", "");
  return plain === "NaN" ? NaN : plain === "∞" ? Infinity : plain === "-∞" ? -Infinity : Number(plain);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

/** That axe finds nothing wrong with the page as it is. */
export async function accessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const result = await page.evaluate(async () => (await (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run()) as AxeResults);
  const found = result.violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(found, [], what);
  assert.ok(result.passes.length > 15);
}
