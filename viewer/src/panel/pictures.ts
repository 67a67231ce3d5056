/** An array as a heatmap, and its elements as a histogram. */

import { h, s } from "../dom.ts";
import { diverging } from "../model/colours.ts";
import { statistics } from "../model/statistics.ts";
import { count, elements, short, sizeOf, toNumber } from "../numbers.ts";
import type { ArrayView } from "../recording.ts";

const largest = 256;

interface Picture {
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/** The array as rows and columns: all axes but the last make the rows. */
function picture(view: ArrayView): Picture | null {
  const size = sizeOf(view.shape);
  if (size < 2) return null;
  const values = elements(view);
  const columns = view.shape[view.shape.length - 1] ?? 1;
  if (values && columns <= largest && size / columns <= largest) {
    // one long column or row is folded, or nobody could see it
    if (view.shape.length === 1 && columns > 16) return { rows: Math.ceil(columns / 16), columns: 16, values };
    return { rows: size / columns, columns, values };
  }
  const p = view.summary?.picture;
  if (p) return { ...p, values: p.values.map(toNumber) };
  return values ? reduced(values, size / columns, columns) : null;
}

/** Means of blocks. */
function reduced(values: ArrayLike<number>, rows: number, columns: number): Picture {
  const [r, c] = [Math.min(rows, 96), Math.min(columns, 96)];
  const sums = new Float64Array(r * c);
  const counts = new Float64Array(r * c);
  for (let i = 0; i < rows; ++i)
    for (let j = 0; j < columns; ++j) {
      const at = Math.floor((i * r) / rows) * c + Math.floor((j * c) / columns);
      sums[at]! += values[i * columns + j]!;
      counts[at]!++;
    }
  return { rows: r, columns: c, values: sums.map((x, i) => x / counts[i]!) };
}

export function heatmap(view: ArrayView, what: string): HTMLElement | null {
  const p = picture(view);
  if (!p) return null;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const canvas = h("canvas", { class: "heatmap", width: p.columns, height: p.rows, role: "img", "aria-label": `heatmap of the ${what}` });
  const context = canvas.getContext("2d");
  if (!context) return null;
  let scale = 0;
  for (let i = 0; i < p.values.length; ++i) if (Number.isFinite(p.values[i]!)) scale = Math.max(scale, Math.abs(p.values[i]!));
  const image = context.createImageData(p.columns, p.rows);
  for (let i = 0; i < p.rows * p.columns; ++i) {
    const x = p.values[i];
    const colour: [number, number, number] =
      x === undefined ? [128, 128, 128] : Number.isFinite(x) ? diverging(scale ? x / scale : 0, dark) : [214, 40, 120];
    image.data.set([...colour, x === undefined ? 0 : 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const cell = Math.max(Math.min(300 / p.columns, 180 / p.rows, 22), 1);
  canvas.style.width = `${Math.max(p.columns * cell, 24)}px`;
  canvas.style.height = `${Math.max(p.rows * cell, 8)}px`;
  const whole = p.rows * p.columns >= sizeOf(view.shape);
  const text = h("figcaption", {}, `±${short(scale, 3)}${whole ? "" : `, means of blocks`}`);
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const r = Math.floor(((event.clientY - box.top) / box.height) * p.rows);
    const c = Math.floor(((event.clientX - box.left) / box.width) * p.columns);
    const x = p.values[r * p.columns + c];
    if (x !== undefined) text.textContent = `row ${r}, column ${c}: ${short(x)}`;
  });
  return h("figure", {}, canvas, text);
}

export function histogram(view: ArrayView, what: string): HTMLElement | null {
  const st = statistics(view);
  const bars = st.histogram;
  if (bars.length < 2 || !(st.max > st.min)) return null;
  const [width, height] = [300, 56];
  const highest = Math.max(...bars);
  const svg = s("svg", {
    class: "histogram",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `histogram of the ${what}, from ${short(st.min)} to ${short(st.max)}`,
  });
  const step = width / bars.length;
  bars.forEach((n, i) => {
    // a bar of a few among thousands still shows
    const size = n ? Math.max((n / highest) * (height - 2), 1.5) : 0;
    const bar = s("rect", { x: i * step + 0.5, y: height - size, width: Math.max(step - 1, 0.5), height: size });
    bar.append(s("title", {}, `${count(n)} from ${short(st.min + (i * (st.max - st.min)) / bars.length, 3)}`));
    svg.append(bar);
  });
  if (st.min < 0 && st.max > 0) {
    const zero = (-st.min / (st.max - st.min)) * width;
    svg.append(s("line", { x1: zero, x2: zero, y1: 0, y2: height }));
  }
  return h("figure", {}, svg, h("figcaption", { class: "ends" }, h("span", {}, short(st.min, 4)), h("span", {}, short(st.max, 4))));
}

/** The elements as a table, where they are few. */
export function table(view: ArrayView): HTMLElement | null {
  const values = elements(view);
  const size = sizeOf(view.shape);
  const columns = view.shape[view.shape.length - 1] ?? 1;
  if (!values || size < 2 || size > 64 || columns > 10) return null;
  const body = h("tbody");
  for (let r = 0; r < size / columns; ++r) {
    const row = h("tr");
    for (let c = 0; c < columns; ++c) row.append(h("td", {}, short(values[r * columns + c]!)));
    body.append(row);
  }
  return h("table", { class: "elements" }, body);
}
