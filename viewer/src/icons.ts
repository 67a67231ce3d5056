/** The player's pictures: fonts differ in which of these signs they have. */

import { button, s } from "./dom.ts";

const paths = {
  play: "M6,3L19,11L6,19Z",
  pause: "M5,3H9V19H5ZM13,3H17V19H13Z",
  start: "M4,3H6.5V19H4ZM19,3V19L8,11Z",
  end: "M15.5,3H18V19H15.5ZM3,3L14,11L3,19Z",
  back: "M14,4V18L5,11ZM15.5,4H18V18H15.5Z",
  step: "M8,4L17,11L8,18ZM4,4H6.5V18H4Z",
  // from forward to backward: an arrow that turns round
  turn: "M4,4H13A5.5,5.5 0 0 1 13,15H9.5V19L3,13.7L9.5,8.5V12.5H13A3,3 0 0 0 13,6.5H4Z",
};

export type Icon = keyof typeof paths;

export function icon(name: Icon): SVGSVGElement {
  return s("svg", { viewBox: "0 0 22 22", width: 18, height: 18, class: "icon", "aria-hidden": "true" }, s("path", { d: paths[name] }));
}

export function iconButton(name: Icon, title: string, press: () => void, style = ""): HTMLButtonElement {
  const made = button("", title, press, { class: style || null });
  made.replaceChildren(icon(name));
  return made;
}
