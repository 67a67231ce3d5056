/** Elements from plain calls. Text goes in as text nodes only: nothing of a recording is ever read as markup. */

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function s<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

export function button(label: string, title: string, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  // what reads as a sentence is its own name
  const name = /\p{L}{3}/u.test(label) ? null : title;
  return h("button", { type: "button", title, "aria-label": name, click: press, ...attributes }, label);
}

const measure = document.createElement("canvas").getContext("2d");
const widths = new Map<string, number>();

export function textWidth(text: string, font: string): number {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (measure) measure.font = font;
    width = measure ? measure.measureText(text).width : text.length * 7;
    widths.set(key, width);
  }
  return width;
}

/** The beginning of a text that is too long. By characters, so that none is cut in two. */
export function clip(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
