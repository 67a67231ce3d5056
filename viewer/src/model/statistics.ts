/** What is known of an array: from its elements where they are here, from the recording's summary elsewhere. */

import { elements, sizeOf, toNumber } from "../numbers.ts";
import type { ArrayView } from "../recording.ts";

export interface Statistics {
  size: number;
  min: number;
  max: number;
  mean: number;
  stddev: number;
  norm: number;
  /** Root of the mean square: the size of a typical element. */
  rms: number;
  zeros: number;
  nan: number;
  inf: number;
  /** Counts of equal stretches from min to max. */
  histogram: number[];
}

const known = new WeakMap<ArrayView, Statistics>();
const bins = 24;

export function statistics(view: ArrayView): Statistics {
  let found = known.get(view);
  if (!found) {
    found = view.summary && !view.values ? summarised(view, view.summary) : counted(view, elements(view) ?? []);
    known.set(view, found);
  }
  return found;
}

function summarised(view: ArrayView, s: NonNullable<ArrayView["summary"]>): Statistics {
  const size = sizeOf(view.shape);
  const norm = toNumber(s.norm);
  const finite = Math.max(size - s.nan - s.inf, 1);
  return {
    size,
    min: toNumber(s.min),
    max: toNumber(s.max),
    mean: toNumber(s.mean),
    stddev: toNumber(s.stddev),
    norm,
    rms: norm / Math.sqrt(finite),
    zeros: s.zeros,
    nan: s.nan,
    inf: s.inf,
    histogram: s.histogram,
  };
}

function counted(view: ArrayView, values: ArrayLike<number>): Statistics {
  let [min, max, sum, squares, zeros, nan, inf, finite] = [Infinity, -Infinity, 0, 0, 0, 0, 0, 0];
  // sums are of x / scale, so that none of the largest numbers, or of the smallest, gets lost
  let largest = 0;
  for (let i = 0; i < values.length; ++i) if (Number.isFinite(values[i]!)) largest = Math.max(largest, Math.abs(values[i]!));
  const scale = largest > 1e100 || (largest > 0 && largest < 1e-100) ? largest : 1;
  for (let i = 0; i < values.length; ++i) {
    const x = values[i]!;
    if (Number.isNaN(x)) ++nan;
    else if (!Number.isFinite(x)) ++inf;
    else {
      min = Math.min(min, x);
      max = Math.max(max, x);
      sum += x / scale;
      squares += (x / scale) ** 2;
      if (x === 0) ++zeros;
      ++finite;
    }
  }
  const mean = finite ? sum / finite : NaN; // of x / scale, as all until the end
  let spread = 0;
  const histogram = new Array<number>(finite > 1 ? bins : 0).fill(0);
  for (let i = 0; i < values.length; ++i) {
    const x = values[i]!;
    if (!Number.isFinite(x)) continue;
    spread += (x / scale - mean) ** 2;
    if (histogram.length && max > min) {
      const bin = Math.min(Math.floor(((x / scale - min / scale) / (max / scale - min / scale)) * bins), bins - 1);
      histogram[bin]!++;
    } else if (histogram.length) histogram[0]!++;
  }
  const norm = Math.sqrt(squares) * scale;
  return {
    size: sizeOf(view.shape),
    min: finite ? min : NaN,
    max: finite ? max : NaN,
    mean: mean * scale,
    stddev: Math.sqrt(spread / Math.max(finite, 1)) * scale,
    norm,
    rms: norm / Math.sqrt(Math.max(finite, 1)),
    zeros,
    nan,
    inf,
    histogram,
  };
}

/** The share of the elements that lie beyond `low` and `high`, from the histogram where the elements are not here. */
export function shareOutside(view: ArrayView, low: number, high: number): number {
  const values = elements(view);
  if (values) {
    let outside = 0;
    for (let i = 0; i < values.length; ++i) if (values[i]! < low || values[i]! > high) ++outside;
    return values.length ? outside / values.length : 0;
  }
  const s = statistics(view);
  const total = s.histogram.reduce((a, b) => a + b, 0);
  if (!total) return 0;
  const width = (s.max - s.min) / s.histogram.length;
  const outside = s.histogram.reduce((sum, n, i) => {
    const middle = s.min + (i + 0.5) * width;
    return middle < low || middle > high ? sum + n : sum;
  }, 0);
  return outside / total;
}

/** How many of the units (columns: the last axis) are zero in every row, where that can be told; else null. */
export function zeroColumns(view: ArrayView): { zero: number; of: number } | null {
  const of = view.shape[view.shape.length - 1];
  if (view.shape.length < 2 || !of) return null;
  const picture = view.summary?.picture;
  const values = elements(view) ?? (picture?.columns === of ? picture.values.map(toNumber) : null);
  if (!values) return null;
  let zero = 0;
  for (let c = 0; c < of; ++c) {
    let all = true;
    for (let i = c; i < values.length && all; i += of) all = values[i] === 0;
    if (all) ++zero;
  }
  return { zero, of };
}
