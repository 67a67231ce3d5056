/**
 * The film: every moment that can be stepped to, in order.
 *
 * First the ops, as the tape recorded them. Then the sweep: a rule is a moment; where several shares arrive at a node,
 * each arrival is one of its own, since the sum is what the chain rule of many paths is about.
 */

import type { ArrayView, Recording } from "../recording.ts";

export type Moment =
  | { kind: "start" }
  | { kind: "op"; node: number }
  | { kind: "seed"; node: number; cotangent: ArrayView }
  | { kind: "rule"; node: number; step: number }
  | { kind: "arrival"; node: number; step: number; share: number; place: number; of: number };

/** From `moment` on, the gradient of a node is `view`. */
export interface Arrival {
  moment: number;
  view: ArrayView;
  step: number;
  share: number;
}

export interface Film {
  moments: Moment[];
  /** The moment at which each node's value is there; 0 for leaves. */
  computed: number[];
  /** The moment of each node's rule, or Infinity. */
  ruled: number[];
  /** What arrived at each node, in order. */
  arrivals: Arrival[][];
  /** The first moment of the sweep; the number of moments where there is no sweep. */
  backward: number;
}

/** How many nodes were there before the sweep: the others are of the gradient's graph. */
export function ownNodes({ memory, nodes }: Recording): number {
  return Math.min(memory.forward.length, nodes.length);
}

export function film(recording: Recording): Film {
  const { nodes, sweep } = recording;
  const own = ownNodes(recording);
  const moments: Moment[] = [{ kind: "start" }];
  const computed = nodes.map((node, i) => {
    if (i >= own) return Infinity; // of the gradient's graph: filled in below
    if (node.kind !== "op") return 0;
    moments.push({ kind: "op", node: i });
    return moments.length - 1;
  });
  const backward = moments.length;
  const ruled = new Array<number>(nodes.length).fill(Infinity);
  const arrivals: Arrival[][] = nodes.map(() => []);
  const expected = new Array<number>(nodes.length).fill(0);
  for (const step of sweep) for (const share of step.given) expected[share.to]!++;

  const first = sweep[0];
  if (first) {
    moments.push({ kind: "seed", node: first.node, cotangent: first.cotangent });
    arrivals[first.node]?.push({ moment: backward, view: first.cotangent, step: -1, share: 0 });
  }
  const place = new Array<number>(nodes.length).fill(0);
  sweep.forEach((step, s) => {
    if (nodes[step.node]?.kind !== "op" && !step.given.length) return; // a leaf has no rule
    moments.push({ kind: "rule", node: step.node, step: s });
    const rule = moments.length - 1;
    ruled[step.node] = rule;
    step.given.forEach((given, i) => {
      const of = expected[given.to]!;
      if (of > 1) {
        moments.push({ kind: "arrival", node: given.to, step: s, share: i, place: ++place[given.to]!, of });
      }
      const moment = of > 1 ? moments.length - 1 : rule;
      arrivals[given.to]?.push({ moment, view: given.after ?? given.share, step: s, share: i });
    });
  });
  // what a rule recorded is there when the rule has run; where there is no sweep, from the start
  nodes.forEach((node, i) => {
    if (computed[i] !== Infinity) return;
    const rule = node.made_by === null ? backward : ruled[node.made_by]!;
    computed[i] = first ? (rule === Infinity ? backward : rule) : 0;
  });
  return { moments, computed, ruled, arrivals, backward: first ? backward : moments.length };
}
