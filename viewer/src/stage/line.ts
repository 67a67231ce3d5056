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
    showLabel: boolean,
  ) {
    this.path = s("path", { class: "wire", d: curve(points), "marker-end": "url(#arrow)" });
    this.element = s("g", { class: "line" }, this.path);
    const at = (points.length - 1) / 2;
    const [a, b] = [points[Math.floor(at)], points[Math.ceil(at)]];
    this.middle = a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : { x: 0, y: 0 };
    if (showLabel) this.element.append(s("text", { class: "type", x: this.middle.x, y: this.middle.y + 3, "text-anchor": "middle" }, wire.label));

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
