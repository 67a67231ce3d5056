/** One node, group or frame, drawn. The shape tells what it is: parameter, data, constant, op, fused op, group. */

import { clip, s, textWidth } from "../dom.ts";
import { badges } from "../model/badges.ts";
import { scaleOf, tint } from "../model/colours.ts";
import type { Group } from "../model/groups.ts";
import { members } from "../model/groups.ts";
import type { Model } from "../model/model.ts";
import { statistics } from "../model/statistics.ts";
import { sign } from "../model/symbols.ts";
import type { Item } from "../model/visible.ts";
import { short, single, typeAndShape } from "../numbers.ts";
import type { ArrayView, Node } from "../recording.ts";

export type Colouring = "both" | "value" | "gradient" | "off";

export interface Look {
  model: Model;
  moment: number;
  colouring: Colouring;
  /** How a node differs from the other recording's, in a few characters. */
  difference: ((node: number) => string | null) | null;
}

export interface Size {
  width: number;
  height: number;
}

const titleFont = "600 12px system-ui, sans-serif";
const cellFont = "11.5px ui-monospace, monospace";
const cellHeight = 17;
const headHeight = 20;

export function title(item: Item): string {
  switch (item.kind) {
    case "group":
    case "frame":
      return clip(item.group.name, 28);
    case "tag":
      return clip(item.data.label || item.data.kind, 16);
    case "opened":
      return clip(item.data.label ? `${item.data.label} · ${item.data.op}` : item.data.op, 32);
    default:
      return nodeTitle(item.data);
  }
}

function nodeTitle(node: Node): string {
  if (node.kind !== "op") return clip(node.label || node.kind, 24);
  const mark = sign(node.op);
  const op = mark ? `${mark} ${node.op}` : node.op;
  return clip(node.label ? `${node.label} · ${mark || node.op}` : op, 26);
}

/** Nodes of a gradient's graph get none of their own, unless it was differentiated, too. */
function hasGrad(node: Node): boolean {
  return node.needs_grad && (node.order === 0 || node.grad !== null);
}

export function sizeOfItem(item: Item): Size {
  if (item.kind === "frame" || item.kind === "opened") return { width: 0, height: 0 };
  if (item.kind === "group") {
    const digits = 2 * String(item.group.size).length;
    return { width: Math.max(textWidth(title(item), titleFont) + 44, 2 * ((7 + digits) * 7.2 + 9)), height: headHeight + cellHeight + 6 };
  }
  if (item.kind === "tag") return { width: textWidth(title(item), cellFont) + 22, height: 20 };
  if (item.pill) return { width: Math.max(textWidth(short(single(item.data.value) ?? NaN), cellFont) + 16, 26), height: 20 };
  const scalar = single(item.data.value) !== null;
  const cells = item.kind === "node" && hasGrad(item.data) ? 2 : 1;
  const cell = scalar ? 62 : 92;
  const inset = item.data.kind === "op" ? 0 : 10;
  const extra = (item.data.fused ? 20 : 0) + 16;
  return { width: Math.max(textWidth(title(item), titleFont) + extra, cell * cells + inset), height: headHeight + cellHeight };
}

/** Rounded for ops, a pill for data, cut corners for parameters, square for constants. */
function outline(item: Item, w: number, h: number): string {
  const [l, t, r, b] = [-w / 2, -h / 2, w / 2, h / 2];
  if (item.kind === "tag" || ((item.kind === "node" || item.kind === "inner") && item.data.kind === "parameter")) {
    const c = item.kind === "tag" ? 6 : 9;
    return `M${l + c},${t}H${r - c}L${r},${t + c}V${b - c}L${r - c},${b}H${l + c}L${l},${b - c}V${t + c}Z`;
  }
  const kind = item.kind === "node" || item.kind === "inner" ? item.data.kind : "op";
  const c = kind === "variable" ? Math.min(h / 2, 17) : kind === "constant" ? (item.kind !== "group" && "pill" in item && item.pill ? 4 : 0) : 7;
  return `M${l + c},${t}H${r - c}A${c},${c} 0 0 1 ${r},${t + c}V${b - c}A${c},${c} 0 0 1 ${r - c},${b}H${l + c}A${c},${c} 0 0 1 ${l},${b - c}V${t + c}A${c},${c} 0 0 1 ${l + c},${t}Z`;
}

export class Card {
  readonly element: SVGGElement;
  private readonly value: Cell | null = null;
  private readonly grad: Cell | null = null;
  private readonly marks = s("g", { class: "marks" });
  private shownMarks = "";
  private label = "";

