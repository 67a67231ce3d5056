/** Every control by key, and the page that lists them. */

import { button, h } from "./dom.ts";

export interface Key {
  /** As `KeyboardEvent.key` has them; "Shift+" where it matters. */
  keys: string[];
  shown: string;
  text: string;
  press: () => void;
}

export class Keys {
  readonly help: HTMLDialogElement;
  private readonly byKey = new Map<string, () => void>();

  constructor(sections: { title: string; keys: Key[] }[]) {
    const close = button("Close", "close (Esc)", () => this.help.close());
    this.help = h("dialog", { class: "help", "aria-labelledby": "help-title" }, h("header", {}, h("h2", { id: "help-title" }, "Keys"), close));
    const columns = h("div", { class: "columns" });
    for (const { title, keys } of sections) {
      const list = h("dl", {});
      for (const key of keys) {
        for (const k of key.keys) this.byKey.set(k, key.press);
        list.append(h("div", {}, h("dt", {}, h("kbd", {}, key.shown)), h("dd", {}, key.text)));
      }
      columns.append(h("section", {}, h("h3", {}, title), list));
    }
    this.help.append(columns);
    document.addEventListener("keydown", (event) => this.press(event));
  }

  show(): void {
    if (!this.help.open) this.help.showModal();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const target = event.target as HTMLElement;
    const range = target instanceof HTMLInputElement && target.type === "range";
    if (target.matches("input, select, textarea") && !range) return;
    // what has keys of its own keeps them
    if (event.key === " " && target.matches("button, [role=button]")) return;
    if (event.key === "Enter" && target.matches("button")) return;
    if (range && /^(Arrow|Home|End|Page)/.test(event.key) && !event.shiftKey) return;
    if (target.closest(".panel") && /^(ArrowUp|ArrowDown)$/.test(event.key)) return;
    const shifted = event.shiftKey ? this.byKey.get(`Shift+${event.key}`) : undefined;
    const action = shifted ?? this.byKey.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!action) return;
    event.preventDefault();
    action();
  }
}
