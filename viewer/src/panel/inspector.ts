/** Everything that is known of one node. */

import { button, h } from "../dom.ts";
import { badges } from "../model/badges.ts";
import type { Model } from "../model/model.ts";
import { brief, operandNames, sum } from "../model/story.ts";
import { statistics } from "../model/statistics.ts";
import { bytes, count, duration, exact, short, single, sizeOf, typeAndShape } from "../numbers.ts";
import type { ArrayView, Node } from "../recording.ts";
import { heatmap, histogram, table } from "./pictures.ts";
import { sourceLines } from "./source.ts";

export interface Shown {
  model: Model;
  node: number;
  moment: number;
  /** Of two recordings the other one, its node and its moment. */
  other: { model: Model; node: number | null; moment: number } | null;
  names: [string, string];
  opened: boolean;
  editable: string | null;
  edited: Map<number, number>;
}

export interface Requests {
  go: (node: number) => void;
  open: (node: number) => void;
  edit: (node: number, value: number) => void;
}

export function inspect(shown: Shown, requests: Requests): HTMLElement {
  const { model, node: i, moment } = shown;
  const node = model.node(i);
  const link = (to: number) => button(model.describe(to), `go to ${model.describe(to)}`, () => requests.go(to), { class: "link" });
  return h(
    "div",
    { class: "node-details", "data-node": i },
    h("h2", {}, `#${i} ${node.op}`, node.label ? h("span", { class: "label" }, node.label) : null),
    h("p", { class: "facts" }, facts(node)),
    warnings(model, i, moment),
    edit(shown, requests),
    values(shown),
    arrivals(model, i, moment, link),
    rules(model, i, link),
    kept(model, i, link),
    cost(model, i),
    node.decomposition
      ? button(shown.opened ? "Close the decomposition" : "Open to its decomposition", "what this fused op is made of (O)", () => requests.open(i))
      : null,
    kin(model, i, link),
    sourceLines(model.source(node)),
  );
}

function facts(node: Node): string {
  const parts = [typeAndShape(node), kindText(node)];
  if (node.attributes) parts.push(node.attributes);
  if (node.path) parts.push(`in ${node.path}`);
  if (node.output) parts.push(`result ${node.output} of its op`);
  if (!node.needs_grad) parts.push("no gradient");
  return parts.join(" · ");
}

function kindText(node: Node): string {
  if (node.kind !== "op") return node.kind;
  const order = node.order ? `, of the gradient's graph (order ${node.order})` : "";
  return `${node.fused ? "fused op" : "op"}${order}`;
}

function warnings(model: Model, i: number, moment: number): HTMLElement | null {
  const found = badges(model, i).filter((b) => (b.of === "value" ? model.value(i, moment) : model.grad(i, moment)));
  if (!found.length) return null;
  return h("ul", { class: "warnings" }, ...found.map((b) => h("li", { class: b.kind }, h("b", {}, b.mark), ` ${b.text}`)));
}

function edit(shown: Shown, requests: Requests): HTMLElement | null {
  const { model, node: i } = shown;
  const node = model.node(i);
  if (node.kind === "op" || node.order > 0) return null;
  const x = single(node.value);
  if (x === null) return null;
  if (shown.editable !== null) return h("p", { class: "note" }, shown.editable);
  const input = h("input", { type: "number", step: "any", value: String(x), id: "edit", inputmode: "decimal" });
  const apply = () => {
    const value = input.valueAsNumber;
    if (Number.isFinite(value)) requests.edit(i, value);
  };
  input.addEventListener("change", apply);
  const label = h("label", { for: "edit" }, "Change the value");
  const back = shown.edited.has(i) ? h("span", { class: "note" }, "changed; Esc in the field brings the recorded number back") : null;
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown.edited.has(i)) {
      event.stopPropagation();
      requests.edit(i, NaN);
    }
  });
  return h("div", { class: "edit" }, label, input, back);
}

