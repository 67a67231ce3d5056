/** What is drawn: nodes, closed groups as one node each, open groups and opened fused nodes as frames around their own. */

import { single, sizeOf, typeAndShape } from "../numbers.ts";
import type { Node } from "../recording.ts";
import { type Group, lineage, type Tree } from "./groups.ts";
import type { Model } from "./model.ts";

export type Item = {
  id: string;
  /** The frame that it stands in. */
  parent: string | null;
} & (
  | { kind: "node"; node: number; data: Node; pill: boolean }
  /** The name of a parameter beside one of several groups that read it. */
  | { kind: "tag"; node: number; data: Node }
  | { kind: "inner"; node: number; inner: number; order: number; data: Node; pill: boolean }
  | { kind: "group"; group: Group }
  | { kind: "frame"; group: Group }
  | { kind: "opened"; node: number; data: Node }
);

export interface Wire {
  /** Producer, reader and which operand, as many as run between the two items. */
  ends: { from: number; to: number; operand: number }[];
  from: string;
  to: string;
  label: string;
}

export interface Visible {
  items: Item[];
  byId: Map<string, Item>;
  wires: Wire[];
  /** The item that stands for each node; "" where its layer is hidden. */
  standsFor: string[];
}

export interface Folding {
  /** Ids of the groups that are open. */
  open: Set<string>;
  /** Fused nodes that are opened to their decomposition. */
  fused: Set<number>;
  /** Orders above 0 that are shown. */
  orders: Set<number>;
}

/** Numbers that nobody named and one op reads are drawn small. */
function isPill(model: Model, i: number): boolean {
  const node = model.node(i);
  return node.kind === "constant" && !node.label && sizeOf(node.shape) === 1 && model.readers[i]!.filter((r) => model.node(r.node).order === node.order).length <= 1 && single(node.value) !== null;
}

export function visible(model: Model, tree: Tree, folding: Folding): Visible {
  const items: Item[] = [];
  const byId = new Map<string, Item>();
  const standsFor = new Array<string>(model.nodes.length).fill("");
  const put = (item: Item) => {
    items.push(item);
    byId.set(item.id, item);
  };

  const enter = (group: Group, parent: string | null, closed: string | null): void => {
    for (const i of group.nodes) {
      if (closed !== null) {
        standsFor[i] = closed;
        continue;
      }
      const data = model.node(i);
      if (data.decomposition && folding.fused.has(i)) {
        standsFor[i] = open(i, data, parent);
      } else {
        put({ id: `n${i}`, parent, kind: "node", node: i, data, pill: isPill(model, i) });
        standsFor[i] = `n${i}`;
      }
    }
    for (const inner of group.groups) {
      const id = `g${inner.id}`;
      if (inner.kind === "order" && !folding.orders.has(Number(inner.id.slice(6)))) continue;
      if (closed !== null) enter(inner, parent, closed);
      else if (folding.open.has(inner.id)) {
        put({ id, parent, kind: "frame", group: inner });
        enter(inner, id, null);
      } else {
        put({ id, parent, kind: "group", group: inner });
        enter(inner, id, id);
      }
    }
  };
  const open = (i: number, data: Node, parent: string | null): string => {
    const frame = `f${i}`;
    put({ id: frame, parent, kind: "opened", node: i, data });
    const { inputs, nodes, result } = data.decomposition!;
    nodes.forEach((inner, j) => {
      if (j < inputs) return;
      const pill = inner.kind === "constant" && single(inner.value) !== null;
      put({ id: `d${i}.${j}`, parent: frame, kind: "inner", node: i, inner: j, order: data.order, data: inner, pill });
    });
    return `d${i}.${result}`;
  };
  enter(tree.root, null, null);
  const found = wires(model, folding, standsFor);
  for (const item of tagged(found, byId)) put(item);
  return { items, byId, wires: found, standsFor };
}

/** Groups that read a parameter that stands far off, as steps through time do, get a tag with its name instead of a wire. */
const shared = 3;

/** The wires of parameters that so many closed groups read: from the second group on they come from a tag beside it. */
function tagged(all: Wire[], byId: Map<string, Item>): Item[] {
  const tags: Item[] = [];
  const readers = new Map<string, Wire[]>();
  for (const wire of all) {
    const from = byId.get(wire.from)!;
    if (from.kind !== "node" || from.data.kind !== "parameter" || byId.get(wire.to)!.kind !== "group") continue;
    readers.set(wire.from, [...(readers.get(wire.from) ?? []), wire]);
  }
  for (const [id, list] of readers) {
    if (list.length < shared) continue;
    const from = byId.get(id) as Extract<Item, { kind: "node" }>;
    for (const wire of list.slice(1)) {
      wire.from = `t${from.node} ${wire.to}`;
      tags.push({ id: wire.from, parent: byId.get(wire.to)!.parent, kind: "tag", node: from.node, data: from.data });
    }
  }
  return tags;
}

function wires(model: Model, folding: Folding, standsFor: string[]): Wire[] {
  const found = new Map<string, Wire>();
  const wire = (from: string, to: string, data: Node, ends: Wire["ends"][number] | null) => {
    if (!from || !to || from === to) return;
    const key = `${from}\n${to}`;
    let w = found.get(key);
    if (!w) found.set(key, (w = { from, to, ends: [], label: typeAndShape(data) }));
    if (ends) w.ends.push(ends);
  };
  model.nodes.forEach((node, to) => {
    if (!standsFor[to]) return;
    const opened = node.decomposition && folding.fused.has(to) && standsFor[to]!.startsWith("d") ? node.decomposition : null;
    if (!opened) {
      node.inputs.forEach((from, operand) => wire(standsFor[from]!, standsFor[to]!, model.node(from), { from, to, operand }));
      return;
    }
    opened.nodes.forEach((inner, j) => {
      if (j < opened.inputs) return;
      for (const k of inner.inputs) {
        const outside = k < opened.inputs;
        const from = outside ? node.inputs[k]! : -1;
        const id = outside ? standsFor[from]! : `d${to}.${k}`;
        wire(id, `d${to}.${j}`, outside ? model.node(from) : opened.nodes[k]!, outside ? { from, to, operand: k } : null);
      }
    });
  });
  for (const w of found.values()) if (w.ends.length > 1) w.label += ` ×${w.ends.length}`;
  return [...found.values()];
}

/** The order of the graph that an item stands in. */
export function layerOf(item: Item): number {
  if (item.kind !== "group" && item.kind !== "frame") return item.kind === "inner" ? item.order : item.data.order;
  const top = lineage(item.group).pop();
  return top?.kind === "order" ? Number(top.id.slice(6)) : 0;
}

/** Opens what hides a node. @return whether anything had to be opened */
export function reveal(tree: Tree, folding: Folding, model: Model, i: number): boolean {
  let changed = false;
  const order = model.node(i).order;
  if (order > 0 && !folding.orders.has(order)) {
    folding.orders.add(order);
    changed = true;
  }
  for (const group of lineage(tree.of[i]!)) {
    if (folding.open.has(group.id)) continue;
    folding.open.add(group.id);
    changed = true;
  }
  return changed;
}
