/** The drawing of one recording. Only what is in sight is made; what is too small to read is painted on a canvas. */

import { h, s } from "../dom.ts";
import type { Model } from "../model/model.ts";
import { statistics } from "../model/statistics.ts";
import { type Item, layerOf, type Visible } from "../model/visible.ts";
import { single, short } from "../numbers.ts";
import type { Placed } from "../layout/types.ts";
import { Camera } from "./camera.ts";
import { Card, type Look } from "./card.ts";
import { drawFar } from "./far.ts";
import { chip, curve, Line, type Point, type Taken } from "./line.ts";

/** Above this many in sight the canvas takes over. */
const countable = 700;
/** Up to this many, all are made at once and panning costs nothing. */
const few = 400;

export interface Pressed {
  item: Item;
  /** The sign that opens a fused node was meant. */
  opener: boolean;
}

export class Stage {
  readonly element: HTMLElement;
  readonly camera: Camera;
  onPress: (pressed: Pressed) => void = () => {};
  private readonly svg = s("svg", { class: "drawing", role: "group", "aria-label": "the recorded graph" });
  private readonly canvas = h("canvas", { class: "far", "aria-hidden": "true" });
  private readonly world = s("g");
  private readonly frames = s("g");
  private readonly links = s("g");
  private readonly wires = s("g");
  private readonly nodes = s("g");
  private readonly chips = s("g", { class: "chips", "aria-hidden": "true" });
  private cards = new Map<string, Card>();
  private lines = new Map<number, Line>();
  private shown: Visible = { items: [], byId: new Map(), wires: [], standsFor: [] };
  private placed: Placed | null = null;
  private boxes = new Map<string, Placed["boxes"][number]>();
  private look: Look | null = null;
  private selected: number | null = null;
  private dirty = false;
  private taken: Taken[] | null = null;

  constructor(name: string) {
    this.world.append(this.frames, this.links, this.wires, this.nodes, this.chips);
    this.svg.append(this.world);
    this.element = h("div", { class: "stage" }, this.canvas, this.svg, name ? h("div", { class: "stage-name" }, name) : null);
    this.camera = new Camera(this.element);
    this.camera.onChange = () => this.schedule();
    this.svg.addEventListener("click", (event) => {
      const target = event.target as Element;
      const item = this.shown.byId.get(target.closest("[data-id]")?.getAttribute("data-id") ?? "");
      if (item) this.onPress({ item, opener: target.hasAttribute("data-open") });
    });
    this.canvas.addEventListener("click", (event) => {
      const at = this.camera.at(event.offsetX, event.offsetY);
      const near = this.nearest(at);
      if (near) this.onPress({ item: near, opener: false });
    });
  }

  /** Shows another graph, or the same one folded otherwise. */
  show(visible: Visible, placed: Placed, look: Look): void {
    this.shown = visible;
    this.placed = placed;
    this.boxes = new Map(visible.items.map((item, i) => [item.id, placed.boxes[i]!]));
    this.clear();
    this.update(look, this.selected);
  }

  /** The same graph at another moment, or another node selected. */
  update(look: Look, selected: number | null): void {
    // what was drawn of another model's numbers is drawn anew
    if (this.look && this.look.model !== look.model) this.clear();
    this.look = look;
    this.selected = selected;
    this.schedule();
  }

  /** The window has another size. */
  redraw(): void {
    this.schedule();
  }

  fit(): void {
    if (this.placed) this.camera.fit(this.placed.width, this.placed.height);
  }

  /** Fits what can be read whole; else shows the top at a legible size. */
  open(): void {
    if (!this.placed) return;
    const { width, height } = this.placed;
    this.camera.fit(width, height);
    if (this.camera.fitsLegibly(width, height)) return;
    const k = Math.max(Math.min(this.camera.room.width / width, 0.9), 0.62);
    this.camera.set({ k, x: Math.max((this.camera.room.width - width * k) / 2, (this.camera.room.width - width * k) / 2), y: 0 });
  }

  boxOf(node: number): Placed["boxes"][number] | null {
    return this.boxes.get(this.shown.standsFor[node] ?? "") ?? null;
  }

  get size(): number {
    return this.shown.items.length;
  }