function values(shown: Shown): HTMLElement {
  const { model, node: i, moment, other, names } = shown;
  const section = h("section", { class: "values" });
  const value = model.value(i, moment);
  const grad = model.grad(i, moment);
  const there = other && other.node !== null ? other : null;
  const pairs: [string, ArrayView | null, ArrayView | null][] = [
    ["value", value, there ? there.model.value(there.node!, there.moment) : null],
    ["gradient", model.node(i).needs_grad ? grad : null, there ? there.model.grad(there.node!, there.moment) : null],
  ];
  for (const [what, mine, theirs] of pairs) {
    if (what === "gradient" && !model.node(i).needs_grad) continue;
    const late = what === "value" ? "not computed yet" : i === model.recording.result ? "the sweep has not begun" : "nothing has arrived yet";
    section.append(h("h3", {}, what));
    if (!mine) section.append(h("p", { class: "note" }, late));
    else if (other) section.append(compared(mine, theirs, names, what));
    else section.append(...one(mine, what));
  }
  return section;
}

function one(view: ArrayView, what: string): HTMLElement[] {
  const x = single(view);
  if (x !== null) return [h("p", { class: "number", "data-what": what }, exact(x, view.dtype))];
  if (!sizeOf(view.shape)) return [h("p", { class: "note" }, "an array without elements")];
  return [stats(view), heatmap(view, what), histogram(view, what), table(view)].filter((e) => e !== null);
}

function rows(view: ArrayView): [string, number][] {
  const s = statistics(view);
  return [
    ["min", s.min],
    ["max", s.max],
    ["mean", s.mean],
    ["std", s.stddev],
    ["norm", s.norm],
  ];
}

function stats(view: ArrayView): HTMLElement {
  const s = statistics(view);
  const list = h("dl", { class: "stats" });
  for (const [name, x] of rows(view)) list.append(h("div", {}, h("dt", {}, name), h("dd", { title: exact(x, "float64") }, short(x))));
  if (s.zeros) list.append(h("div", {}, h("dt", {}, "zeros"), h("dd", {}, `${count(s.zeros)} of ${count(s.size)}`)));
  if (s.nan || s.inf) list.append(h("div", {}, h("dt", {}, "NaN, Inf"), h("dd", {}, `${count(s.nan)}, ${count(s.inf)}`)));
  return list;
}

function compared(mine: ArrayView, theirs: ArrayView | null, names: [string, string], what: string): HTMLElement {
  const line = (name: string, a: number, b: number | null) =>
    h(
      "tr",
      { class: b !== null && a !== b && !(Number.isNaN(a) && Number.isNaN(b)) ? "differs" : null },
      h("th", { scope: "row" }, name),
      h("td", { "data-what": what }, short(a, 6)),
      h("td", { "data-what": `${what} there` }, b === null ? "–" : short(b, 6)),
      h("td", {}, b === null ? "" : short(b - a, 4)),
    );
  const body = h("tbody");
  const [x, y] = [single(mine), single(theirs)];
  if (x !== null) body.append(line(what, x, y));
  else {
    const there = theirs ? rows(theirs) : null;
    rows(mine).forEach(([name, a], k) => body.append(line(name, a, there?.[k]?.[1] ?? null)));
  }
  const head = h("tr", {}, h("td"), h("th", { scope: "col" }, names[0]), h("th", { scope: "col" }, names[1]), h("th", { scope: "col" }, "Δ"));
  return h("table", { class: "compared" }, h("thead", {}, head), body);
}

function arrivals(model: Model, i: number, moment: number, link: (to: number) => HTMLElement): HTMLElement | null {
  const all = model.film.arrivals[i]!.filter((a) => a.step >= 0);
  if (!all.length) return null;
  const list = h("ol", { class: "shares" });
  for (const a of all) {
    const step = model.step(a.step)!;
    const given = step.given[a.share]!;
    const there = a.moment <= moment;
    const text = !there ? "not there yet" : given.before && given.after ? sum(given.before, given.share, given.after) : brief(given.share);
    list.append(h("li", { class: there ? null : "late" }, link(step.node), h("span", { class: "sum" }, text)));
  }
  return h("section", {}, h("h3", {}, all.length === 1 ? "its gradient comes from" : `its gradient is a sum of ${all.length} shares`), list);
}

