/** The user's line, with its surroundings. */

import { h } from "../dom.ts";
import type { Source } from "../recording.ts";

export function sourceLines(source: Source | undefined): HTMLElement | null {
  if (!source) return null;
  const place = `${source.file}:${source.line}`;
  const section = h("section", { class: "source" }, h("h3", {}, place));
  if (!source.lines.length) return section;
  const code = h("pre", { tabindex: 0, role: "region", "aria-label": `source around ${place}` });
  source.lines.forEach((text, k) => {
    const number = source.first + k;
    const here = number === source.line;
    code.append(h("span", { class: here ? "here" : null }, h("b", {}, String(number).padStart(4)), ` ${text}\n`));
  });
  section.append(code);
  return section;
}
