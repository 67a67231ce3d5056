/** Documents that the tests open. */

import type { ArrayView, Document, Node, Recording, Step } from "../src/recording.ts";
import { node, scalar, Tape, view } from "./recorder.ts";

const lines = [
  "Var a(-4.0, \"a\"), b(2.0, \"b\");",
  "Var c = a + b;",
  "Var d = a * b + pow(b, 3);",
  "c = c + c + 1;",
  "c = c + 1 + c + (-a);",
  "d = d + d * 2 + relu(b + a);",
  "d = d + 3 * d + relu(b - a);",
  "Var e = c - d;",
  "Var f = pow(e, 2);",
  "Var g = f / 2;",
  "g = g + 10 / f;",
];

/** micrograd's README: a.grad is 138.8338…, b.grad 645.5773…. */
export function micrograd(x = -4, y = 2, name = "micrograd"): Recording {
  const t = new Tape();
  const at = (line: number) => (t.source = line);
  at(0);
  const a = t.leaf("parameter", x, "a");
  const b = t.leaf("parameter", y, "b");
  const add = (p: number, q: number, label = "") => t.op("add", [p, q], { label });
  at(1);
  let c = add(a, b, "c");
  at(2);
  let d = add(t.op("multiply", [a, b]), t.op("pow", [b], { setting: 3 }), "d");
  at(3);
  c = add(add(c, c), t.constant(1));
  at(4);
  c = add(add(add(c, t.constant(1)), c), t.op("neg", [a]));
  at(5);
  d = add(add(d, t.op("multiply", [d, t.constant(2)])), t.op("relu", [add(b, a)]));
  at(6);
  d = add(add(d, t.op("multiply", [t.constant(3), d])), t.op("relu", [t.op("subtract", [b, a])]));
  at(7);
  const e = t.op("subtract", [c, d], { label: "e" });
  at(8);
  const f = t.op("pow", [e], { setting: 2, label: "f" });
  at(9);
  let g = t.op("divide", [f, t.constant(2)]);
  at(10);
  g = add(g, t.op("divide", [t.constant(10), f]), "g");
  const sources = lines.map((_, i) => ({ file: "examples/micrograd.cpp", line: i + 5, first: 5, lines }));
  return t.finish(g, name, sources);
}

/** One weight, read in each of four steps. */
export function unrolled(): Recording {
  const t = new Tape();
  const w = t.leaf("parameter", 0.5, "w");
  let h = t.leaf("variable", 1, "h0");
  for (let i = 1; i <= 4; ++i) {
    t.path = `step_${i}`;
    h = t.op("sigmoid", [t.op("multiply", [h, w])], { label: `h${i}` });
  }
  return t.finish(h);
}

/** Ten sigmoids in a row: the gradient of the first weight has all but vanished. */
export function sigmoids(): Recording {
  const t = new Tape();
  let x = t.leaf("variable", 0.5, "x");
  for (let i = 1; i <= 10; ++i) {
    t.path = `layer_${i}`;
    x = t.op("sigmoid", [t.op("multiply", [x, t.leaf("parameter", i === 10 ? 12 : 0.6, `w${i}`)])]);
  }
  return t.finish(x);
}

/** An op that the page has no rule for. */
export function unknownOp(): Recording {
  const t = new Tape();
  return t.finish(t.op("mystery", [t.leaf("parameter", 2, "x")]));
}

