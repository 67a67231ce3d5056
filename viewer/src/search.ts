/** Finds nodes by op, label, layer, number or source line. */

import { h } from "./dom.ts";
import type { Model } from "./model/model.ts";

const most = 30;

export class Search {
  readonly element: HTMLElement;
  onPick: (node: number) => void = () => {};
  private model: Model | null = null;
  private found: number[] = [];
  private at = 0;
  private readonly input = h("input", {
    type: "search",
    placeholder: "Search  /",
    "aria-label": "search nodes by op, label, layer, number or source line",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  private readonly list = h("ul", { id: "found", role: "listbox", "aria-label": "found nodes", hidden: true });

  constructor() {
    this.element = h("div", { class: "search" }, this.input, this.list);
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  set(model: Model): void {
    this.model = model;
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : this.found.length - 1;
      if (this.found.length) this.at = (this.at + step) % this.found.length;
      this.mark();
    } else if (event.key === "Enter") {
      const node = this.found[this.at];
      if (node !== undefined) this.pick(node);
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.input.blur();
    }
  }

  private pick(node: number): void {
    this.input.blur();
    this.close();
    this.onPick(node);
  }

  private look(): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { model } = this;
    if (!words.length || !model) {
      this.close();
      return;
    }
    this.found = [];
    let all = 0;
    model.nodes.forEach((node, i) => {
      const source = model.source(node);
      const text = `#${i} ${node.op} ${node.label} ${node.path} ${node.kind} ${source ? `${source.file}:${source.line}` : ""}`.toLowerCase();
      if (!words.every((w) => text.includes(w))) return;
      if (++all <= most) this.found.push(i);
    });
    this.at = 0;
    const options = this.found.map((i, k) => {
      const option = h("li", { role: "option", id: `found-${k}` }, h("b", {}, model.describe(i)), h("span", {}, model.node(i).path));
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.pick(i);
      });
      return option;
    });
    if (!all) options.push(h("li", { role: "option", "aria-disabled": "true" }, h("span", {}, "nothing found")));
    if (all > most) options.push(h("li", { role: "option", "aria-disabled": "true" }, h("span", {}, `and ${all - most} more`)));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((option, k) => option.setAttribute("aria-selected", String(k === this.at)));
    if (this.found.length) this.input.setAttribute("aria-activedescendant", `found-${this.at}`);
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
