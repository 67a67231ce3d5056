/** Play, pause, step and scrub; under the scrubber the memory that was alive. */

import { h, s } from "./dom.ts";
import { icon, iconButton } from "./icons.ts";
import type { Model } from "./model/model.ts";
import { bytes, count } from "./numbers.ts";

const speeds = [0.5, 1, 2, 4, 8, 15, 30, 60, 120];

export class Player {
  readonly element: HTMLElement;
  onMoment: (moment: number, playing: boolean) => void = () => {};
  moment = 0;
  playing = false;
  private model: Model | null = null;
  private speed = 2;
  private due = 0;
  private readonly slider = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": "step" });
  private readonly play = iconButton("play", "play (space)", () => this.toggle(), "play");
  private readonly place = h("output", { class: "place" });
  private readonly rate = h("button", { type: "button", title: "steps a second: [ slower, ] faster" });
  private readonly chart = s("svg", { class: "memory", preserveAspectRatio: "none", "aria-hidden": "true" });
  private readonly cursor = s("line", { class: "cursor", y1: 0, y2: 100 });
  private readonly peak = h("span", { class: "peak" });

  constructor() {
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(this.slider.valueAsNumber);
    });
    this.rate.addEventListener("click", () => this.faster(1, true));
    this.showSpeed();
    const buttons = h(
      "div",
      { class: "buttons", role: "group", "aria-label": "playback" },
      iconButton("start", "to the start (Home)", () => this.jump(0)),
      iconButton("back", "step back (left arrow)", () => this.step(-1)),
      this.play,
      iconButton("step", "step (right arrow)", () => this.step(1)),
      iconButton("turn", "to the first step backward (B)", () => this.toBackward()),
      iconButton("end", "to the end (End)", () => this.jump(Infinity)),
      this.rate,
    );
    const track = h("div", { class: "track" }, this.chart, this.slider, this.peak);
    this.element = h("section", { class: "player", "aria-label": "player" }, buttons, track, this.place);
  }

  set(model: Model): void {
    this.model = model;
    this.slider.max = String(model.last);
    this.moment = Math.min(this.moment, model.last);
    this.draw();
    this.tell();
  }

  go(moment: number): void {
    if (!this.model) return;
    this.moment = Math.min(Math.max(Math.round(moment), 0), this.model.last);
    this.slider.value = String(this.moment);
    this.tell();
  }

  jump(moment: number): void {
    this.pause();
    this.go(moment);
  }

  step(by: number): void {
    this.jump(this.moment + by);
  }

  /** To the next op or rule, over the arrivals between. */
  skip(by: 1 | -1): void {
    if (!this.model) return;
    let m = this.moment + by;
    while (this.model.moments[m]?.kind === "arrival") m += by;
    this.jump(m);
  }

  toBackward(): void {
    if (this.model) this.jump(this.model.film.backward);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.start();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.showPlay();
    this.tell();
  }

  faster(by: 1 | -1, around = false): void {
    const at = speeds.indexOf(this.speed) + by;
    this.speed = speeds[around ? at % speeds.length : Math.min(Math.max(at, 0), speeds.length - 1)]!;
    this.showSpeed();
  }

  private start(): void {
    if (!this.model) return;
    if (this.moment >= this.model.last) this.go(0);
    this.playing = true;
    this.showPlay();
    this.due = performance.now() + 1000 / this.speed;
    requestAnimationFrame((t) => this.tick(t));
  }

  private tick(time: number): void {
    if (!this.playing || !this.model) return;
    let steps = 0;
    // a frame that came late makes up for it, but never by a leap that nobody could follow
    while (this.due <= time && steps < 8) {
      this.due += 1000 / this.speed;
      ++steps;
    }
    if (this.due <= time) this.due = time;
    if (steps) this.go(this.moment + steps);
    if (this.moment >= this.model.last) this.pause();
    else requestAnimationFrame((t) => this.tick(t));
  }

  private showPlay(): void {
    this.play.replaceChildren(icon(this.playing ? "pause" : "play"));
    const title = this.playing ? "pause (space)" : "play (space)";
    this.play.title = title;
    this.play.setAttribute("aria-label", title);
  }

  private showSpeed(): void {
    this.rate.textContent = `${this.speed}/s`;
    this.rate.setAttribute("aria-label", `${this.speed}/s: steps a second`);
  }

  private tell(): void {
    const { model, moment } = this;
    if (!model) return;
    const text = `${count(moment)} / ${count(model.last)}`;
    this.place.textContent = text;
    this.slider.setAttribute("aria-valuetext", `step ${moment} of ${model.last}`);
    this.cursor.setAttribute("x1", String(moment));
    this.cursor.setAttribute("x2", String(moment));
    this.peak.textContent = `${bytes(model.memory(moment))} alive`;
    this.onMoment(moment, this.playing);
  }

  /** The area under the memory, forward and backward in their own colours; of long films one point a pixel or so. */
  private draw(): void {
    const model = this.model!;
    const last = Math.max(model.last, 1);
    let highest = 1;
    for (let m = 0; m <= model.last; ++m) highest = Math.max(highest, model.memory(m));
    const stride = Math.max(1, Math.floor(last / 1500));
    const area = (from: number, to: number): string => {
      let d = `M${from},100`;
      for (let m = from; m < to; m += stride) {
        let most = 0;
        for (let k = m; k < Math.min(m + stride, to); ++k) most = Math.max(most, model.memory(k));
        const y = (100 - (most / highest) * 92).toFixed(2);
        d += `L${m},${y}L${Math.min(m + stride, to)},${y}`;
      }
      return `${d}L${to},100Z`;
    };
    const { backward } = model.film;
    this.chart.setAttribute("viewBox", `0 0 ${last} 100`);
    this.chart.replaceChildren(s("path", { class: "forward", d: area(0, Math.min(backward, last)) }));
    if (backward <= model.last) this.chart.append(s("path", { class: "backward", d: area(backward, last) }));
    this.chart.append(this.cursor);
  }
}
