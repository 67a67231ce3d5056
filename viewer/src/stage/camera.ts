/** Pan and zoom, by mouse, wheel, fingers and keys. */

export interface View {
  x: number;
  y: number;
  k: number;
}

const limits = { nearest: 4, farthest: 0.01 };

export class Camera {
  view: View = { x: 0, y: 0, k: 1 };
  /** Told of each change. */
  onChange: () => void = () => {};
  /** Told when the user, not the page, moved it. */
  onMoved: () => void = () => {};
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private travelled = 0;
  private content = { width: 1, height: 1 };

  constructor(private readonly area: HTMLElement) {
    area.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    area.addEventListener("pointerdown", (e) => this.down(e));
    area.addEventListener("pointermove", (e) => this.move(e));
    for (const end of ["pointerup", "pointercancel", "pointerleave"] as const) area.addEventListener(end, (e) => this.fingers.delete(e.pointerId));
    // the end of a drag is no click on what happens to lie there
    area.addEventListener("click", (e) => this.travelled > 6 && e.stopPropagation(), { capture: true });
  }

  get room(): { width: number; height: number } {
    return { width: this.area.clientWidth || 1, height: this.area.clientHeight || 1 };
  }

  /** Where in the drawing a point of the page is. */
  at(x: number, y: number): { x: number; y: number } {
    return { x: (x - this.view.x) / this.view.k, y: (y - this.view.y) / this.view.k };
  }

  set(view: View): void {
    this.view = view;
    this.onChange();
  }

  fit(width: number, height: number): void {
    this.content = { width, height };
    const room = this.room;
    const k = Math.max(Math.min(room.width / width, room.height / height, 1.35), limits.farthest);
    this.set({ k, x: (room.width - width * k) / 2, y: (room.height - height * k) / 2 });
  }

  /** Whether the whole drawing could be seen, large enough to read. */
  fitsLegibly(width: number, height: number): boolean {
    return Math.min(this.room.width / width, this.room.height / height) > 0.45;
  }

  zoom(factor: number, x = this.room.width / 2, y = this.room.height / 2): void {
    const { view } = this;
    const k = Math.min(Math.max(view.k * factor, limits.farthest), limits.nearest);
    this.set({ k, x: x - ((x - view.x) / view.k) * k, y: y - ((y - view.y) / view.k) * k });
  }

  pan(dx: number, dy: number): void {
    // some of the drawing always stays in sight
    const { k } = this.view;
    const { width, height } = this.room;
    const x = Math.min(Math.max(this.view.x + dx, 60 - this.content.width * k), width - 60);
    const y = Math.min(Math.max(this.view.y + dy, 60 - this.content.height * k), height - 60);
    this.set({ k, x, y });
  }

  /** Moves just as far as is needed to have a box in sight. */
  show(box: { x: number; y: number; width: number; height: number }): void {
    const { view, room } = this;
    const shift = (low: number, high: number, size: number): number => {
      if (low >= 2 && high <= size - 2) return 0;
      const margin = Math.min(40, (size - (high - low)) / 2);
      // far away it comes to the middle; what stands just outside comes just inside
      if (low > 1.5 * size || high < -0.5 * size) return size / 2 - (low + high) / 2;
      return low < margin ? margin - low : size - margin - high;
    };
    const left = (box.x - box.width / 2) * view.k + view.x;
    const top = (box.y - box.height / 2) * view.k + view.y;
    const dx = shift(left, left + box.width * view.k, room.width);
    const dy = shift(top, top + box.height * view.k, room.height);
    if (dx || dy) this.set({ k: view.k, x: view.x + dx, y: view.y + dy });
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const box = this.area.getBoundingClientRect();
    const step = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.zoom(Math.exp(-step * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
    this.onMoved();
  }

  private down(event: PointerEvent): void {
    if (event.button > 0) return;
    if (!this.fingers.size) this.travelled = 0;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private move(event: PointerEvent): void {
    const last = this.fingers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    const [dx, dy] = [now.x - last.x, now.y - last.y];
    this.travelled += Math.abs(dx) + Math.abs(dy);
    if (this.travelled > 6 && !this.area.hasPointerCapture(event.pointerId)) this.area.setPointerCapture(event.pointerId);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const box = this.area.getBoundingClientRect();
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(now.x - other.x, now.y - other.y);
      this.pan(dx / 2, dy / 2);
      if (before > 0) this.zoom(after / before, (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
    } else {
      this.pan(dx, dy);
    }
    this.fingers.set(event.pointerId, now);
    this.onMoved();
  }
}