  private clear(): void {
    for (const layer of [this.frames, this.links, this.wires, this.nodes, this.chips]) layer.replaceChildren();
    this.cards.clear();
    this.lines.clear();
    this.taken = null;
  }

  /** Many changes between two frames are drawn once. */
  private schedule(): void {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => {
      this.dirty = false;
      this.draw();
    });
  }

  private draw(): void {
    const { look, placed } = this;
    if (!look || !placed) return;
    const { view } = this.camera;
    const seen = this.inSight();
    const far = seen.length > countable;
    this.canvas.classList.toggle("active", far);
    this.svg.classList.toggle("inactive", far);
    if (far) {
      this.paint(look);
      return;
    }
    this.world.setAttribute("transform", `translate(${view.x.toFixed(2)},${view.y.toFixed(2)}) scale(${view.k.toFixed(5)})`);
    this.make(seen, look.model);
    for (const card of this.cards.values()) card.update(look);
    for (const line of this.lines.values()) line.update(look.moment);
    this.highlight(look);
  }

  private inSight(): number[] {
    const { items } = this.shown;
    const all = items.map((_, i) => i);
    if (items.length <= few) return all;
    const { view, room } = this.camera;
    const margin = 200 / view.k;
    const [left, top] = [-view.x / view.k - margin, -view.y / view.k - margin];
    const [right, bottom] = [left + room.width / view.k + 2 * margin, top + room.height / view.k + 2 * margin];
    return all.filter((i) => {
      const b = this.placed!.boxes[i]!;
      return b.x + b.width / 2 > left && b.x - b.width / 2 < right && b.y + b.height / 2 > top && b.y - b.height / 2 < bottom;
    });
  }

  private make(seen: number[], model: Model): void {
    const wanted = new Set(seen.map((i) => this.shown.items[i]!.id));
    for (const [id, card] of this.cards) {
      if (wanted.has(id)) continue;
      card.element.remove();
      this.cards.delete(id);
    }
    for (const i of seen) {
      const item = this.shown.items[i]!;
      if (this.cards.has(item.id)) continue;
      const card = new Card(item, this.placed!.boxes[i]!, model);
      this.cards.set(item.id, card);
      (item.kind === "frame" || item.kind === "opened" ? this.frames : this.nodes).append(card.element);
    }
    const layers = new Map(this.shown.items.map((item) => [item.id, layerOf(item)]));
    const arrays = model.nodes.some((n) => n.shape.length);
    // labels keep off boxes and one another, where all are made at once
    const whole = this.shown.items.length <= few;
    this.taken ??= whole ? this.placed!.boxes.filter((_, i) => !["frame", "opened"].includes(this.shown.items[i]!.kind)) : [];
    this.shown.wires.forEach((wire, i) => {
      const here = wanted.has(wire.from) || wanted.has(wire.to);
      const line = this.lines.get(i);
      if (here && !line) {
        const made = new Line(wire, this.placed!.lines[i]!, model, arrays && !this.isPill(wire.from) ? (whole ? this.taken! : []) : null);
        if (layers.get(wire.from) !== layers.get(wire.to)) made.element.classList.add("across");
        this.lines.set(i, made);
        this.wires.append(made.element);
      } else if (!here && line) {
        line.element.remove();
        this.lines.delete(i);
      }
    });
  }

  private isPill(id: string): boolean {
    const item = this.shown.byId.get(id);
    return item !== undefined && (item.kind === "tag" || ("pill" in item && item.pill));
  }

  /** The current moment, and the selected node with its operands, readers and kin of other orders. */
  private highlight({ model, moment }: Look): void {
    const { standsFor } = this.shown;
    const m = model.moments[moment]!;
    const current = m.kind === "start" ? null : standsFor[m.node];
    const chosen = this.selected === null ? null : standsFor[this.selected];
    for (const [id, { element, item }] of this.cards) {
      const stands = item.kind === "tag" ? standsFor[item.node] : id;  // a tag goes with what it names
      element.classList.toggle("current", stands === current);
      element.classList.toggle("backward", stands === current && m.kind !== "op");
      element.classList.toggle("selected", stands === chosen);
    }
    const chips: SVGGElement[] = [];
    for (const line of this.lines.values()) {
      let flow = "";
      for (const end of line.wire.ends) {
        if (m.kind === "op" && end.to === m.node) flow = "forward";
        if (m.kind === "rule" || m.kind === "arrival") {
          const step = model.step(m.step)!;
          if (end.to !== step.node) continue;
          const at = step.given.findIndex((given) => given.operand === end.operand);
          const share = step.given[at];
          if (!share || (m.kind === "arrival" && at !== m.share)) continue;
          flow = "backward";
          const one = single(share.share);
          const st = statistics(share.share);
          const text = one !== null ? short(one) : st.nan || st.inf ? "not finite" : `norm ${short(st.norm, 4)}`;
          // both operands of x·x run along one line: their numbers stand above one another
          const shift = chips.filter((c) => c.dataset.line === line.wire.from + line.wire.to).length * 24;
          const made = chip({ x: line.middle.x, y: line.middle.y + shift }, text, "backward");
          made.dataset.line = line.wire.from + line.wire.to;
          chips.push(made);
        }
      }
      const from = this.shown.byId.get(line.wire.from);
      const source = from?.kind === "tag" ? standsFor[from.node] : line.wire.from;
      const touches = chosen !== null && (source === chosen || line.wire.to === chosen);
      line.element.classList.toggle("forward", flow === "forward");
      line.element.classList.toggle("backward", flow === "backward");
      line.element.classList.toggle("touches", touches && !flow);
      if (flow && line.element.nextSibling) this.wires.append(line.element);
    }
    this.chips.replaceChildren(...chips);
    this.link(model, m.kind === "start" ? null : m.node);
  }

  /** Dashed lines from nodes of a gradient's graph to the nodes whose rules recorded them. */
  private link(model: Model, current: number | null): void {
    this.links.replaceChildren();
    if (!model.highestOrder) return;
    const { standsFor } = this.shown;
    const focus = this.selected ?? current;
    const drawn = new Set<string>();
    const draw = (a: number, b: number, strong: boolean) => {
      const [from, to] = [standsFor[a], standsFor[b]];
      if (!from || !to || from === to || drawn.has(`${from}\n${to}`)) return;
      const [p, q] = [this.boxes.get(from), this.boxes.get(to)];
      if (!p || !q) return;
      drawn.add(`${from}\n${to}`);
      this.links.append(s("path", { class: strong ? "kin strong" : "kin", d: between(p, q) }));
    };
    if (focus !== null) {
      const origin = model.node(focus).made_by;
      if (origin !== null) draw(origin, focus, true);
      const cotangent = model.recording.cotangents?.[focus];
      if (cotangent != null) draw(focus, cotangent, true);
      for (const made of model.made[focus]!) draw(focus, made, true);
    }
    if (model.nodes.length > 80) return;
    model.nodes.forEach((node, i) => node.made_by !== null && draw(node.made_by, i, false));
  }

  private paint(look: Look): void {
    const { model, moment } = look;
    const m = model.moments[moment]!;
    drawFar(
      this.canvas,
      {
        boxes: this.shown.items.map((item, i) => ({ item, ...this.placed!.boxes[i]! })),
        lines: this.placed!.lines,
        state: (item) => {
          if (item.kind !== "node") return 0;
          if (model.film.arrivals[item.node]!.some((a) => a.moment <= moment)) return 2;
          return model.film.computed[item.node]! <= moment ? 1 : 0;
        },
        current: m.kind === "start" ? null : (this.shown.standsFor[m.node] ?? null),
        selected: this.selected === null ? null : (this.shown.standsFor[this.selected] ?? null),
      },
      this.camera.view,
    );
  }

  private nearest(at: Point): Item | null {
    let [best, distance]: [Item | null, number] = [null, 30 / this.camera.view.k];
    this.shown.items.forEach((item, i) => {
      if (item.kind === "frame" || item.kind === "opened") return;
      const b = this.placed!.boxes[i]!;
      const d = Math.max(Math.abs(b.x - at.x) - b.width / 2, Math.abs(b.y - at.y) - b.height / 2);
      if (d < distance) [best, distance] = [item, d];
    });
    return best;
  }
}

function between(p: Point, q: Point): string {
  const bend = Math.min(Math.abs(q.x - p.x) / 2 + 20, 120);
  return curve([p, { x: (p.x + q.x) / 2, y: Math.min(p.y, q.y) - bend / 4 }, q]);
}
