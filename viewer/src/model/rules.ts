/**
 * The forward rules of ops on single numbers: all that is needed to evaluate a graph of scalars here. There is no
 * derivative among them: gradients come from the recorded graph of the gradient.
 */

import type { Node } from "../recording.ts";

type Rule = (x: number, y: number, z: number) => number;

const yes = (condition: boolean): number => (condition ? 1 : 0);
const same: Rule = (x) => x;

/** Half-way cases go to the even neighbour. */
function roundEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** By its series near 0 and its continued fraction far out: full accuracy in both tails. */
function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  if (a < 2.5) return 1 - erfSeries(x);
  let f = 0;
  for (let k = 60; k > 0; --k) f = k / 2 / (a + f);
  const tail = Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + f));
  return x > 0 ? tail : 2 - tail;
}

function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; ++n) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const erf = (x: number): number => (Math.abs(x) < 2.5 ? erfSeries(x) : 1 - erfc(x));

const rules: Record<string, Rule> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  neg: (x) => -x,
  absorb_multiply: (a, b) => (a === 0 ? 0 : a * b),
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  logaddexp: (a, b) => (a === b && !Number.isFinite(a) ? a : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))),
  hypot: (a, b) => Math.hypot(a, b),
  atan2: (a, b) => Math.atan2(a, b),
  fmod: (a, b) => a % b,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  cbrt: Math.cbrt,
  reciprocal: (x) => 1 / x,
  reciprocal_or_zero: (x) => (x === 0 ? 0 : 1 / x),
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  erfc,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundEven,
  trunc: Math.trunc,
  sigmoid,
  log_sigmoid: (x) => -softplus(-x),
  softplus,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  hard_sigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  hard_silu: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  hard_tanh: (x) => Math.min(Math.max(x, -1), 1),
  tanh_shrink: (x) => x - Math.tanh(x),
  sparse_plus: (x) => (x >= 1 ? x : x <= -1 ? 0 : ((x + 1) / 2) ** 2),
  sparse_sigmoid: (x) => Math.min(Math.max((x + 1) / 2, 0), 1),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  equal: (a, b) => yes(a === b),
  not_equal: (a, b) => yes(a !== b),
  less: (a, b) => yes(a < b),
  less_equal: (a, b) => yes(a <= b),
  greater: (a, b) => yes(a > b),
  greater_equal: (a, b) => yes(a >= b),
  logical_and: (a, b) => yes(a !== 0 && b !== 0),
  logical_or: (a, b) => yes(a !== 0 || b !== 0),
  logical_xor: (a, b) => yes((a !== 0) !== (b !== 0)),
  logical_not: (x) => yes(x === 0),
  isnan: (x) => yes(Number.isNaN(x)),
  isinf: (x) => yes(Math.abs(x) === Infinity),
  isfinite: (x) => yes(Number.isFinite(x)),
  where: (c, a, b) => (c !== 0 ? a : b),
  sigmoid_cross_entropy: (x, t) => softplus(x) - x * t,
  matmul: (a, b) => a * b,
  logsumexp: same,
  norm: Math.abs,
};

// of one element these give that element
for (const op of ["sum", "mean", "prod", "amax", "amin", "sum_to", "cumsum", "cumprod", "reshape", "expand_dims", "squeeze", "transpose"])
  rules[op] = same;
for (const op of ["swapaxes", "moveaxis", "broadcast_to", "flip", "roll", "identity", "diag"]) rules[op] = same;

/** Where the op's settings matter. */
function withSettings(node: Node): Rule | null {
  const number = Number(node.attributes.replace(/^\w+=/, ""));
  switch (node.op) {
    case "pow":
      return node.inputs.length === 2 ? (a, b) => a ** b : Number.isFinite(number) ? (x) => x ** number : null;
    case "leaky_relu":
      return (x) => (x > 0 ? x : number * x);
    case "elu":
      return (x) => (x > 0 ? x : number * Math.expm1(x));
    case "celu":
      return (x) => (x > 0 ? x : number * Math.expm1(x / number));
    case "hard_shrink":
      return (x) => (Math.abs(x) <= number ? 0 : x);
    case "soft_shrink":
      return (x) => (Math.abs(x) <= number ? 0 : x - number * Math.sign(x));
    case "squareplus":
      return (x) => (x + Math.sqrt(x * x + number)) / 2;
    case "gelu":
      if (node.attributes) return (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
      return (x) => 0.5 * x * erfc(-x / Math.SQRT2);
    case "clip": {
      if (node.inputs.length === 3) return (x, low, high) => Math.min(Math.max(x, low), high);
      const [low = NaN, high = NaN] = node.attributes.split(",").map(bound);
      return (x) => Math.min(Math.max(x, low), high);
    }
    case "astype":
      return node.dtype.startsWith("int") ? Math.trunc : node.dtype === "bool" ? (x) => yes(x !== 0) : same;
    default:
      return null;
  }
}

function bound(text: string): number {
  const word = text.trim();
  return word === "inf" ? Infinity : word === "-inf" ? -Infinity : Number(word);
}

export function ruleOf(node: Node): Rule | null {
  return withSettings(node) ?? (Object.hasOwn(rules, node.op) ? rules[node.op]! : null);
}
