/** Reads the recording that stands in the page, and starts. */

import { App } from "./app.ts";
import { h } from "./dom.ts";
import type { Document } from "./recording.ts";

function text(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

try {
  const data = JSON.parse(text("recording")) as Document;
  if (data.format !== 1) throw new Error(`it has format ${String(data.format)}; this page reads format 1`);
  if (!data.recordings.some((r) => r.nodes.length)) throw new Error("there is no node in it");
  new App(data, text("layout"));
} catch (error) {
  document.body.append(h("p", { class: "failed", role: "alert" }, `The recording cannot be shown: ${error instanceof Error ? error.message : String(error)}.`));
  throw error;
}
