/** What happens at a moment, told in a formula, in numbers and in a sentence. */

import { bracketed, count, elements, short, single, sizeOf, typeAndShape } from "../numbers.ts";
import type { ArrayView, Node } from "../recording.ts";
import type { Model } from "./model.ts";
import { statistics } from "./statistics.ts";

export interface Line {
  /** "to #3 ‘w’", or empty. */
  lead: string;
  /** The node that `lead` speaks of. */
  node: number | null;
  formula: string;
  numbers: string;
}

export interface Story {
  phase: "start" | "forward" | "seed" | "rule" | "arrival";
  title: string;
  /** The node that it is about. */
  node: number | null;
  lines: Line[];
  /** For screen readers, and where there is room for one line only. */
  sentence: string;
}

export function story(model: Model, at: number): Story {
  const moment = model.moments[at]!;
  switch (moment.kind) {
    case "start": {
      const leaves = model.nodes.filter((n, i) => n.kind !== "op" && i < model.own).length;
      const sentence = `${count(leaves)} leaves have their values; nothing has been computed yet.`;
      return { phase: "start", title: "Before the first op", node: null, lines: [], sentence };
    }
    case "op": {
      const node = model.node(moment.node);
      const numbers = substituted(rightSide(node.forward), symbols(model, moment.node));
      const result = brief(node.value);
      const line: Line = {
        lead: "",
        node: moment.node,
        formula: node.forward || node.op,
        numbers: numbers && numbers !== result ? `= ${numbers} = ${result}` : `= ${result}`,
      };
      const sentence = `Forward: ${model.describe(moment.node)}, ${line.formula} ${line.numbers}`;
      return { phase: "forward", title: model.describe(moment.node), node: moment.node, lines: [line], sentence };
    }
    case "seed": {
      const line: Line = { lead: "", node: moment.node, formula: "ȳ = ∂y / ∂y", numbers: `= ${brief(moment.cotangent)}` };
      const name = model.describe(moment.node);
      const sentence = `The sweep starts at the result, ${name}: its gradient with respect to itself is ${brief(moment.cotangent)}.`;
      return { phase: "seed", title: `Result ${name}`, node: moment.node, lines: [line], sentence };
    }
    case "rule": {
      const step = model.step(moment.step)!;
      const node = model.node(moment.node);
      const known = symbols(model, moment.node, step.cotangent);
      const lines = step.given.map((given): Line => {
        const rule = node.backward[given.operand] ?? "";
        const numbers = substituted(rightSide(rule), known);
        const result = brief(given.share);
        return {
          lead: `to ${model.describe(given.to)}`,
          node: given.to,
          formula: rule,
          numbers: numbers && numbers !== result ? `= ${numbers} = ${result}` : `= ${result}`,
        };
      });
      const parts = lines.map((line) => `${line.lead}: ${line.formula} ${line.numbers}`);
      const name = model.describe(moment.node);
      const sentence = `Backward: rule of ${name}, whose gradient is ${brief(step.cotangent)}. ${parts.join("; ")}`;
      return { phase: "rule", title: `Rule of ${name}`, node: moment.node, lines, sentence };
    }
    case "arrival": {
      const step = model.step(moment.step)!;
      const given = step.given[moment.share]!;
      const from = model.describe(step.node);
      const numbers = given.before && given.after ? sum(given.before, given.share, given.after) : `= ${brief(given.share)}`;
      const line: Line = {
        lead: `share ${moment.place} of ${moment.of}, from ${from}`,
        node: step.node,
        formula: given.before ? "sum so far + share = sum" : "first share",
        numbers,
      };
      const name = model.describe(moment.node);
      const sentence = `At ${name} arrives share ${moment.place} of ${moment.of}, from ${from}: ${numbers}`;
      return { phase: "arrival", title: `Arriving at ${name}`, node: moment.node, lines: [line], sentence };
    }
  }
}

/** A number, a handful of numbers, or what kind of array it is and how large. */
export function brief(view: ArrayView | null): string {
  if (!view) return "?";
  const one = single(view);
  if (one !== null) return short(one);
  const values = elements(view);
  if (values && values.length <= 6 && view.shape.length === 1) return `[${Array.from(values, (x) => short(x, 4)).join(", ")}]`;
  if (!sizeOf(view.shape)) return `${typeAndShape(view)}, empty`;
  return `${typeAndShape(view)}, norm ${short(statistics(view).norm, 4)}`;
}

