/** Numbers: out of the recording, and onto the page. */

import type { ArrayView, Scalar } from "./recording.ts";

export function toNumber(x: Scalar): number {
  if (typeof x === "number") return x;
  return x === "nan" ? NaN : x === "inf" ? Infinity : -Infinity;
}

export function toScalar(x: number): Scalar {
  if (Number.isFinite(x)) return x;
  return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

const minus = "−";

/** Short, for a node or an edge: five significant digits. */
export function short(x: number, digits = 5): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${minus}∞`;
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e6 || size < 1e-4 ? x.toExponential(Math.max(digits - 3, 0)) : x.toPrecision(digits);
  return tidy(text);
}

/** Without the zeros that say nothing, and with a real minus sign. */
function tidy(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const tail = exponent === undefined ? "" : `e${exponent.replace("+", "").replace("-", minus)}`;
  return trimmed.replace("-", minus) + tail;
}

/** All digits that tell it from its neighbours: nine for float32, seventeen at most for float64. */
export function exact(x: number, dtype: string): string {
  if (!Number.isFinite(x)) return short(x);
  const text = String(dtype === "float32" ? Number(x.toPrecision(9)) : x);
  return text.replace("e+", "e").replaceAll("-", minus);
}

/** In a sum or product a negative number is put in brackets. */
export function bracketed(x: number): string {
  const text = short(x);
  return text.startsWith(minus) ? `(${text})` : text;
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let i = -1;
  do {
    n /= 1000;
    ++i;
  } while (n >= 1000 && i < units.length - 1);
  return `${tidy(n.toPrecision(3))} ${units[i]}`;
}

export function duration(microseconds: number): string {
  if (microseconds < 1) return `${tidy((microseconds * 1000).toPrecision(3))} ns`;
  if (microseconds < 1000) return `${tidy(microseconds.toPrecision(3))} µs`;
  if (microseconds < 1e6) return `${tidy((microseconds / 1000).toPrecision(3))} ms`;
  return `${tidy((microseconds / 1e6).toPrecision(3))} s`;
}

export function shortType(dtype: string): string {
  return dtype.replace("float", "f").replace("int", "i");
}

/** "f32[128,512]"; of a scalar "f32". */
export function typeAndShape(x: { dtype: string; shape: number[] }): string {
  return shortType(x.dtype) + (x.shape.length ? `[${x.shape.join(",")}]` : "");
}

export function sizeOf(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The number, where the array holds just one. */
export function single(view: ArrayView | null | undefined): number | null {
  if (!view || sizeOf(view.shape) !== 1) return null;
  const values = elements(view);
  return values ? (values[0] ?? null) : null;
}

const decoded = new WeakMap<ArrayView, ArrayLike<number>>();

/** All elements in row-major order, or null where the array is only summarised. */
export function elements(view: ArrayView): ArrayLike<number> | null {
  const known = decoded.get(view);
  if (known) return known;
  const found = view.values ? view.values.map(toNumber) : view.whole ? decode(view.whole) : null;
  if (found) decoded.set(view, found);
  return found;
}

function decode(whole: NonNullable<ArrayView["whole"]>): ArrayLike<number> {
  const raw = Uint8Array.from(atob(whole.base64), (c) => c.charCodeAt(0));
  if (whole.dtype === "uint8") return raw;
  const data = new DataView(raw.buffer);
  const width = whole.dtype === "float32" ? 4 : 8;
  const result = new Float64Array(raw.length / width);
  for (let i = 0; i < result.length; ++i) {
    const at = i * width;
    result[i] =
      whole.dtype === "float32"
        ? data.getFloat32(at, true)
        : whole.dtype === "float64"
          ? data.getFloat64(at, true)
          : Number(data.getBigInt64(at, true));
  }
  return result;
}
