/** Where everything stands: by dagre, or by a plain layering where there is too much for it. */

import { graphlib, layout } from "@dagrejs/dagre";
import { layered } from "./layered.ts";
import type { Placed, Request } from "./types.ts";

/** Beyond this dagre takes seconds. */
const many = 450;
/** Up to this both directions are tried. */
const few = 160;

const gap = { nodes: 18, ranks: 26, edges: 10, margin: 18, title: 15, layers: 70 };

/**
 * The function's graph, and beside it the graph of its gradient, which runs the other way: so a node and its gradient
 * stand at about the same height.
 */
export function place(request: Request): Placed {
  const layers = [...new Set(request.boxes.map((box) => box.layer))].sort((a, b) => a - b);
  if (layers.length < 2) return placeOne(request, 0);
  const room = { width: request.room.width / layers.length, height: request.room.height };
  const whole: Placed = { id: request.id, direction: "down", width: 0, height: 0, boxes: [], lines: [] };
  const of = new Map(request.boxes.map((box, i) => [box.id, i]));
  const layerOf = (id: string) => request.boxes[of.get(id)!]!.layer;
  for (const layer of layers) {
    const boxes = request.boxes.filter((box) => box.layer === layer);
    const lines = request.lines.filter((line) => layerOf(line.from) === layer && layerOf(line.to) === layer);
    const part = placeOne({ id: request.id, boxes, lines, room }, layer);
    const shift = whole.width + (layer === layers[0] ? 0 : gap.layers);
    boxes.forEach((box, i) => (whole.boxes[of.get(box.id)!] = { ...part.boxes[i]!, x: part.boxes[i]!.x + shift }));
    lines.forEach((line, i) => (whole.lines[request.lines.indexOf(line)] = part.lines[i]!.map((p) => ({ x: p.x + shift, y: p.y }))));
    whole.width = shift + part.width;
    whole.height = Math.max(whole.height, part.height);
  }
  request.lines.forEach((line, i) => (whole.lines[i] ??= across(whole.boxes[of.get(line.from)!]!, whole.boxes[of.get(line.to)!]!)));
  return whole;
}

/** From one layer to another: out at the side that faces it. */
function across(a: Placed["boxes"][number], b: Placed["boxes"][number]): { x: number; y: number }[] {
  const side = Math.sign(b.x - a.x) || 1;
  const [from, to] = [a.x + (side * a.width) / 2, b.x - (side * b.width) / 2];
  const middle = (from + to) / 2;
  return [
    { x: from, y: a.y },
    { x: middle, y: a.y },
    { x: middle, y: b.y },
    { x: to, y: b.y },
  ];
}

function placeOne(request: Request, layer: number): Placed {
  if (request.boxes.length > many) return layered(request);
  const down = run(request, "down", layer % 2 === 1);
  if (request.boxes.length > few || layer > 0) return down;
  const right = run(request, "right", false);
  const scale = (p: Placed) => Math.min(request.room.width / p.width, request.room.height / p.height);
  // titles stand above frames, which is where ranks are apart when they run down
  const better = request.boxes.some((box) => box.parent !== null) ? 1.6 : 1.15;
  return scale(right) > scale(down) * better ? right : down;
}

function run(request: Request, direction: Placed["direction"], upwards: boolean): Placed {
  const levels = nesting(request);
  const deepest = Math.max(0, ...levels.values());
  const titles = gap.title * deepest;
  const graph = new graphlib.Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: direction === "right" ? "LR" : upwards ? "BT" : "TB",
    nodesep: direction === "down" ? gap.nodes : 12 + 1.5 * titles,
    ranksep: gap.ranks + (direction === "down" && deepest ? gap.title : 0),
    edgesep: gap.edges,
    marginx: gap.margin,
    marginy: gap.margin + titles,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const frames = new Set<string>();
  for (const box of request.boxes) if (box.parent !== null) frames.add(box.parent);
  for (const box of request.boxes) graph.setNode(box.id, frames.has(box.id) ? {} : { width: box.width, height: box.height });
  for (const box of request.boxes) if (box.parent !== null) graph.setParent(box.id, box.parent);
  request.lines.forEach((line, i) => graph.setEdge(line.from, line.to, {}, String(i)));
  layout(graph);
  const boxes = request.boxes.map((box) => {
    const { x, y, width, height } = graph.node(box.id) as Rectangle;
    // dagre leaves no room for a frame's title: it grows upwards, by as many titles as stand in it
    const grown = gap.title * (levels.get(box.id) ?? 0);
    return { x, y: y - grown / 2, width, height: height + grown };
  });
  const lines = request.lines.map((line, i) => {
    const edge = graph.edge(line.from, line.to, String(i)) as { points?: Point[] };
    const [from, to] = [graph.node(line.from) as Rectangle, graph.node(line.to) as Rectangle];
    return docked(edge.points ?? [], from, to, direction === "right", upwards);
  });
  return { id: request.id, direction, ...framed(graph.graph() as { width: number; height: number }, boxes, lines) };
}

/** Moves and widens the drawing so that its lines are in it, too: dagre counts boxes only. */
function framed(size: { width: number; height: number }, boxes: Rectangle[], lines: Point[][]): Omit<Placed, "id" | "direction"> {
  let [left, top, right, bottom] = [0, 0, size.width, size.height];
  for (const { x, y } of lines.flat()) {
    [left, right] = [Math.min(left, x - gap.edges), Math.max(right, x + gap.edges)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  for (const part of [...boxes, ...lines.flat()]) [part.x, part.y] = [part.x - left, part.y - top];
  return { width: right - left, height: bottom - top, boxes, lines };
}

interface Point {
  x: number;
  y: number;
}
type Rectangle = Placed["boxes"][number];

/**
 * Leaves a box at the side that faces the next rank and comes in at the opposite one. dagre aims at the middles of boxes,
 * and where it leaves at a corner the line runs below the neighbours.
 */
function docked(points: Point[], from: Rectangle, to: Rectangle, right: boolean, upwards: boolean): Point[] {
  const [second, last] = [points[1], points[points.length - 2]];
  if (!second || !last) return points;
  const sign = upwards ? -1 : 1;
  const dock = (box: Rectangle, towards: Point, side: number): Point => {
    const [middle, half, wish] = right ? [box.y, box.height / 2, towards.y] : [box.x, box.width / 2, towards.x];
    const reach = Math.max(half - 9, 0);
    const along = Math.min(Math.max(wish, middle - reach), middle + reach);
    return right ? { x: box.x + (side * box.width) / 2, y: along } : { x: along, y: box.y + (side * box.height) / 2 };
  };
  const ahead = (p: Point, q: Point) => (right ? q.x - p.x : sign * (q.y - p.y)) > 0;
  const [start, end] = [dock(from, second, sign), dock(to, last, -sign)];
  const result = [...points];
  if (ahead(start, second)) result[0] = start;
  if (ahead(last, end)) result[points.length - 1] = end;
  return result;
}

/** Of each frame: how many frames stand in one another there, with itself. */
function nesting(request: Request): Map<string, number> {
  const parents = new Map(request.boxes.map((box) => [box.id, box.parent]));
  const levels = new Map<string, number>();
  for (const box of request.boxes) {
    let level = 1;
    for (let at = box.parent; at !== null; at = parents.get(at) ?? null, ++level) {
      if ((levels.get(at) ?? 0) >= level) break;
      levels.set(at, level);
    }
  }
  return levels;
}
