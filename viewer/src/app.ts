/** The page: what is shown, and what each control does to it. */

import { button, h, s } from "./dom.ts";
import { Keys } from "./keys.ts";
import { Layout } from "./layout/client.ts";
import { legend } from "./legend.ts";
import { difference, Pairing } from "./model/compare.ts";
import { evaluate, whyNotEditable } from "./model/evaluate.ts";
import { tree, type Tree } from "./model/groups.ts";
import { Model } from "./model/model.ts";
import { story } from "./model/story.ts";
import { type Folding, layerOf, reveal, visible } from "./model/visible.ts";
import { inspect } from "./panel/inspector.ts";
import { now } from "./panel/now.ts";
import { Player } from "./player.ts";
import type { Document } from "./recording.ts";
import { Search } from "./search.ts";
import { sections } from "./shortcuts.ts";
import { sizeOfItem, type Colouring, type Look } from "./stage/card.ts";
import { type Pressed, Stage } from "./stage/stage.ts";
import { toolbar, type Toolbar } from "./toolbar.ts";

/** A recording with its drawing. */
interface Side {
  model: Model;
  original: Model;
  tree: Tree;
  stage: Stage;
}

/** Graphs of up to this many nodes are shown with all groups open, where there is room for them. */
const small = 30;

export class App {
  readonly player = new Player();
  readonly search = new Search();
  private readonly sides: Side[];
  private readonly pairing: Pairing | null;
  /** The highest layer that the user has recorded: always shown. */
  private readonly top: number;
  private readonly folding: Folding = { open: new Set(), fused: new Set(), orders: new Set() };
  private readonly layout: Layout;
  private readonly keys: Keys;
  private readonly bar: Toolbar;
  private readonly nowCard = h("section", { class: "now", "aria-label": "this step" });
  private readonly details = h("section", { class: "inspector", "aria-label": "the chosen node" });
  private readonly live = h("div", { class: "unseen", "aria-live": "polite", role: "status" });
  private readonly edits = new Map<number, number>();
  private notEditable: string | null = null;
  private selected: number | null = null;
  private colouring: Colouring = "both";
  private follow = true;
  private frame = 0;
  private arrangements = 0;

  constructor(data: Document, code: string) {
    this.layout = new Layout(code);
    const two = data.recordings.length > 1;
    this.sides = data.recordings.slice(0, 2).map((recording) => {
      const model = new Model(recording);
      return { model, original: model, tree: tree(model.nodes), stage: new Stage(two ? recording.name : "") };
    });
    const [first, second] = this.sides;
    if (!first) throw new Error("there is no recording in this page");
    this.pairing = second ? new Pairing(first.model, second.model) : null;
    this.notEditable = two ? "Leaves can be edited where one recording is shown." : whyNotEditable(first.model);

    this.top = Math.max(...this.sides.map((side) => side.model.ownOrder));
    for (let order = 1; order <= this.top; ++order) this.folding.orders.add(order);
    for (const side of this.sides) {
      const shown = side.model.nodes.filter((n) => n.order <= this.top).length;
      for (const group of side.tree.byId.values()) if ((shown <= small && window.innerWidth > 820) || group.kind === "order") this.folding.open.add(group.id);
    }
    this.bar = toolbar(this, first.model.highestOrder > this.top);
    this.keys = new Keys(sections(this));
    this.build(data.title);
    this.sides.forEach((side, k) => (side.stage.onPress = (pressed) => this.press(k, pressed)));
    this.search.set(first.model);
    this.search.onPick = (node) => this.reveal(node);
    this.player.onMoment = (moment, playing) => this.moment(moment, playing);
    this.player.set(first.model);
    void this.arrange(true);
    new ResizeObserver(() => this.sides.forEach((side) => side.stage.redraw())).observe(first.stage.element);
  }

  get model(): Model {
    return this.sides[0]!.model;
  }

