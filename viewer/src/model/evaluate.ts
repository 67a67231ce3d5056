/**
 * A recording of scalars with other leaves: every op evaluated again, and the gradients by evaluating the recorded
 * graph of the gradient. What comes out is a recording, so that the page shows it as any other.
 */

import { single, sizeOf, toScalar } from "../numbers.ts";
import type { ArrayView, Node, Recording, Step } from "../recording.ts";
import type { Model } from "./model.ts";
import { ruleOf } from "./rules.ts";

/** Why nothing can be edited, or null where it can. */
export function whyNotEditable(model: Model): string | null {
  const { nodes, recording } = model;
  if (nodes.some((n) => sizeOf(n.shape) !== 1)) return "Leaves can be edited in graphs of single numbers; this one holds arrays.";
  if (recording.sweep.length && !recording.cotangents)
    return "Leaves cannot be edited: the gradient was not recorded as a graph, so it cannot be evaluated again.";
  for (const node of nodes) {
    if (node.kind === "op" && !ruleOf(node)) return `Leaves cannot be edited: this page has no rule for the op ${node.op}.`;
    if (single(node.value) === null) return "Leaves cannot be edited: not all values were kept.";
  }
  const again = evaluate(model, new Map());
  if (typeof again === "string") return again;
  // What comes out for the leaves as they are must be what the library got; else no other result can be trusted.
  for (let i = 0; i < nodes.length; ++i) {
    if (!near(single(again.nodes[i]!.value)!, single(nodes[i]!.value)!, nodes[i]!.dtype))
      return `Leaves cannot be edited: evaluated here, ${model.describe(i)} is not what was recorded.`;
  }
  for (const [s, step] of recording.sweep.entries())
    for (const [g, given] of step.given.entries())
      if (!near(single(again.sweep[s]!.given[g]!.share)!, single(given.share)!, given.share.dtype))
        return `Leaves cannot be edited: the share of ${model.describe(step.node)} is not found in the gradient's graph.`;
  return null;
}

function near(a: number, b: number, dtype: string): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= (dtype === "float32" ? 1e-4 : 1e-9) * Math.max(Math.abs(a), Math.abs(b), 1e-6);
}

/** The recording with some leaves changed, or why there is none. */
export function evaluate(model: Model, edits: Map<number, number>): Recording | string {
  const { recording, nodes } = model;
  const values = new Float64Array(nodes.length);
  nodes.forEach((node, i) => {
    const rule = node.kind === "op" ? ruleOf(node) : null;
    const at = (k: number) => values[node.inputs[k] ?? -1] ?? NaN;
    const x = rule ? rule(at(0), at(1), at(2)) : (edits.get(i) ?? single(node.value)!);
    values[i] = node.dtype === "float32" ? Math.fround(x) : x;
  });
  const view = (i: number): ArrayView => ({ shape: nodes[i]!.shape, dtype: nodes[i]!.dtype, values: [toScalar(values[i]!)] });
  const { cotangents } = recording;
  const shown: Node[] = nodes.map((node, i): Node => {
    const c = cotangents?.[i] ?? null;
    const grad = node.grad && c !== null ? view(c) : node.grad;
    // a decomposition's numbers were those of the old leaves
    const { decomposition: _, ...rest } = node;
    return { ...(edits.size ? rest : node), value: view(i), grad };
  });
  const sweep = cotangents ? resweep(model, cotangents, view) : [];
  return typeof sweep === "string" ? sweep : { ...recording, nodes: shown, sweep };
}

/**
 * The shares. The engine adds them up one by one, add(so far, share), so the node that holds a cotangent is a chain of
 * adds with as many links as shares arrived: unwound, it gives each share and each sum on the way.
 */
function resweep(model: Model, cotangents: (number | null)[], view: (i: number) => ArrayView): Step[] | string {
  const { nodes, recording } = model;
  const counts = new Map<number, number>();
  for (const step of recording.sweep) for (const given of step.given) counts.set(given.to, (counts.get(given.to) ?? 0) + 1);
  const unwound = new Map<number, { share: number; sum: number }[]>();
  for (const [to, count] of counts) {
    const held = cotangents[to];
    if (held === null || held === undefined) return `Leaves cannot be edited: no node holds the gradient of ${model.describe(to)}.`;
    let at: number = held;
    const chain: { share: number; sum: number }[] = [];
    for (let k = count - 1; k > 0; --k) {
      const node: Node | undefined = nodes[at];
      const [before, share]: number[] = node?.inputs ?? [];
      if (node?.op !== "add" || before === undefined || share === undefined)
        return `Leaves cannot be edited: the shares of ${model.describe(to)} are not told apart in the gradient's graph.`;
      chain.unshift({ share, sum: at });
      at = before;
    }
    chain.unshift({ share: at, sum: at });
    unwound.set(to, chain);
  }
  const place = new Map<number, number>();
  return recording.sweep.map((step): Step => {
    const c = cotangents[step.node] ?? null;
    return {
      ...step,
      cotangent: c === null ? step.cotangent : view(c),
      given: step.given.map((given) => {
        const k = place.get(given.to) ?? 0;
        place.set(given.to, k + 1);
        const chain = unwound.get(given.to)!;
        const share = { operand: given.operand, to: given.to, share: view(chain[k]!.share) };
        return k === 0 ? share : { ...share, before: view(chain[k - 1]!.sum), after: view(chain[k]!.sum) };
      }),
    };
  });
}