/** "3 + 1.5 = 4.5": of arrays too long to write out, their first elements, or their means, which add up as well. */
export function sum(before: ArrayView, share: ArrayView, after: ArrayView): string {
  const spelled = (a: number, b: number, c: number) => `${short(a)} + ${bracketed(b)} = ${short(c)}`;
  const [a, b, c] = [single(before), single(share), single(after)];
  if (a !== null && b !== null && c !== null) return spelled(a, b, c);
  const size = sizeOf(after.shape);
  const [x, y, z] = [elements(before), elements(share), elements(after)];
  if (x && y && z && size) {
    if (size <= 4) return `${brief(before)} + ${brief(share)} = ${brief(after)}`;
    return `${spelled(x[0]!, y[0]!, z[0]!)}, the first of ${count(size)} elements`;
  }
  const means = [before, share, after].map((view) => statistics(view).mean);
  return `${spelled(means[0]!, means[1]!, means[2]!)}, in the mean of ${count(size)} elements`;
}

/** What the symbols of a node's formulas stand for, where that is a single number. */
function symbols(model: Model, i: number, cotangent?: ArrayView): Map<string, number> {
  const node = model.node(i);
  const known = new Map<string, number>();
  const put = (name: string, view: ArrayView | null | undefined) => {
    const x = single(view);
    if (x !== null) known.set(name.normalize("NFD"), x);
  };
  operandNames(node).forEach((name, k) => {
    const input = node.inputs[k];
    if (input !== undefined) put(name, model.node(input).value);
  });
  put("y", node.value);
  const exponent = Number(node.attributes);
  if (node.op === "pow" && node.attributes && Number.isFinite(exponent)) known.set("n", exponent);
  if (cotangent) put("ȳ", cotangent);
  return known;
}

export function operandNames(node: Node): string[] {
  return node.names ?? (node.inputs.length === 1 ? ["x"] : node.inputs.length === 2 ? ["a", "b"] : []);
}

function rightSide(formula: string): string {
  const at = formula.indexOf("=");
  return (at < 0 ? formula : formula.slice(at + 1)).trim();
}

/** "ȳ, for each x that was added" → "ȳ": what stands behind a comma outside of brackets is said in words. */
function beforeProse(formula: string): string {
  let depth = 0;
  for (let i = 0; i < formula.length; ++i) {
    if ("([".includes(formula[i]!)) ++depth;
    if (")]".includes(formula[i]!)) --depth;
    if (formula[i] === "," && depth === 0) return formula.slice(0, i);
  }
  return formula;
}

const raised: Record<string, string> = {
  ᵃ: "a", ᵇ: "b", ᵖ: "p", ˣ: "x", ʸ: "y", ⁿ: "n", "⁺": "+", "⁻": "−", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4",
}; // prettier-ignore

/**
 * The formula with numbers for its symbols, or "" where there are none: so that "ȳ b aᵇ⁻¹" reads "1 · 3 · 2^(3 − 1)".
 */
export function substituted(formula: string, known: Map<string, number>): string {
  if (!known.size) return "";
  let any = false;
  const put = (name: string): string | null => {
    const x = known.get(name);
    if (x === undefined) return null;
    any = true;
    return bracketed(x);
  };
  const text = beforeProse(formula)
    .normalize("NFD")
    .replace(/[\p{Ll}\p{Lu}\p{Lo}][\p{Ll}\p{Lu}\p{Lo}\p{M}\p{Nd}₀-₉_]*/gu, (name) => put(name) ?? name)
    .replace(/[ᵃᵇᵖˣʸⁿ⁺⁻⁰¹²³⁴]*[ᵃᵇᵖˣʸⁿ][ᵃᵇᵖˣʸⁿ⁺⁻⁰¹²³⁴]*/gu, (run) => {
      const plain = [...run].map((c) => raised[c] ?? c);
      const parts = plain.map((c) => put(c) ?? (c === "−" || c === "+" ? ` ${c} ` : c));
      return parts.length === 1 ? `^${parts[0]}` : `^(${parts.join("").trim()})`;
    })
    .replace(/([\d)∞])\s+(?=[\d(∞])/gu, "$1 · ")
    .replace(/([([,]\s*)\((−[^()\s]+)\)(?=\s*[,)\]])/gu, "$1$2")
    .normalize("NFC");
  if (!any) return "";
  return /^\([^()]*\)$/.test(text) ? text.slice(1, -1) : text;
}
