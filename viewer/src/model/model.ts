/** A recording, with everything the page asks of it worked out once. */

import type { ArrayView, Node, Recording, Share, Source, Step } from "../recording.ts";
import { film, type Film, type Moment, ownNodes } from "./moments.ts";

export class Model {
  readonly recording: Recording;
  readonly nodes: Node[];
  readonly film: Film;
  /** Who reads each node, and as which operand. */
  readonly readers: { node: number; operand: number }[][];
  /** For each node the nodes of the gradient's graph that its rule recorded. */
  readonly made: number[][];
  /** Node whose cotangent a node is, the inverse of `recording.cotangents`. */
  readonly cotangentOf: Map<number, number>;
  readonly highestOrder: number;
  /** How many nodes were there before the sweep, and the highest order among them. */
  readonly own: number;
  readonly ownOrder: number;

  constructor(recording: Recording) {
    this.recording = recording;
    this.nodes = recording.nodes;
    this.film = film(recording);
    this.readers = this.nodes.map(() => []);
    this.made = this.nodes.map(() => []);
    this.cotangentOf = new Map();
    let highest = 0;
    this.nodes.forEach((node, i) => {
      node.inputs.forEach((input, operand) => this.readers[input]?.push({ node: i, operand }));
      if (node.made_by !== null) this.made[node.made_by]?.push(i);
      highest = Math.max(highest, node.order);
    });
    recording.cotangents?.forEach((c, i) => {
      if (c !== null && !this.cotangentOf.has(c)) this.cotangentOf.set(c, i);
    });
    this.highestOrder = highest;
    this.own = ownNodes(recording);
    this.ownOrder = this.nodes.slice(0, this.own).reduce((most, node) => Math.max(most, node.order), 0);
  }

  get moments(): Moment[] {
    return this.film.moments;
  }

  get last(): number {
    return this.film.moments.length - 1;
  }

  node(i: number): Node {
    const node = this.nodes[i];
    if (!node) throw new Error(`the recording has no node ${i}`);
    return node;
  }

  step(i: number): Step | undefined {
    return this.recording.sweep[i];
  }

  source(node: Node): Source | undefined {
    return node.source === null ? undefined : this.recording.sources[node.source];
  }

  /** The value, once it has been computed. */
  value(i: number, moment: number): ArrayView | null {
    return this.film.computed[i]! <= moment ? this.node(i).value : null;
  }

  /** What has arrived of the gradient until `moment`. */
  grad(i: number, moment: number): ArrayView | null {
    const arrivals = this.film.arrivals[i] ?? [];
    let found: ArrayView | null = null;
    for (const a of arrivals) {
      if (a.moment > moment) break;
      found = a.view;
    }
    return found;
  }

  /** The gradient in the end: what the library itself says it is. */
  finalGrad(i: number): ArrayView | null {
    const arrivals = this.film.arrivals[i] ?? [];
    return this.node(i).grad ?? arrivals[arrivals.length - 1]?.view ?? null;
  }

  /** What the reader's rule gives to its operand, and when. */
  share(reader: number, operand: number): { share: Share; moment: number } | null {
    const moment = this.film.ruled[reader];
    if (moment === undefined || moment === Infinity) return null;
    const m = this.moments[moment];
    if (m?.kind !== "rule") return null;
    const step = this.step(m.step);
    const at = step?.given.findIndex((given) => given.operand === operand) ?? -1;
    const share = step?.given[at];
    if (!share) return null;
    const arrival = this.film.arrivals[share.to]?.find((a) => a.step === m.step && a.share === at);
    return { share, moment: arrival?.moment ?? moment };
  }

  /** Bytes alive at a moment. */
  memory(moment: number): number {
    const { forward, backward } = this.recording.memory;
    const m = this.moments[moment];
    if (!m || m.kind === "start") {
      const first = this.moments[1];
      return first?.kind === "op" ? (forward[first.node - 1] ?? 0) : (forward[0] ?? 0);
    }
    if (m.kind === "op") return forward[m.node] ?? 0;
    if (m.kind === "seed") return forward[forward.length - 1] ?? 0;
    return backward[m.step] ?? 0;
  }

  /** What it is called on the page: the user's label, else the op's name. */
  name(i: number): string {
    const node = this.node(i);
    return node.label || node.op;
  }

  /** "#7 multiply 'h'" */
  describe(i: number): string {
    const node = this.node(i);
    return `#${i} ${node.op}${node.label ? ` ‘${node.label}’` : ""}`;
  }
}