/** Deterministic noise. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 2147483648 - 1;
  };
}

function array(shape: number[], scale: number, seed: number, keep = true): ArrayView {
  const random = noise(seed);
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(random() * scale));
  return keep ? { ...view(values, shape, "float32") } : summarised(values, shape);
}

function summarised(values: number[], shape: number[]): ArrayView {
  const min = Math.min(...values);
  const max = Math.max(...values);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const histogram = new Array<number>(20).fill(0);
  for (const x of values) histogram[Math.min(Math.floor(((x - min) / (max - min)) * 20), 19)]!++;
  const norm = Math.sqrt(values.reduce((a, x) => a + x * x, 0));
  const stddev = Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / values.length);
  const [rows, columns] = [16, 16];
  const picture = { rows, columns, values: Array.from({ length: rows * columns }, (_, i) => values[(i * 7) % values.length]!) };
  const zeros = values.filter((x) => x === 0).length;
  return { shape, dtype: "float32", summary: { min, max, mean, stddev, norm, zeros, nan: 0, inf: 0, histogram, picture } };
}

/** Two dense layers and a loss, with a gradient that is NaN, dead units and a fused op that opens. */
export function mlp(): Recording {
  const nodes: Node[] = [];
  const put = (n: Node) => nodes.push(n) - 1;
  const f32 = "float32";
  const leaf = (kind: "parameter" | "constant", label: string, shape: number[], path: string, seed: number) =>
    put(
      node({
        op: kind,
        kind,
        label,
        path,
        shape,
        dtype: f32,
        needs_grad: kind === "parameter",
        value: array(shape, 0.3, seed, shape.length < 2 || shape[0]! < 40),
        bytes: shape.reduce((a, b) => a * b, 4),
        grad: kind === "parameter" ? array(shape, 0.02, seed + 50, shape.length < 2 || shape[0]! < 40) : null,
      }),
    );
  const dense = (path: string, x: number, from: number, to: number, activation: string, seed: number): number => {
    const w = leaf("parameter", "kernel", [from, to], path, seed);
    const b = leaf("parameter", "bias", [to], path, seed + 1);
    const shape = [32, to];
    const value = array(shape, 1, seed + 2);
    if (activation === "relu") {
      // the third unit is dead
      value.values = value.values!.map((v, i) => (i % to === 2 || (v as number) < 0 ? 0 : v));
    }
    const inner = (fields: Parameters<typeof node>[0]) => node({ dtype: f32, shape, value: array(shape, 1, seed + 2), ...fields });
    const operand = (i: number) => node({ ...nodes[i]! });
    const decomposition = {
      inputs: 3,
      nodes: [operand(x), operand(w), operand(b), inner({ op: "matmul", inputs: [0, 1] }), inner({ op: "add", inputs: [3, 2] })],
      result: 4,
    };
    if (activation) {
      decomposition.nodes.push(inner({ op: activation, inputs: [4] }));
      decomposition.result = 5;
    }
    return put(
      node({
        op: "dense",
        path,
        inputs: [x, w, b],
        shape,
        dtype: f32,
        fused: true,
        attributes: activation,
        value,
        grad: array(shape, 0.05, seed + 3),
        bytes: 128 * to,
        time: 41.2,
        forward: activation ? `y = ${activation}(x W + b)` : "y = x W + b",
        backward: ["x̄ = ȳ Wᵀ", "W̄ = xᵀ ȳ", "b̄ = ȳ, summed over rows"],
        names: ["x", "W", "b"],
        saves: { inputs: [0, 1], output: activation !== "" },
        decomposition,
      }),
    );
  };
  const x = leaf("constant", "images", [32, 784], "", 1);
  const h1 = dense("encoder/dense_1", x, 784, 24, "relu", 10);
  const h2 = dense("encoder/dense_2", h1, 24, 12, "tanh", 20);
  nodes[h2]!.value!.values = nodes[h2]!.value!.values!.map((v, i) => (i % 5 ? Math.sign(v as number) * 0.999 : v));
  const h3 = dense("head/dense", h2, 12, 10, "", 30);
  const t = put(node({ op: "constant", kind: "constant", label: "digits", shape: [32], dtype: "int64", needs_grad: false, value: view(Array.from({ length: 32 }, (_, i) => i % 10), [32], "int64"), bytes: 256 }));
  const loss = put(
    node({
      op: "softmax_cross_entropy",
      path: "loss",
      inputs: [h3, t],
      shape: [],
      dtype: f32,
      value: view([2.3025851249694824], [], f32),
      grad: view([1], [], f32),
      forward: "y = ln Σ exp(x) − x[t]",
      backward: ["x̄ = ȳ · (softmax(x) − onehot(t))", ""],
      names: ["x", "t"],
      saves: { inputs: [0, 1], output: false },
      time: 12,
      bytes: 4,
    }),
  );
  const back = [loss, h3, h2, h1];
  const sweep: Step[] = back.map((i) => {
    const n = nodes[i]!;
    const given = n.inputs.flatMap((to, operand) => (nodes[to]!.needs_grad ? [{ operand, to, share: nodes[to]!.grad! }] : []));
    return { node: i, cotangent: n.grad!, given, time: 55 };
  });
  const broken = nodes[h3 - 1]!; // the bias of the head
  broken.grad!.values![3] = "nan";
  broken.grad!.values![4] = "inf";
  return {
    name: "mlp",
    nodes,
    result: loss,
    sweep,
    memory: { forward: nodes.map((_, i) => 20000 + 9000 * i), backward: [90000, 80000, 42000, 21000] },
    sources: [],
  };
}

