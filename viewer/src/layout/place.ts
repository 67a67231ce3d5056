/** Where everything stands: by dagre, or by a plain layering where there is too much for it. */

import { graphlib, layout } from "@dagrejs/dagre";
import { layered } from "./layered.ts";
import type { Placed, Request } from "./types.ts";

/** Beyond this dagre takes seconds. */
const many = 450;
/** Up to this both directions are tried. */
const few = 160;

const gap = { nodes: 18, ranks: 26, edges: 10, margin: 14 };

export function place(request: Request): Placed {
  if (request.boxes.length > many) return layered(request);
  const down = run(request, "down");
  if (request.boxes.length > few) return down;
  const right = run(request, "right");
  const scale = (p: Placed) => Math.min(request.room.width / p.width, request.room.height / p.height);
  return scale(right) > scale(down) * 1.15 ? right : down;
}

function run(request: Request, direction: Placed["direction"]): Placed {
  const graph = new graphlib.Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: direction === "down" ? "TB" : "LR",
    nodesep: direction === "down" ? gap.nodes : 12,
    ranksep: gap.ranks,
    edgesep: gap.edges,
    marginx: gap.margin,
    marginy: gap.margin,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const frames = new Set<string>();
  for (const box of request.boxes) if (box.parent !== null) frames.add(box.parent);
  for (const box of request.boxes) graph.setNode(box.id, frames.has(box.id) ? {} : { width: box.width, height: box.height });
  for (const box of request.boxes) if (box.parent !== null) graph.setParent(box.id, box.parent);
  request.lines.forEach((line, i) => graph.setEdge(line.from, line.to, {}, String(i)));
  layout(graph);
  const size = graph.graph() as { width: number; height: number };
  return {
    id: request.id,
    direction,
    width: size.width,
    height: size.height,
    boxes: request.boxes.map((box) => {
      const { x, y, width, height } = graph.node(box.id) as { x: number; y: number; width: number; height: number };
      return { x, y, width, height };
    }),
    lines: request.lines.map((line, i) => {
      const edge = graph.edge(line.from, line.to, String(i)) as { points?: { x: number; y: number }[] };
      return edge.points ?? [];
    }),
  };
}
