/**
 * Colours by size. Of single numbers the sign shows, too: orange above zero and blue below, a pair that every kind of
 * colour vision tells apart. The scale is logarithmic, over six decades below the largest.
 */

import { single } from "../numbers.ts";
import type { ArrayView } from "../recording.ts";
import type { Model } from "./model.ts";
import { statistics } from "./statistics.ts";

const decades = 6;

export interface Scale {
  value: number;
  grad: number;
}

const scales = new WeakMap<Model, Scale>();

/** The largest value and gradient of a recording, by their typical elements. */
export function scaleOf(model: Model): Scale {
  let scale = scales.get(model);
  if (!scale) {
    scale = { value: 0, grad: 0 };
    for (let i = 0; i < model.nodes.length; ++i) {
      const value = model.nodes[i]!.value;
      const grad = model.finalGrad(i);
      if (value) scale.value = Math.max(scale.value, finite(statistics(value).rms));
      if (grad) scale.grad = Math.max(scale.grad, finite(statistics(grad).rms));
    }
    scales.set(model, scale);
  }
  return scale;
}

function finite(x: number): number {
  return Number.isFinite(x) ? x : 0;
}

/** 0 for nothing, 1 for the largest. */
export function strength(size: number, largest: number): number {
  if (!(size > 0) || !(largest > 0)) return 0;
  return Math.min(Math.max(1 + Math.log10(size / largest) / decades, 0), 1);
}

/** A CSS colour: the surface, tinted. It follows the page between light and dark by itself. */
export function tint(view: ArrayView | null, largest: number): string {
  if (!view) return "var(--cell)";
  const s = statistics(view);
  if (s.nan || s.inf) return "color-mix(in oklab, var(--bad) 45%, var(--surface))";
  const one = single(view);
  const hue = one === null ? "var(--size)" : one < 0 ? "var(--below)" : "var(--above)";
  const share = s.rms === 0 ? 0 : 8 + 47 * strength(s.rms, largest);
  return `color-mix(in oklab, ${hue} ${share.toFixed(0)}%, var(--cell))`;
}

/** How wide an edge is drawn for the gradient that flows along it. */
export function wireWidth(view: ArrayView | null, largest: number): number {
  if (!view) return 1.2;
  return 1.2 + 5.3 * strength(statistics(view).rms, largest) ** 2;
}

/** For heatmaps: blue, surface, orange; x from −1 to 1. Red, green, blue from 0 to 255. */
export function diverging(x: number, dark: boolean): [number, number, number] {
  const middle: [number, number, number] = dark ? [38, 42, 50] : [246, 246, 244];
  const end: [number, number, number] = x < 0 ? (dark ? [92, 164, 255] : [20, 84, 176]) : dark ? [255, 160, 66] : [196, 82, 4];
  const t = Math.min(Math.abs(x), 1);
  return [0, 1, 2].map((i) => Math.round(middle[i]! + (end[i]! - middle[i]!) * t)) as [number, number, number];
}