/** n nodes with a reader or two each. */
export function large(n: number): Recording {
  const nodes: Node[] = [];
  const random = noise(7);
  for (let i = 0; i < n; ++i) {
    const value = view([Math.fround(random())], [], "float32");
    if (i < 3) nodes.push(node({ op: "parameter", kind: "parameter", label: `p${i}`, dtype: "float32", value, grad: value }));
    else {
      const far = i % 11 === 0 ? Math.max(i - 40, 0) : i - 2;
      nodes.push(node({ op: "add", inputs: [i - 1, far], dtype: "float32", value, grad: value, forward: "y = a + b", backward: ["ā = ȳ", "b̄ = ȳ"] }));
    }
  }
  const arrived = new Map<number, ArrayView>();
  const sweep: Step[] = [];
  for (let i = n - 1; i > 2; --i) {
    const share = view([1], [], "float32");
    const given = nodes[i]!.inputs.map((to, operand) => {
      const before = arrived.get(to);
      const after = before && view([(before.values![0] as number) + 1], [], "float32");
      arrived.set(to, after ?? share);
      return before ? { operand, to, share, before, after: after! } : { operand, to, share };
    });
    sweep.push({ node: i, cotangent: arrived.get(i) ?? share, given, time: null });
  }
  arrived.forEach((g, i) => (nodes[i]!.grad = g));
  const forward = nodes.map((_, i) => 4 * i);
  return { name: "large", nodes, result: n - 1, sweep, memory: { forward, backward: sweep.map((_, s) => 4 * (n - s)) }, sources: [] };
}

export const nasty = `<img src=x onerror="window.hacked=1"></script><script>window.hacked=2</script> "'&amp; 𝒳 🦊`;

/** Every text that a user can choose is markup. */
export function hostile(): Recording {
  const t = new Tape();
  t.path = nasty.replaceAll("/", "∕");
  t.source = 0;
  const x = t.leaf("parameter", 3, nasty);
  const y = t.op("multiply", [x, x], { label: nasty });
  t.nodes[y]!.attributes = nasty;
  t.nodes[y]!.forward = nasty;
  t.nodes[y]!.backward = [nasty, nasty];
  return t.finish(y, nasty, [{ file: nasty, line: 1, first: 1, lines: [nasty] }]);
}

/** f = x², and a loss with its slope in it: f + f'². */
export function slopes(): Recording {
  const t = new Tape();
  const x = t.leaf("variable", 0.5, "x");
  const f = t.op("multiply", [x, x], { label: "f" });
  const slope = t.byRule(f, () => t.op("add", [x, x], { label: "slope" }));
  const penalty = t.op("multiply", [slope, slope], { label: "penalty" });
  return t.finish(t.op("add", [f, penalty], { label: "loss" }), "slopes");
}

/** Values that are no numbers. */
export function broken(): Recording {
  const t = new Tape();
  const x = t.leaf("parameter", 0, "x");
  const q = t.op("divide", [t.constant(1), x], { label: "q" });
  return t.finish(t.op("multiply", [q, t.leaf("parameter", 0, "w")]));
}

export function doc(title: string, ...recordings: Recording[]): Document {
  return { format: 1, title, recordings };
}

export { scalar };
