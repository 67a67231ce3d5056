/**
 * Makes recordings as the library would, for tests: values and derivatives are computed here, by code that shares
 * nothing with the page. Scalars are recorded with the graph of their gradient.
 */

import type { ArrayView, Node, Recording, Scalar, Source, Step } from "../src/recording.ts";

export function scalar(x: number): Scalar {
  return Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

export function view(values: number[], shape: number[] = [], dtype = "float64"): ArrayView {
  return { shape, dtype, values: values.map(scalar) };
}

export function node(fields: Partial<Node> & { op: string }): Node {
  return {
    kind: "op",
    label: "",
    path: "",
    attributes: "",
    dtype: "float64",
    shape: [],
    inputs: [],
    output: 0,
    fused: false,
    needs_grad: true,
    saves: { inputs: [], output: false },
    source: null,
    value: null,
    grad: null,
    bytes: 8,
    time: null,
    forward: "",
    backward: [],
    order: 0,
    made_by: null,
    ...fields,
  };
}

interface Rule {
  forward: string;
  backward: string[];
  saves: Node["saves"];
  value: (x: number[], setting: number) => number;
  /** Each operand's share, recorded in ops. */
  give: (tape: Tape, g: number, ins: number[], out: number, setting: number) => number[];
}

const none = { inputs: [], output: false };
const rules: Record<string, Rule> = {
  add: { forward: "y = a + b", backward: ["ā = ȳ", "b̄ = ȳ"], saves: none, value: ([a, b]) => a! + b!, give: (_, g) => [g, g] },
  subtract: {
    forward: "y = a − b",
    backward: ["ā = ȳ", "b̄ = −ȳ"],
    saves: none,
    value: ([a, b]) => a! - b!,
    give: (t, g) => [g, t.op("neg", [g])],
  },
  multiply: {
    forward: "y = a · b",
    backward: ["ā = ȳ · b", "b̄ = ȳ · a"],
    saves: { inputs: [0, 1], output: false },
    value: ([a, b]) => a! * b!,
    give: (t, g, [a, b]) => [t.op("multiply", [g, b!]), t.op("multiply", [g, a!])],
  },
  divide: {
    forward: "y = a / b",
    backward: ["ā = ȳ / b", "b̄ = −ȳ · y / b"],
    saves: { inputs: [1], output: true },
    value: ([a, b]) => a! / b!,
    give: (t, g, [, b], y) => [t.op("divide", [g, b!]), t.op("neg", [t.op("divide", [t.op("multiply", [g, y]), b!])])],
  },
  neg: { forward: "y = −x", backward: ["x̄ = −ȳ"], saves: none, value: ([x]) => -x!, give: (t, g) => [t.op("neg", [g])] },
  pow: {
    forward: "y = xⁿ",
    backward: ["x̄ = ȳ · n · xⁿ⁻¹"],
    saves: { inputs: [0], output: false },
    value: ([x], n) => x! ** n,
    give: (t, g, [x], _, n) => [t.op("multiply", [g, t.op("multiply", [t.constant(n), t.op("pow", [x!], { setting: n - 1 })])])],
  },
  relu: {
    forward: "y = max(x, 0)",
    backward: ["x̄ = ȳ · [y > 0]"],
    saves: { inputs: [], output: true },
    value: ([x]) => (x! > 0 ? x! : 0),
    give: (t, g, _, y) => [t.op("where", [t.op("greater", [y, t.constant(0)]), g, t.constant(0)])],
  },
  sigmoid: {
    forward: "y = 1 / (1 + exp(−x))",
    backward: ["x̄ = ȳ · y · (1 − y)"],
    saves: { inputs: [], output: true },
    value: ([x]) => 1 / (1 + Math.exp(-x!)),
    give: (t, g, _, y) => [t.op("multiply", [g, t.op("multiply", [y, t.op("subtract", [t.constant(1), y])])])],
  },
  where: { forward: "y = a where c holds, else b", backward: ["", "", ""], saves: none, value: ([c, a, b]) => (c ? a! : b!), give: () => [] },
  greater: { forward: "y = [a > b]", backward: ["", ""], saves: none, value: ([a, b]) => (a! > b! ? 1 : 0), give: () => [] },
  mystery: { forward: "", backward: [""], saves: none, value: ([x]) => x! + 1, give: (_, g) => [g] },
};

export class Tape {
  readonly nodes: Node[] = [];
  readonly values: number[] = [];
  private maker: number | null = null;
  private layer = 1;
  path = "";
  source: number | null = null;

  leaf(kind: "parameter" | "variable" | "constant", value: number, label = ""): number {
    const needs = kind !== "constant";
    return this.put(node({ op: kind, kind, label, needs_grad: needs, value: view([value]), source: needs ? this.source : null }), value);
  }

  constant(value: number, label = ""): number {
    return this.leaf("constant", value, label);
  }

  op(op: string, inputs: number[], more: { label?: string; setting?: number } = {}): number {
    const rule = rules[op]!;
    const setting = more.setting ?? NaN;
    const value = rule.value(inputs.map((i) => this.values[i]!), setting);
    const made = node({
      op,
      inputs,
      label: more.label ?? "",
      attributes: more.setting === undefined ? "" : more.setting.toFixed(6),
      value: view([value]),
      forward: rule.forward,
      backward: rule.backward,
      saves: rule.saves,
      names: inputs.length === 1 ? ["x"] : inputs.length === 2 ? ["a", "b"] : ["c", "a", "b"],
      needs_grad: inputs.some((i) => this.nodes[i]!.needs_grad),
      source: this.source,
      time: 0.05 + 0.01 * (this.nodes.length % 7),
    });
    return this.put(made, value);
  }

  private put(made: Node, value: number): number {
    made.path = this.path;
    made.order = this.maker === null ? 0 : this.layer;
    made.made_by = this.maker;
    if (this.maker !== null) made.source = this.nodes[this.maker]!.source;
    this.values.push(value);
    return this.nodes.push(made) - 1;
  }

  /** What a rule recorded before the sweep, for a gradient that the user had recorded. */
  byRule<T>(maker: number, record: () => T): T {
    this.maker = maker;
    const made = record();
    this.maker = null;
    return made;
  }

  /** The sweep from a result, and the graph of the gradient. */
  finish(result: number, name = "", sources: Source[] = []): Recording {
    const own = result + 1;
    this.layer = 1 + Math.max(...this.nodes.map((n) => n.order));
    this.path = "";
    const cotangents: (number | null)[] = [];
    this.maker = result;
    cotangents[result] = this.constant(1, "seed");
    const sweep: Step[] = [];
    for (let i = result; i >= 0; --i) {
      const g = cotangents[i];
      const { op, kind, inputs, attributes } = this.nodes[i]!;
      if (kind !== "op" || g === null || g === undefined) continue;
      this.maker = i;
      const shares = rules[op]!.give(this, g, inputs, i, Number(attributes));
      const given = inputs.flatMap((to, operand) => {
        const share = shares[operand];
        if (share === undefined || !this.nodes[to]!.needs_grad) return [];
        const so_far = cotangents[to];
        const one = { operand, to, share: view([this.values[share]!]) };
        if (so_far === null || so_far === undefined) {
          cotangents[to] = share;
          return [one];
        }
        const sum = this.op("add", [so_far, share]);
        cotangents[to] = sum;
        return [{ ...one, before: view([this.values[so_far]!]), after: view([this.values[sum]!]) }];
      });
      sweep.push({ node: i, cotangent: view([this.values[g]!]), given, time: 0.2 });
    }
    this.maker = null;
    const grads = this.nodes.map((_, i) => (i < own ? (cotangents[i] ?? null) : null));
    grads.forEach((c, i) => c !== null && (this.nodes[i]!.grad = view([this.values[c]!])));
    const forward = this.nodes.slice(0, own).map((_, i) => 8 * (i + 1));
    const backward = sweep.map((_, s) => Math.max(8 * own - 6 * s, 16));
    return { name, nodes: this.nodes, result, sweep, memory: { forward, backward }, sources, cotangents: grads };
  }
}
