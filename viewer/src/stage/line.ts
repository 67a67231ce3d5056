/** One wire: its curve, its label, and what flows along it at a moment. */

import { s, textWidth } from "../dom.ts";
import { scaleOf, wireWidth } from "../model/colours.ts";
import type { Model } from "../model/model.ts";
import type { Wire } from "../model/visible.ts";
import { upTo } from "./card.ts";

export interface Point {
  x: number;
  y: number;
}

/** A smooth curve through dagre's points. */
export function curve(points: Point[]): string {
  const [first] = points;
  if (!first) return "";
  let d = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`;
  for (let i = 1; i < points.length - 1; ++i) {
    const [p, q] = [points[i]!, points[i + 1]!];
    const end = i + 1 === points.length - 1 ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    d += `Q${p.x.toFixed(1)},${p.y.toFixed(1)} ${end.x.toFixed(1)},${end.y.toFixed(1)}`;
  }
  if (points.length === 2) d += `L${points[1]!.x.toFixed(1)},${points[1]!.y.toFixed(1)}`;
  return d;
}

/** Points on that curve, from one end to the other. */
export function along(points: Point[]): Point[] {
  const [first] = points;
  if (!first) return [];
  const [result, steps]: [Point[], number] = [[first], 8];
  let from = first;
  const reach = (control: Point, to: Point) => {
    for (let k = 1; k <= steps; ++k) {
      const t = k / steps;
      const at = (a: number, b: number, c: number) => (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c;
      result.push({ x: at(from.x, control.x, to.x), y: at(from.y, control.y, to.y) });
    }
    from = to;
  };
  for (let i = 1; i < points.length - 1; ++i) {
    const [p, q] = [points[i]!, points[i + 1]!];
    reach(p, i + 1 === points.length - 1 ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
  }
  if (points.length === 2) reach({ x: (first.x + points[1]!.x) / 2, y: (first.y + points[1]!.y) / 2 }, points[1]!);
  return result;
}

/** Rectangles that a label may not cover, its own kind included. */
export interface Taken {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a label of that size stands free on the curve, nearest to its middle; null where it does nowhere. */
function freePlace(on: Point[], width: number, height: number, taken: Taken[]): Point | null {
  const middle = (on.length - 1) / 2;
  const order = on.map((_, i) => i).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  for (const i of order) {
    const p = on[i]!;
    if (taken.every((t) => Math.abs(t.x - p.x) * 2 >= t.width + width || Math.abs(t.y - p.y) * 2 >= t.height + height)) return p;
  }
  return null;
}

const typeFont = "10px ui-monospace, monospace";

export class Line {
  readonly element: SVGGElement;
  readonly middle: Point;
  private readonly path: SVGPathElement;
  private width = "";
  private readonly when: number[] = [];
  private readonly widths: number[] = [];

  constructor(
    readonly wire: Wire,
    points: Point[],
    model: Model,
    /** What its label must leave free, where it has one; the label is added to it. */
    taken: Taken[] | null,
  ) {
    this.path = s("path", { class: "wire", d: curve(points), "marker-end": "url(#arrow)" });
    this.element = s("g", { class: "line" }, this.path);
    const on = along(points);
    this.middle = on[Math.floor(on.length / 2)] ?? { x: 0, y: 0 };
    if (taken) {
      const [width, height] = [textWidth(wire.label, typeFont) + 6, 11];
      const place = freePlace(on, width, height, taken);
      if (place) {
        this.middle = place;
        taken.push({ ...place, width, height });
        this.element.append(s("text", { class: "type", x: place.x, y: place.y + 3, "text-anchor": "middle" }, wire.label));
      }
    }

    // the width at a moment is that of the largest share that has flowed by then
    const largest = scaleOf(model).grad;
    const flows = wire.ends
      .map((end) => model.share(end.to, end.operand))
      .filter((f) => f !== null)
      .map((f) => ({ moment: f.moment, width: wireWidth(f.share.share, largest) }))
      .sort((x, y) => x.moment - y.moment);
    let widest = 0;
    for (const flow of flows) {
      widest = Math.max(widest, flow.width);
      this.when.push(flow.moment);
      this.widths.push(widest);
    }
  }

  update(moment: number): void {
    const width = (this.widths[upTo(this.when, moment) - 1] ?? 1.2).toFixed(1);
    if (width === this.width) return;
    this.width = width;
    this.path.style.strokeWidth = width;
    this.element.classList.toggle("passed", Number(width) > 1.2);
  }
}

/** A number travelling along a wire. */
export function chip(at: Point, text: string, kind: string): SVGGElement {
  const width = textWidth(text, "600 12px ui-monospace, monospace") + 14;
  return s(
    "g",
    { class: `chip ${kind}`, transform: `translate(${at.x},${at.y})` },
    s("rect", { x: -width / 2, y: -10, width, height: 20, rx: 10 }),
    s("text", { y: 4, "text-anchor": "middle" }, text),
  );
}
