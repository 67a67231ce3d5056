/** The drawing from far away, on a canvas: when thousands of nodes are in sight, none can be read. */

import type { Item } from "../model/visible.ts";
import type { View } from "./camera.ts";
import type { Point } from "./line.ts";

export interface FarScene {
  boxes: { item: Item; x: number; y: number; width: number; height: number }[];
  lines: Point[][];
  /** 0: not computed yet, 1: computed, 2: has a gradient. */
  state: (item: Item) => 0 | 1 | 2;
  current: string | null;
  selected: string | null;
}

export function drawFar(canvas: HTMLCanvasElement, scene: FarScene, view: View): void {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);

  const [left, top] = [-view.x / view.k, -view.y / view.k];
  const [right, bottom] = [left + width / view.k, top + height / view.k];
  context.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y);

  context.strokeStyle = colour("--wire");
  context.lineWidth = Math.max(1, 0.7 / view.k);
  context.beginPath();
  for (const points of scene.lines) {
    const [a, b] = [points[0], points[points.length - 1]];
    if (!a || !b || Math.max(a.y, b.y) < top || Math.min(a.y, b.y) > bottom) continue;
    if (Math.max(a.x, b.x) < left || Math.min(a.x, b.x) > right) continue;
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
  }
  context.stroke();

  const fills = [colour("--cell"), colour("--far-value"), colour("--far-grad")];
  for (const box of scene.boxes) {
    const [w, h] = [Math.max(box.width, 2 / view.k), Math.max(box.height, 2 / view.k)];
    const [x, y] = [box.x - w / 2, box.y - h / 2];
    if (x > right || x + w < left || y > bottom || y + h < top) continue;
    if (box.item.kind === "frame" || box.item.kind === "opened") {
      context.strokeRect(x, y, w, h);
      continue;
    }
    context.fillStyle = fills[scene.state(box.item)]!;
    context.fillRect(x, y, w, h);
    if (box.item.id === scene.current || box.item.id === scene.selected) {
      const grown = 4 / view.k;
      context.fillStyle = colour(box.item.id === scene.current ? "--accent" : "--focus");
      context.fillRect(x - grown, y - grown, w + 2 * grown, h + 2 * grown);
    }
  }
}
