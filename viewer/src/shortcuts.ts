/** Which key does what. */

import type { App } from "./app.ts";
import type { Key } from "./keys.ts";

export function sections(app: App): { title: string; keys: Key[] }[] {
  const { player } = app;
  const key = (keys: string[], shown: string, text: string, press: () => void): Key => ({ keys, shown, text, press });
  return [
    {
      title: "Play",
      keys: [
        key([" "], "Space", "play, pause", () => player.toggle()),
        key(["ArrowRight", "n"], "→", "step", () => player.step(1)),
        key(["ArrowLeft", "p"], "←", "step back", () => player.step(-1)),
        key(["Shift+ArrowRight"], "Shift →", "to the next op or rule, over arrivals", () => player.skip(1)),
        key(["Shift+ArrowLeft"], "Shift ←", "to the one before", () => player.skip(-1)),
        key(["Home"], "Home", "to the start", () => player.jump(0)),
        key(["b"], "B", "to the first step backward", () => player.toBackward()),
        key(["End"], "End", "to the end", () => player.jump(Infinity)),
        key(["["], "[", "slower", () => player.faster(-1)),
        key(["]"], "]", "faster", () => player.faster(1)),
      ],
    },
    {
      title: "Choose",
      keys: [
        key(["/"], "/", "search", () => app.search.focus()),
        key(["j"], "J", "the next node of the tape", () => app.walk(1)),
        key(["k"], "K", "the node before", () => app.walk(-1)),
        key(["i"], "I", "to an operand", () => app.along("operand")),
        key(["u"], "U", "to a reader", () => app.along("reader")),
        key(["Escape"], "Esc", "choose none: follow the step", () => app.select(null)),
      ],
    },
    {
      title: "Look",
      keys: [
        key(["e"], "E", "open or close the group here", () => app.toggleHere()),
        key(["Shift+E"], "Shift E", "open all groups", () => app.all(true)),
        key(["Shift+C"], "Shift C", "close all groups", () => app.all(false)),
        key(["o"], "O", "open a fused op, close it again", () => app.fusedHere()),
        key(["g"], "G", "the graph of the gradient", () => app.orders()),
        key(["c"], "C", "colour by value, gradient, both, none", () => app.nextColour()),
        key(["f"], "F", "keep the current node in sight", () => app.toggleFollow()),
        key(["+", "="], "+", "nearer", () => app.zoom(1.25)),
        key(["-"], "−", "farther", () => app.zoom(0.8)),
        key(["0"], "0", "fit", () => app.fit()),
        key(["ArrowUp"], "↑", "up", () => app.pan(0, 80)),
        key(["ArrowDown"], "↓", "down", () => app.pan(0, -80)),
        key(["a"], "A", "to the left", () => app.pan(80, 0)),
        key(["d"], "D", "to the right", () => app.pan(-80, 0)),
        key(["?"], "?", "these keys", () => app.help()),
      ],
    },
  ];
}
