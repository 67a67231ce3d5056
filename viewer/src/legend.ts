/** What shapes and colours mean. */

import { h, s } from "./dom.ts";

const shapes: [string, string, string][] = [
  ["parameter", "M7,1H29L35,7V13L29,19H7L1,13V7Z", "parameter"],
  ["variable", "M10,1H26A9,9 0 0 1 26,19H10A9,9 0 0 1 10,1Z", "variable"],
  ["constant", "M1,1H35V19H1Z", "constant"],
  ["op", "M7,1H29A6,6 0 0 1 35,7V13A6,6 0 0 1 29,19H7A6,6 0 0 1 1,13V7A6,6 0 0 1 7,1Z", "op"],
];

export function legend(): HTMLElement {
  const list = h("ul", {});
  for (const [kind, d, text] of shapes) {
    const picture = s("svg", { viewBox: "0 0 36 20", class: `sample ${kind}`, "aria-hidden": "true" }, s("path", { d }));
    list.append(h("li", {}, picture, text));
  }
  const ramp = (kind: string, text: string) => h("li", {}, h("span", { class: `ramp ${kind}`, "aria-hidden": "true" }), text);
  list.append(ramp("signed", "below and above 0"), ramp("size", "size of an array's elements"));
  return h("details", { class: "legend" }, h("summary", {}, "Legend"), list, h("p", {}, "Left cell: value. Right cell: gradient. Wide lines carry much gradient."));
}