  constructor(
    readonly item: Item,
    readonly box: { x: number; y: number; width: number; height: number },
    model: Model,
  ) {
    const { width: w, height: h } = box;
    const kind = item.kind === "node" || item.kind === "inner" || item.kind === "tag" ? `${item.kind} ${item.data.kind}` : item.kind;
    const fused = item.kind === "node" && item.data.fused;
    const order = item.kind === "group" || item.kind === "frame" ? item.group.kind === "order" : item.data.order > 0;
    const g = s("g", {
      class: `item ${kind}${fused ? " fused" : ""}${order ? " higher" : ""}`,
      transform: `translate(${box.x},${box.y})`,
      role: "img",
      "data-id": item.id,
      "data-node": item.kind === "node" || item.kind === "opened" ? item.node : null,
    });
    this.element = g;
    if (item.kind === "frame" || item.kind === "opened") {
      g.append(s("rect", { class: "shape", x: -w / 2, y: -h / 2, width: w, height: h, rx: 10 }));
      g.append(s("text", { class: "title", x: -w / 2 + 9, y: -h / 2 + 14 }, `− ${title(item)}`));
      return;
    }
    if (item.kind === "group") g.append(s("path", { class: "shape behind", d: outline(item, w, h), transform: "translate(4,4)" }));
    const shape = outline(item, w, h);
    g.append(s("path", { class: "shape", d: shape }));
    if (fused) g.append(s("path", { class: "inside", d: outline(item, w - 5, h - 5) }));
    if (item.kind === "tag") {
      g.append(s("text", { class: "cell", "text-anchor": "middle", y: 4 }, title(item)));
      return;
    }
    if (item.kind !== "group" && item.pill) {
      g.append(s("text", { class: "cell", "text-anchor": "middle", y: 4 }, short(single(item.data.value) ?? NaN)));
      return;
    }
    const top = -h / 2;
    const text = item.kind === "group" ? `+ ${title(item)}` : title(item);
    g.append(s("text", { class: "title", "text-anchor": "middle", x: fused ? -8 : 0, y: top + 14 }, text));
    if (fused && item.data.decomposition) {
      g.append(s("text", { class: "opener", x: w / 2 - 16, y: top + 14, "data-open": item.node }, "⊞"));
    }
    const two = item.kind === "group" ? true : item.kind === "node" && hasGrad(item.data);
    const inset = item.kind !== "group" && item.data.kind !== "op" ? 9 : 5;
    const room = w - 2 * inset;
    const height = cellHeight - 4;
    const y = item.kind === "group" ? top + headHeight + 2 : top + headHeight;
    this.value = new Cell(-w / 2 + inset, y, two ? room / 2 - 1 : room, height, "value");
    g.append(this.value.element);
    if (two) {
      this.grad = new Cell(1, y, room / 2 - 1, height, "grad");
      g.append(this.grad.element);
    }
    g.append(this.marks);
    if (item.kind === "group") this.progress = progressOf(model, item.group);
  }

  private progress: Progress | null = null;

  update(look: Look): void {
    const { item } = this;
    const { model, moment, colouring } = look;
    if (item.kind === "group") {
      this.group(look);
      return;
    }
    if (item.kind === "frame" || item.kind === "opened") {
      this.describe(`close ${title(item)}`);
      return;
    }
    if (item.kind === "tag") {
      this.describe(`${nodeTitle(item.data)}, which stands elsewhere`);
      return;
    }
    if (item.kind === "inner") {
      this.value?.set(cellText(item.data.value), tint(item.data.value, scaleOf(model).value));
      this.describe(`${nodeTitle(item.data)}, ${cellText(item.data.value)}`);
      return;
    }
    const value = model.value(item.node, moment);
    const grad = model.grad(item.node, moment);
    const scale = scaleOf(model);
    this.value?.set(cellText(value), colouring === "both" || colouring === "value" ? tint(value, scale.value) : "var(--cell)");
    this.grad?.set(cellText(grad), colouring === "both" || colouring === "gradient" ? tint(grad, scale.grad) : "var(--cell)");
    this.element.classList.toggle("waiting", !value);
    const shown = badges(model, item.node).filter((b) => (b.of === "value" ? value : grad && moment >= model.film.backward));
    const difference = look.difference?.(item.node) ?? null;
    const marks = shown.map((b) => ({ text: b.mark, kind: b.kind as string }));
    if (difference !== null) marks.push({ text: difference, kind: "differs" });
    this.mark(marks);
    this.element.classList.toggle("differs", difference !== null);
    const words = [model.describe(item.node), typeAndShape(item.data)];
    if (value) words.push(`value ${cellText(value)}`);
    if (grad) words.push(`gradient ${cellText(grad)}`);
    words.push(...shown.map((b) => b.text));
    this.describe(words.join(", "));
  }

