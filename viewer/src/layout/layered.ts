/**
 * A layering in linear time, for graphs that dagre would take seconds for: each box one rank below its lowest operand,
 * in a rank in the order of the means of their operands' places. Frames are drawn around what they hold.
 */

import type { Box, Placed, Request } from "./types.ts";

const gap = { x: 16, y: 28, margin: 20, frame: 8 };

export function layered(request: Request): Placed {
  const frames = new Set(request.boxes.map((box) => box.parent).filter((p) => p !== null));
  const index = new Map(request.boxes.map((box, i) => [box.id, i]));
  const operands: number[][] = request.boxes.map(() => []);
  for (const line of request.lines) operands[index.get(line.to)!]!.push(index.get(line.from)!);

  const rank = ranks(request.boxes, operands);
  const rows: number[][] = [];
  request.boxes.forEach((box, i) => {
    if (!frames.has(box.id)) (rows[rank[i]!] ??= []).push(i);
  });
  const centres = request.boxes.map(() => ({ x: 0, y: 0 }));
  let [y, widest] = [gap.margin, 0];
  for (const row of rows) {
    if (!row) continue;
    const wish = new Map(row.map((i) => [i, mean(operands[i]!.map((o) => centres[o]!.x))]));
    row.sort((a, b) => wish.get(a)! - wish.get(b)! || a - b);
    const height = Math.max(...row.map((i) => request.boxes[i]!.height));
    const width = row.reduce((sum, i) => sum + request.boxes[i]!.width + gap.x, -gap.x);
    let x = -width / 2;
    for (const i of row) {
      centres[i] = { x: x + request.boxes[i]!.width / 2, y: y + height / 2 };
      x += request.boxes[i]!.width + gap.x;
    }
    y += height + gap.y;
    widest = Math.max(widest, width);
  }
  const shift = widest / 2 + gap.margin;
  const placed = request.boxes.map((box, i) => ({ x: centres[i]!.x + shift, y: centres[i]!.y, width: box.width, height: box.height }));
  surround(request.boxes, index, frames, placed);
  return {
    id: request.id,
    direction: "down",
    width: widest + 2 * gap.margin,
    height: y,
    boxes: placed,
    lines: request.lines.map((line) => {
      const [a, b] = [placed[index.get(line.from)!]!, placed[index.get(line.to)!]!];
      return [
        { x: a.x, y: a.y + a.height / 2 },
        { x: b.x, y: b.y - b.height / 2 },
      ];
    }),
  };
}

/** By Kahn's walk; what stands on a cycle (a closed group can make one) comes after the rest. */
function ranks(boxes: Box[], operands: number[][]): number[] {
  const readers: number[][] = boxes.map(() => []);
  operands.forEach((list, i) => list.forEach((o) => readers[o]!.push(i)));
  const waiting = operands.map((list) => list.length);
  const rank = new Array<number>(boxes.length).fill(0);
  const queue = boxes.map((_, i) => i).filter((i) => waiting[i] === 0);
  for (let at = 0; at < queue.length; ++at) {
    const i = queue[at]!;
    for (const r of readers[i]!) {
      rank[r] = Math.max(rank[r]!, rank[i]! + 1);
      if (--waiting[r]! === 0) queue.push(r);
    }
  }
  return rank;
}

function surround(boxes: Box[], index: Map<string, number>, frames: Set<string>, placed: Placed["boxes"]): void {
  const bounds = new Map<string, [number, number, number, number]>();
  for (const id of frames) bounds.set(id, [Infinity, Infinity, -Infinity, -Infinity]);
  boxes.forEach((box, i) => {
    if (frames.has(box.id)) return;
    const p = placed[i]!;
    let margin = gap.frame;
    for (let parent = box.parent; parent !== null; parent = boxes[index.get(parent)!]!.parent, margin += gap.frame) {
      const b = bounds.get(parent)!;
      b[0] = Math.min(b[0], p.x - p.width / 2 - margin);
      b[1] = Math.min(b[1], p.y - p.height / 2 - margin);
      b[2] = Math.max(b[2], p.x + p.width / 2 + margin);
      b[3] = Math.max(b[3], p.y + p.height / 2 + margin);
    }
  });
  for (const [id, [left, top, right, bottom]] of bounds) {
    placed[index.get(id)!] = { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
  }
}

function mean(values: number[]): number {
  return values.length ? values.reduce((a, b) => a + b, 0) / values.length : 0;
}
