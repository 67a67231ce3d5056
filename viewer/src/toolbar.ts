/** The controls beside the title. */

import type { App } from "./app.ts";
import { button, h } from "./dom.ts";
import type { Colouring } from "./stage/card.ts";

export interface Toolbar {
  element: HTMLElement;
  orders: (shown: boolean) => void;
  nextColour: () => void;
  toggleFollow: () => void;
}

const colourings: [Colouring, string][] = [
  ["both", "both"],
  ["value", "value"],
  ["gradient", "gradient"],
  ["off", "none"],
];

export function toolbar(app: App, higher: boolean): Toolbar {
  const select = h("select", { id: "colouring", title: "colour by size (C)" });
  for (const [value, text] of colourings) select.append(h("option", { value }, text));
  select.addEventListener("change", () => app.colour(select.value as Colouring));
  const follow = h("input", { type: "checkbox", id: "follow" });
  follow.checked = true;
  follow.addEventListener("change", () => app.following(follow.checked));
  const orders = button("∂ graph", "show or hide the graph of the gradient (G)", () => app.orders(), { "aria-pressed": "false" });
  const element = h(
    "div",
    { class: "tools" },
    h("label", { for: "colouring" }, "Colour"),
    select,
    h("label", { class: "check", title: "keep the current node in sight (F)" }, follow, "Follow"),
    button("⊞", "open all groups (Shift+E)", () => app.all(true)),
    button("⊟", "close all groups (Shift+C)", () => app.all(false)),
    higher ? orders : null,
    button("?", "keys (?)", () => app.help()),
  );
  return {
    element,
    orders: (shown) => orders.setAttribute("aria-pressed", String(shown)),
    nextColour: () => {
      select.selectedIndex = (select.selectedIndex + 1) % colourings.length;
      app.colour(select.value as Colouring);
    },
    toggleFollow: () => {
      follow.checked = !follow.checked;
      app.following(follow.checked);
    },
  };
}
