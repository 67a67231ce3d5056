/**
 * What the library writes and the page reads: a recorded graph, its values, and a backward sweep over it.
 *
 * The page finds one `Document` as JSON in `<script type="application/json" id="recording">`. The C++ side that writes
 * it is src/view/recording.cpp; both change together, and `format` counts the changes.
 *
 * Nodes are those that the result was computed from, and those whose rules recorded what it was computed from; what else
 * is on the tape is left out. Behind them stand those of the graph of the result's gradient, where there is one.
 */

export interface Document {
  format: 1;
  /** Shown as text, whatever it holds. */
  title: string;
  /** One, or two to be compared side by side. */
  recordings: Recording[];
}

export interface Recording {
  name: string;
  /** In the order of the tape: operands before their readers. */
  nodes: Node[];
  /** The node that was differentiated. */
  result: number;
  /** The sweep, one rule a step, the result's first. Empty where only the graph was asked for. */
  sweep: Step[];
  /**
   * Bytes of values alive after node i was recorded, of all but the graph of the gradient, and after step i of the sweep ran: as a tape would hold
   * them that does not keep values, without those that parameters and data hold themselves.
   */
  memory: { forward: number[]; backward: number[] };
  /** Places in the user's files; nodes refer to them by number. */
  sources: Source[];
  /**
   * Where the gradient was recorded as a graph: for each node the node that holds its cotangent, or null. All-scalar
   * recordings have it (up to some thousand nodes), so that the page can evaluate gradients by forward rules alone. The
   * result's cotangent is a constant labelled "seed".
   */
  cotangents?: (number | null)[];
}

export interface Node {
  /** The op's name, "matmul"; of leaves "parameter", "variable", "constant". */
  op: string;
  kind: "parameter" | "variable" | "constant" | "op";
  /** The user's name for it; empty where there is none. */
  label: string;
  /** The layers that it was recorded in, "encoder/dense_1"; empty where there is none. */
  path: string;
  /** The op's settings as text, "axis=1, keepdims". */
  attributes: string;
  dtype: string;
  shape: number[];
  inputs: number[];
  /** Which result of its op it is; 0 for nearly all. All results of an op name its operands; the first has its step. */
  output: number;
  /** A fused op; opened, it shows its decomposition. */
  fused: boolean;
  needs_grad: boolean;
  /** What its gradient reads: operands by number, and whether it reads the result. */
  saves: { inputs: number[]; output: boolean };
  /** Index into `sources`, or null. */
  source: number | null;
  value: ArrayView | null;
  grad: ArrayView | null;
  bytes: number;
  /** Microseconds that the op took, where it was measured. */
  time: number | null;
  /** The op's formula, "y = x W + b", with the operands named as in `names`. */
  forward: string;
  /** The rule for each operand, "x̄ = ȳ Wᵀ"; empty where no gradient flows. */
  backward: string[];
  /** What the formulas call the operands, ["x", "W", "b"]; left out: x of one operand, a and b of two. */
  names?: string[];
  /** 0: what no rule has recorded; 1: the graph of its gradient; 2: of that one's; … */
  order: number;
  /** Of a node of a gradient's graph: the node whose rule recorded it, or null. */
  made_by: number | null;
  decomposition?: Decomposition;
}

/** A fused op in primitive ops. Nodes below `inputs` stand for the operands. */
export interface Decomposition {
  /** How many of the nodes are operands, in order. */
  inputs: number;
  nodes: Node[];
  result: number;
}

export interface Step {
  node: number;
  /** What had arrived at the node. */
  cotangent: ArrayView;
  /** What its rule gave to each operand, in order; operands without a gradient are left out. */
  given: Share[];
  /** Microseconds that the rule took. */
  time: number | null;
}

export interface Share {
  operand: number;
  /** The node that it arrives at. */
  to: number;
  share: ArrayView;
  /** What had arrived there before, and the sum: only where it is not the first to arrive. */
  before?: ArrayView;
  after?: ArrayView;
}

/** An array, whole or summarised. NaN and the infinities are the texts "nan", "inf", "-inf". */
export interface ArrayView {
  shape: number[];
  dtype: string;
  /** All elements in row-major order, where there are few or they were asked for. */
  values?: Scalar[];
  /** All elements, little-endian, base64: where an array was embedded whole. */
  whole?: { dtype: "float32" | "float64" | "int64" | "uint8"; base64: string };
  /** Of the finite elements, where `values` are not there. */
  summary?: {
    min: Scalar;
    max: Scalar;
    mean: Scalar;
    stddev: Scalar;
    /** √Σx² */
    norm: Scalar;
    zeros: number;
    nan: number;
    inf: number;
    /** Counts of equal stretches from min to max. */
    histogram: number[];
    /**
     * The array as a picture: means of blocks to four digits, rows × columns, all axes but the last as rows.
     */
    picture?: { rows: number; columns: number; values: Scalar[] };
  };
}

export type Scalar = number | "nan" | "inf" | "-inf";

/** A line of the user's, with its surroundings. */
export interface Source {
  file: string;
  line: number;
  /** The number of the first of `lines`; there are none where the file could not be read. */
  first: number;
  lines: string[];
}
