/** The signs that mathematicians write for ops. */

const signs: Record<string, string> = {
  add: "+",
  subtract: "−",
  multiply: "×",
  absorb_multiply: "×",
  divide: "÷",
  neg: "−x",
  pow: "xʸ",
  square: "x²",
  sqrt: "√",
  cbrt: "∛",
  exp: "eˣ",
  log: "ln",
  sum: "Σ",
  sum_to: "Σ",
  mean: "Σ/n",
  prod: "Π",
  matmul: "@",
  sigmoid: "σ",
  transpose: "ᵀ",
  reciprocal: "1/x",
  abs: "|x|",
};

export function sign(op: string): string {
  return Object.hasOwn(signs, op) ? signs[op]! : "";
}