function rules(model: Model, i: number, link: (to: number) => HTMLElement): HTMLElement | null {
  const node = model.node(i);
  if (!node.inputs.length) return null;
  const names = operandNames(node);
  const list = h("ul", { class: "rules" });
  node.inputs.forEach((input, k) => {
    const rule = node.backward[k];
    const name = names[k];
    list.append(
      h(
        "li",
        {},
        name ? h("i", { class: "symbol" }, `${name} = `) : null,
        link(input),
        h("span", { class: "formula" }, rule ? rule : model.node(input).needs_grad ? "" : "no gradient"),
      ),
    );
  });
  return h("section", {}, h("h3", {}, "rule"), node.forward ? h("p", { class: "formula" }, node.forward) : null, list);
}

/** What the node's gradient reads, and whose gradient reads the node. */
function kept(model: Model, i: number, link: (to: number) => HTMLElement): HTMLElement | null {
  const node = model.node(i);
  const saved: HTMLElement[] = node.saves.inputs.map((k) => h("li", {}, "its operand ", link(node.inputs[k] ?? i)));
  if (node.saves.output) saved.push(h("li", {}, "its own result"));
  const keepers = model.readers[i]!
    .filter((r) => model.node(r.node).saves.inputs.includes(r.operand))
    .map((r) => r.node)
    .filter((k) => model.film.ruled[k] !== Infinity);
  if (node.saves.output && model.film.ruled[i] !== Infinity) keepers.unshift(i);
  const last = Math.max(...keepers.map((k) => model.film.ruled[k]!), -1);
  const section = h("section", {});
  if (saved.length) section.append(h("h3", {}, "keeps for its own gradient"), h("ul", {}, ...saved));
  if (keepers.length) {
    const whom = [...new Set(keepers)].map((k) => h("li", {}, k === i ? "its own rule" : link(k)));
    section.append(h("h3", {}, "its value is kept for"), h("ul", {}, ...whom));
    if (last >= 0) section.append(h("p", { class: "note" }, `needed until step ${count(last)} of ${count(model.last)}`));
  }
  return section.childElementCount ? section : null;
}

function cost(model: Model, i: number): HTMLElement {
  const node = model.node(i);
  const m = model.moments[model.film.ruled[i]!];
  const rule = m?.kind === "rule" ? (model.step(m.step)?.time ?? null) : null;
  const list = h("dl", { class: "stats" }, h("div", {}, h("dt", {}, "memory"), h("dd", {}, bytes(node.bytes))));
  if (node.time !== null) list.append(h("div", {}, h("dt", {}, "forward"), h("dd", {}, duration(node.time))));
  if (rule !== null) list.append(h("div", {}, h("dt", {}, "rule"), h("dd", {}, duration(rule))));
  return h("section", {}, h("h3", {}, "cost"), list);
}

function kin(model: Model, i: number, link: (to: number) => HTMLElement): HTMLElement | null {
  const node = model.node(i);
  const section = h("section", {});
  const put = (text: string, to: number) => section.append(h("p", {}, `${text} `, link(to)));
  const readers = [...new Set(model.readers[i]!.filter((r) => i >= model.own || r.node < model.own).map((r) => r.node))];
  if (readers.length) section.append(h("h3", {}, "read by"), h("ul", {}, ...readers.slice(0, 12).map((r) => h("li", {}, link(r)))));
  if (readers.length > 12) section.append(h("p", { class: "note" }, `and ${count(readers.length - 12)} more`));
  if (node.made_by !== null) put("recorded by the rule of", node.made_by);
  const of = model.cotangentOf.get(i);
  if (of !== undefined && model.highestOrder) put("it is the gradient of", of);
  const cotangent = model.recording.cotangents?.[i];
  if (cotangent !== null && cotangent !== undefined) put("its gradient as a node:", cotangent);
  return section.childElementCount ? section : null;
}
