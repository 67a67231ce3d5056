/** Two recordings: which node of the one is which of the other, and where they differ. */

import { elements, short, single, sizeOf } from "../numbers.ts";
import type { ArrayView } from "../recording.ts";
import type { Model } from "./model.ts";
import type { Moment } from "./moments.ts";
import { statistics } from "./statistics.ts";

export class Pairing {
  /** For each node of the first the node of the second, or null; and the other way round. */
  readonly there: (number | null)[];
  readonly back: (number | null)[];

  constructor(
    readonly a: Model,
    readonly b: Model,
  ) {
    this.there = a.nodes.map(() => null);
    this.back = b.nodes.map(() => null);
    const keys = (model: Model): string[] => {
      const seen = new Map<string, number>();
      return model.nodes.map((n) => {
        const key = JSON.stringify([n.order, n.path, n.op, n.label, n.output]);
        const nth = seen.get(key) ?? 0;
        seen.set(key, nth + 1);
        return `${key}${nth}`;
      });
    };
    const alike = a.nodes.length === b.nodes.length && a.nodes.every((n, i) => n.inputs.join() === b.nodes[i]!.inputs.join());
    const of = new Map(keys(b).map((key, i) => [key, i]));
    // the same graph is paired node by node, even where an op was replaced by another
    keys(a).forEach((key, i) => {
      const j = alike ? i : of.get(key);
      if (j === undefined) return;
      this.there[i] = j;
      this.back[j] = i;
    });
  }

  /**
   * The moment of the second that shows what a moment of the first does; of the nearest before where there is none. Both
   * begin their sweeps together, and end together.
   */
  moment(at: number): number {
    const { a, b } = this;
    if (at >= a.moments.length - 1) return b.moments.length - 1;
    const computed = at >= a.film.backward ? b.film.backward - 1 : 0;
    for (let m = at; m > 0; --m) {
      const found = this.find(a.moments[m]!);
      if (found >= 0) return Math.max(found, computed);
    }
    return computed;
  }

  private index: Map<string, number> | null = null;

  private find(m: Moment): number {
    this.index ??= new Map(this.b.moments.map((x, i) => [key(x, x.kind === "start" ? -1 : x.node), i]));
    if (m.kind === "start") return 0;
    const node = this.there[m.node];
    return node === null || node === undefined ? -1 : (this.index.get(key(m, node)) ?? -1);
  }
}

function key(m: Moment, node: number): string {
  return `${m.kind} ${node} ${m.kind === "arrival" ? m.place : ""}`;
}

/** "Δ +0.5": second less first; of arrays the largest difference. Null where they are the same. */
export function difference(a: ArrayView | null, b: ArrayView | null): string | null {
  if (!a || !b) return null;
  const [x, y] = [single(a), single(b)];
  if (x !== null && y !== null) return Object.is(x, y) || x === y ? null : `Δ ${signed(y - x)}`;
  if (a.shape.join() !== b.shape.join()) return "Δ shape";
  const [p, q] = [elements(a), elements(b)];
  if (p && q) {
    let [most, size] = [0, 0];
    for (let i = 0; i < sizeOf(a.shape); ++i) {
      const d = q[i]! - p[i]!;
      if (Object.is(p[i], q[i]) || d === 0) continue;
      if (Number.isNaN(d)) return "Δ NaN";
      if (Math.abs(d) > size) [most, size] = [d, Math.abs(d)];
    }
    return size ? `Δ ${signed(most)}` : null;
  }
  const [s, t] = [statistics(a), statistics(b)];
  const same = s.norm === t.norm && s.mean === t.mean && s.min === t.min && s.max === t.max && s.nan === t.nan;
  return same ? null : `Δ norm ${signed(t.norm - s.norm)}`;
}

function signed(x: number): string {
  return x > 0 ? `+${short(x, 3)}` : short(x, 3);
}
