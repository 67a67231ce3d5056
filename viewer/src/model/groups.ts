/**
 * The tree of groups: the layers of the user's, the graph of the gradient as a layer of its own, and, where a level
 * holds more than anybody can look at, runs of consecutive nodes.
 */

import type { Node } from "../recording.ts";

export interface Group {
  id: string;
  name: string;
  kind: "layer" | "order" | "run";
  parent: Group | null;
  groups: Group[];
  /** Nodes that stand in it and in none of its groups. */
  nodes: number[];
  /** All nodes below it. */
  size: number;
}

/** More than this at one level is cut into runs. */
const crowded = 120;

export interface Tree {
  root: Group;
  byId: Map<string, Group>;
  /** The group that each node stands in directly. */
  of: Group[];
}

export function tree(nodes: Node[]): Tree {
  const root: Group = { id: "", name: "", kind: "layer", parent: null, groups: [], nodes: [], size: 0 };
  const byId = new Map<string, Group>();
  const of: Group[] = [];
  const child = (parent: Group, id: string, name: string, kind: Group["kind"]): Group => {
    let group = byId.get(id);
    if (!group) {
      group = { id, name, kind, parent, groups: [], nodes: [], size: 0 };
      byId.set(id, group);
      parent.groups.push(group);
    }
    return group;
  };

  nodes.forEach((node, i) => {
    let at = root;
    if (node.order > 0) at = child(root, `order ${node.order}`, orderName(node.order), "order");
    for (const part of node.path.split("/").filter(Boolean)) at = child(at, `${at.id}/${part}`, part, "layer");
    at.nodes.push(i);
  });
  for (const group of [root, ...byId.values()]) cut(group, child);
  const settle = (group: Group): number => {
    for (const i of group.nodes) of[i] = group;
    group.size = group.nodes.length + group.groups.reduce((sum, g) => sum + settle(g), 0);
    return group.size;
  };
  settle(root);
  return { root, byId, of };
}

function orderName(order: number): string {
  return order === 1 ? "graph of the gradient" : `graph of the gradient, order ${order}`;
}

/** Where a level is crowded, its nodes go into runs. */
function cut(group: Group, child: (parent: Group, id: string, name: string, kind: Group["kind"]) => Group): void {
  const all = group.nodes;
  if (all.length <= crowded) return;
  // of very many, runs of runs: about as many at each level
  const length = Math.ceil(all.length ** (all.length > 2000 ? 2 / 3 : 1 / 2));
  group.nodes = [];
  for (let at = 0; at < all.length; at += length) {
    const run = all.slice(at, at + length);
    const name = `#${run[0]} – #${run[run.length - 1]}`;
    const made = child(group, `${group.id}/${name}`, name, "run");
    made.nodes.push(...run);
    cut(made, child);
  }
}

/** The group and all that it stands in, the innermost first. */
export function lineage(group: Group): Group[] {
  const found: Group[] = [];
  for (let g: Group | null = group; g?.parent; g = g.parent) found.push(g);
  return found;
}

/** All nodes below a group. */
export function members(group: Group): number[] {
  return [...group.nodes, ...group.groups.flatMap(members)];
}
