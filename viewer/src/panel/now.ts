/** The card that says what happens at this moment. */

import { button, h } from "../dom.ts";
import { badges } from "../model/badges.ts";
import type { Model } from "../model/model.ts";
import type { Story } from "../model/story.ts";

const phases: Record<Story["phase"], string> = {
  start: "Start",
  forward: "Forward",
  seed: "Backward",
  rule: "Backward · rule",
  arrival: "Backward · share arrives",
};

export function now(model: Model, moment: number, story: Story, go: (node: number) => void): HTMLElement[] {
  const source = story.node === null ? undefined : model.source(model.node(story.node));
  const line = source?.lines[source.line - source.first];
  const found = story.node === null ? [] : badges(model, story.node).filter((b) => (b.of === "value") === (story.phase === "forward"));
  const title =
    story.node === null ? story.title : button(story.title, `go to ${model.describe(story.node)}`, () => go(story.node!), { class: "link" });
  const parts: (HTMLElement | null)[] = [
    h("p", { class: `phase ${story.phase}` }, `${phases[story.phase]} · step ${moment} of ${model.last}`),
    h("h2", {}, title),
    ...story.lines.map((l) =>
      h(
        "div",
        { class: "line" },
        l.lead ? h("p", { class: "lead" }, l.lead) : null,
        h("p", { class: "formula" }, l.formula),
        h("p", { class: "numbers" }, l.numbers),
      ),
    ),
    story.lines.length ? null : h("p", {}, story.phase === "rule" ? "It gives nothing on: no operand needs a gradient." : story.sentence),
    ...found.map((b) => h("p", { class: `note ${b.kind}` }, b.text)),
    line === undefined ? null : h("p", { class: "code" }, `${source!.file.split("/").pop()}:${source!.line}  ${line.trim()}`),
  ];
  return parts.filter((p) => p !== null);
}
