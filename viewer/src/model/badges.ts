/** Warnings that stand on a node. What counts as too small, too large or saturated is said here and nowhere else. */

import type { ArrayView } from "../recording.ts";
import type { Model } from "./model.ts";
import { shareOutside, statistics, zeroColumns } from "./statistics.ts";

export interface Badge {
  /** What stands on the node. */
  mark: string;
  kind: "bad" | "warn";
  /** What it means, in a sentence. */
  text: string;
  of: "value" | "grad";
}

/** A parameter's gradient is vanishing when it is this much smaller than the largest of its fellows. */
const vanishing = 1e-4;
/** A typical element above this is exploding. */
const exploding = 1e4;
/** Half of the elements on the flat part of a sigmoid or tanh. */
const saturatedShare = 0.5;

const cache = new WeakMap<Model, (Badge[] | undefined)[]>();
const scales = new WeakMap<Model, number>();

/** The largest gradient among the parameters, by its typical element. */
function scale(model: Model): number {
  let found = scales.get(model);
  if (found === undefined) {
    found = 0;
    for (let i = 0; i < model.nodes.length; ++i) {
      const grad = model.nodes[i]!.kind === "op" || !model.nodes[i]!.needs_grad ? null : model.finalGrad(i);
      if (grad) {
        const { rms } = statistics(grad);
        if (Number.isFinite(rms)) found = Math.max(found, rms);
      }
    }
    scales.set(model, found);
  }
  return found;
}

/** All badges that a node ever bears; those of its value or gradient count once that is there. */
export function badges(model: Model, i: number): Badge[] {
  let known = cache.get(model);
  if (!known) cache.set(model, (known = []));
  return (known[i] ??= find(model, i));
}

function find(model: Model, i: number): Badge[] {
  const node = model.node(i);
  const found: Badge[] = [];
  const add = (mark: string, kind: Badge["kind"], of: Badge["of"], text: string) => found.push({ mark, kind, of, text });
  const grad = model.finalGrad(i);
  for (const [view, of, what] of [[node.value, "value", "value"], [grad, "grad", "gradient"]] as const) {
    if (!view) continue;
    const s = statistics(view);
    if (s.nan) add("NaN", "bad", of, `The ${what} holds ${s.nan} of ${s.size} elements that are not a number.`);
    if (s.inf) add("Inf", "bad", of, `The ${what} holds ${s.inf} infinite of ${s.size} elements.`);
  }
  if (node.value && node.kind === "op") activation(node.op, node.attributes, node.value, add);
  if (grad && node.needs_grad) {
    const s = statistics(grad);
    const largest = scale(model);
    if (s.size && s.zeros === s.size) add("∇ 0", "warn", "grad", "The gradient is zero: nothing here changes the result.");
    else if (node.kind !== "op" && s.rms > 0 && s.rms < largest * vanishing)
      add("∇ tiny", "warn", "grad", "Vanishing: less than a ten-thousandth of the largest gradient among its fellows.");
    if (s.rms > exploding) add("∇ huge", "bad", "grad", "Exploding: a typical element of the gradient is above 10,000.");
  }
  return found;
}

function activation(
  op: string,
  attributes: string,
  value: ArrayView,
  add: (mark: string, kind: Badge["kind"], of: Badge["of"], text: string) => void,
): void {
  const is = (name: string) => op === name || (op === "dense" && attributes.split(/\W+/).includes(name));
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (is("sigmoid") || is("tanh")) {
    const share = shareOutside(value, is("tanh") ? -0.99 : 0.01, 0.99);
    if (share >= saturatedShare)
      add("saturated", "warn", "value", `Saturated: ${percent(share)} lie where the curve is flat, so little gradient passes.`);
  }
  if (is("relu")) {
    const s = statistics(value);
    const columns = zeroColumns(value);
    if (s.size && s.zeros === s.size) {
      add("dead", "warn", "value", "Dead: every output is zero, so no gradient passes.");
    } else if (columns && columns.zero) {
      add(`${columns.zero} dead`, "warn", "value", `${columns.zero} of ${columns.of} units are zero for the whole batch.`);
    }
  }
}