  private build(title: string): void {
    const first = this.sides[0]!.model.recording;
    document.title = title || "xgrad";
    const head = h("header", {}, h("h1", {}, title || first.name || "A recorded graph"), this.search.element, this.bar.element);
    const zoom = h(
      "div",
      { class: "zoom", role: "group", "aria-label": "zoom" },
      button("+", "nearer (+)", () => this.zoom(1.25)),
      button("−", "farther (−)", () => this.zoom(0.8)),
      button("⤢", "fit (0)", () => this.fit()),
    );
    const stages = h("div", { class: `stages${this.pairing ? " two" : ""}` }, ...this.sides.map((x) => x.stage.element), zoom, legend());
    // one arrow head for all drawings
    const arrow = s(
      "marker",
      { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
      s("path", { d: "M0,0L8,4L0,8Z" }),
    );
    const defs = s("svg", { class: "unseen", width: 0, height: 0, "aria-hidden": "true" }, s("defs", {}, arrow));
    const panel = h("aside", { class: "panel", tabindex: 0, "aria-label": "this step and the chosen node" }, this.nowCard, this.details);
    document.body.append(head, h("main", {}, stages, panel), this.player.element, this.live, this.keys.help, defs);
  }

  // --- what is drawn ---

  /** Lays out what is visible and draws it. @param anew fits the whole in the window */
  async arrange(anew = false): Promise<void> {
    const mine = ++this.arrangements;
    document.documentElement.dataset.ready = "false";
    await Promise.all(
      this.sides.map(async (side) => {
        const shown = visible(side.model, side.tree, this.folding);
        const placed = await this.layout.place({
          boxes: shown.items.map((item) => ({ id: item.id, parent: item.parent, layer: layerOf(item), ...sizeOfItem(item) })),
          lines: shown.wires.map(({ from, to }) => ({ from, to })),
          room: side.stage.camera.room,
        });
        if (mine !== this.arrangements) return; // folded otherwise meanwhile
        side.stage.show(shown, placed, this.look(side));
        if (anew) side.stage.open();
        side.stage.element.classList.add("ready");
      }),
    );
    if (mine === this.arrangements) document.documentElement.dataset.ready = "true";
    this.refresh();
  }

  private look(side: Side): Look {
    const moment = this.momentOf(side);
    const { pairing } = this;
    const second = side !== this.sides[0];
    return {
      model: side.model,
      moment,
      colouring: this.colouring,
      difference: pairing && ((node) => this.differs(second ? pairing.back[node] : node)),
    };
  }

  private differs(node: number | null | undefined): string | null {
    const [a, b] = this.sides;
    if (node === null || node === undefined || !b || !a) return node == null ? "only here" : null;
    const there = this.pairing!.there[node];
    if (there === null || there === undefined) return "only here";
    const [m, n] = [this.momentOf(a), this.momentOf(b)];
    const grads = difference(a.model.grad(node, m), b.model.grad(there, n));
    return difference(a.model.value(node, m), b.model.value(there, n)) ?? (grads && grads.replace("Δ", "Δ∇"));
  }

  private momentOf(side: Side): number {
    return side === this.sides[0] || !this.pairing ? this.player.moment : this.pairing.moment(this.player.moment);
  }

  private nodeOf(side: Side, node: number | null): number | null {
    return node === null || side === this.sides[0] || !this.pairing ? node : (this.pairing.there[node] ?? null);
  }

  private moment(moment: number, playing: boolean): void {
    this.refresh();
    const m = this.model.moments[moment];
    if (this.follow && m && m.kind !== "start") for (const side of this.sides) this.into(side, m.node);
    // speech could not keep up with a film: it says where the film stopped
    if (!playing) this.live.textContent = story(this.model, moment).sentence;
  }

  private into(side: Side, node: number): void {
    const box = side.stage.boxOf(this.nodeOf(side, node) ?? -1);
    if (box) side.stage.camera.show(box);
  }

  /** Draws the moment. Many calls between two frames are one. */
  refresh(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const side of this.sides) side.stage.update(this.look(side), this.nodeOf(side, this.selected));
      this.panel();
    });
  }

  private panel(): void {
    const { model } = this;
    const { moment, playing } = this.player;
    const told = story(model, moment);
    this.nowCard.replaceChildren(...now(model, moment, told, (node) => this.reveal(node)));
    const node = this.selected ?? (playing ? null : (told.node ?? model.recording.result));
    // a field that is being written in is left alone
    if (document.activeElement?.id === "edit" && this.details.contains(document.activeElement)) return;
    if (node === null) return;
    const [, other] = this.sides;
    const names = this.sides.map((side, k) => side.model.recording.name || `${k + 1}`) as [string, string];
    this.details.replaceChildren(
      inspect(
        {
          model,
          node,
          moment,
          other: other ? { model: other.model, node: this.nodeOf(other, node), moment: this.momentOf(other) } : null,
          names,
          opened: this.folding.fused.has(node),
          editable: this.notEditable,
          edited: this.edits,
        },
        { go: (to) => this.reveal(to), open: (to) => this.fused(to), edit: (leaf, value) => this.edit(leaf, value) },
      ),
    );
  }

  // --- what is chosen ---

  private press(k: number, { item, opener }: Pressed): void {
    const mine = (node: number): number | null => (k === 0 ? node : (this.pairing!.back[node] ?? null));
    if (item.kind === "group" || item.kind === "frame") {
      this.toggle(item.group.id);
    } else if (item.kind === "opened" || opener) {
      const node = mine(item.node);
      if (node !== null) this.fused(node);
    } else {
      this.select(mine(item.node));
    }
  }

  select(node: number | null): void {
    this.selected = node;
    this.refresh();
    if (node === null) return;
    this.live.textContent = `${this.model.describe(node)} chosen`;
    for (const side of this.sides) this.into(side, node);
  }

  /** Chooses a node that may stand in closed groups. */
  reveal(node: number): void {
    const changed = reveal(this.sides[0]!.tree, this.folding, this.model, node);
    this.bar.orders(this.higher);
    if (changed) void this.arrange().then(() => this.select(node));
    else this.select(node);
  }

  /** The chosen node, or else the one that the moment is about. */
  private get focus(): number {
    const m = this.model.moments[this.player.moment]!;
    return this.selected ?? (m.kind === "start" ? this.model.recording.result : m.node);
  }

  /** The next or the last node of the tape. */
  walk(by: number): void {
    const count = this.model.nodes.length;
    const at = this.selected === null ? (by > 0 ? -1 : 0) : this.selected;
    const top = (i: number) => this.model.node(i).order === 0 || this.folding.orders.has(this.model.node(i).order);
    let to = (at + by + count) % count;
    while (!top(to)) to = (to + by + count) % count;
    this.reveal(to);
  }

  /** To an operand or a reader; pressed again, to the next of them. */
  along(direction: "operand" | "reader"): void {
    const from = this.focus;
    const list = direction === "operand" ? this.model.node(from).inputs : this.model.readers[from]!.map((r) => r.node);
    if (list[0] !== undefined) this.reveal(list[0]);
  }

  // --- folding ---

  toggle(id: string): void {
    const { open } = this.folding;
    if (!open.delete(id)) open.add(id);
    this.live.textContent = `${id.split("/").pop()} ${open.has(id) ? "opened" : "closed"}`;
    void this.arrange(true);
  }

  /** Opens or closes the group of the node in focus. */
  toggleHere(): void {
    const side = this.sides[0]!;
    const group = side.tree.of[this.focus]!;
    if (group.parent) this.toggle(group.id);
  }

  all(open: boolean): void {
    for (const side of this.sides)
      for (const group of side.tree.byId.values()) {
        if (open) this.folding.open.add(group.id);
        else if (group.kind !== "order") this.folding.open.delete(group.id);
      }
    if (!open) this.folding.fused.clear();
    void this.arrange(true);
  }

  get anyClosed(): boolean {
    const hidden = (kind: string, id: string) => kind === "order" && !this.folding.orders.has(Number(id.slice(6)));
    return [...this.sides[0]!.tree.byId.values()].some((g) => !this.folding.open.has(g.id) && !hidden(g.kind, g.id));
  }

  fused(node: number): void {
    if (!this.model.node(node).decomposition) return;
    if (!this.folding.fused.delete(node)) this.folding.fused.add(node);
    void this.arrange(true).then(() => this.select(node));
  }

  fusedHere(): void {
    this.fused(this.focus);
  }

  /** Whether the graph of the gradient is shown. */
  private get higher(): boolean {
    return [...this.folding.orders].some((order) => order > this.top);
  }

  orders(): void {
    const shown = this.higher;
    for (let order = this.top + 1; order <= this.model.highestOrder; ++order) {
      if (shown) this.folding.orders.delete(order);
      else this.folding.orders.add(order);
      this.folding.open.add(`order ${order}`);
    }
    this.bar.orders(!shown);
    if (this.selected !== null && shown && this.model.node(this.selected).order > this.top) this.selected = null;
    void this.arrange(true);
  }

  // --- the rest ---

  zoom(factor: number): void {
    for (const side of this.sides) side.stage.camera.zoom(factor);
  }

  pan(dx: number, dy: number): void {
    for (const side of this.sides) side.stage.camera.pan(dx, dy);
  }

  fit(): void {
    for (const side of this.sides) side.stage.fit();
  }

  colour(colouring: Colouring): void {
    this.colouring = colouring;
    this.refresh();
  }

  following(follow: boolean): void {
    this.follow = follow;
  }

  help(): void {
    this.keys.show();
  }

  nextColour(): void {
    this.bar.nextColour();
  }

  toggleFollow(): void {
    this.bar.toggleFollow();
  }

  /** Another number for a leaf; NaN brings the recorded one back. */
  private edit(leaf: number, value: number): void {
    if (Number.isNaN(value)) this.edits.delete(leaf);
    else this.edits.set(leaf, value);
    const side = this.sides[0]!;
    const again = this.edits.size ? evaluate(side.original, this.edits) : side.original.recording;
    if (typeof again === "string") return;
    side.model = this.edits.size ? new Model(again) : side.original;
    this.search.set(side.model);
    (document.activeElement as HTMLElement | null)?.blur();
    this.player.set(side.model);
    this.live.textContent = `${this.model.describe(leaf)} changed; everything was evaluated again`;
    if (this.folding.fused.size) {
      this.folding.fused.clear();
      void this.arrange();
    }
  }
}