  private group(look: Look): void {
    const { model, moment, colouring } = look;
    const p = this.progress!;
    const done = p.computed.length ? upTo(p.computed, moment) : 0;
    const ruled = upTo(p.ruled, moment);
    const backward = moment >= model.film.backward;
    const coloured = backward && p.grad && (colouring === "both" || colouring === "gradient");
    this.value!.set(`ops ${done}/${p.computed.length}`, "var(--cell)");
    this.grad!.set(`rules ${ruled}/${p.ruled.length}`, coloured ? tint(p.grad, scaleOf(model).grad) : "var(--cell)");
    const marks = new Map<string, { text: string; kind: string }>();
    for (const i of p.badged) {
      for (const b of badges(model, i)) {
        const there = b.of === "value" ? model.value(i, moment) : backward && model.grad(i, moment);
        if (there && marks.size < 3) marks.set(b.mark, { text: b.mark, kind: b.kind });
      }
    }
    const differing = look.difference ? p.members.filter((i) => look.difference!(i) !== null).length : 0;
    this.element.classList.toggle("differs", differing > 0);
    if (differing) marks.set("differs", { text: `${differing} differ`, kind: "differs" });
    this.mark([...marks.values()]);
    const name = this.item.kind === "group" ? this.item.group.name : "";
    this.describe(`group ${name}, ${done} of ${p.computed.length} ops computed, ${ruled} of ${p.ruled.length} rules run`);
  }

  private describe(label: string): void {
    if (label === this.label) return;
    this.label = label;
    this.element.setAttribute("aria-label", label);
  }

  private mark(marks: { text: string; kind: string }[]): void {
    const key = JSON.stringify(marks);
    if (key === this.shownMarks) return;
    this.shownMarks = key;
    this.marks.replaceChildren();
    let right = this.box.width / 2 + 6;
    for (const { text, kind } of marks) {
      const width = textWidth(text, "700 10px system-ui, sans-serif") + 10;
      const y = -this.box.height / 2 - 11;
      this.marks.append(
        s("rect", { class: `mark ${kind}`, x: right - width, y, width, height: 14, rx: 7 }),
        s("text", { class: `mark ${kind}`, x: right - width / 2, y: y + 10.5, "text-anchor": "middle" }, text),
      );
      right -= width + 3;
    }
  }
}

class Cell {
  readonly element: SVGGElement;
  private readonly rect: SVGRectElement;
  private readonly text: SVGTextElement;
  private shown = "";
  private fill = "";

  constructor(x: number, y: number, width: number, height: number, kind: string) {
    this.rect = s("rect", { class: "cell", x, y, width, height, rx: 3 });
    this.text = s("text", { class: `cell ${kind}`, x: x + width / 2, y: y + height - 3, "text-anchor": "middle" });
    this.element = s("g", {}, this.rect, this.text);
  }

  set(text: string, fill: string): void {
    if (text !== this.shown) this.text.textContent = this.shown = text;
    if (fill !== this.fill) this.rect.style.fill = this.fill = fill;
  }
}

function cellText(view: ArrayView | null): string {
  if (!view) return "·";
  const one = single(view);
  if (one !== null) return short(one);
  const st = statistics(view);
  if (!st.size) return "empty";
  return st.nan || st.inf ? "not finite" : `rms ${short(st.rms, 3)}`;
}

/** When a group's ops are computed and its rules run: sorted, so that a moment's count is a search. */
interface Progress {
  computed: number[];
  ruled: number[];
  members: number[];
  badged: number[];
  grad: ArrayView | null;
}

const progresses = new WeakMap<Model, Map<string, Progress>>();

function progressOf(model: Model, group: Group): Progress {
  let known = progresses.get(model);
  if (!known) progresses.set(model, (known = new Map()));
  let found = known.get(group.id);
  if (!found) {
    const all = members(group);
    const ops = all.filter((i) => model.node(i).kind === "op");
    let grad: ArrayView | null = null;
    for (const i of all) {
      const g = model.node(i).kind === "parameter" ? model.finalGrad(i) : null;
      if (g && (!grad || statistics(g).rms > statistics(grad).rms)) grad = g;
    }
    const ascending = (a: number, b: number) => a - b;
    found = {
      computed: ops.map((i) => model.film.computed[i]!).sort(ascending),
      ruled: ops.map((i) => model.film.ruled[i]!).filter(Number.isFinite).sort(ascending),
      members: all,
      badged: all.filter((i) => badges(model, i).length),
      grad,
    };
    known.set(group.id, found);
  }
  return found;
}

/** How many of the sorted numbers are at most x. */
export function upTo(sorted: number[], x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
