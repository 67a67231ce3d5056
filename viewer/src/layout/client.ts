/** Asks for a layout: of a worker made from the page's own text, or of the same text run as a script. */

import type { Placed, Request } from "./types.ts";

type Place = (request: Request) => Placed;

export class Layout {
  private readonly waiting = new Map<number, (placed: Placed) => void>();
  private worker: Worker | null = null;
  private direct: Place | null = null;
  private next = 0;

  constructor(private readonly code: string) {
    try {
      this.worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      this.worker.onmessage = (event: MessageEvent<Placed>) => this.answer(event.data);
      this.worker.onerror = () => this.fall();
    } catch {
      this.fall();
    }
  }

  place(request: Omit<Request, "id">): Promise<Placed> {
    const whole = { ...request, id: this.next++ };
    return new Promise((resolve) => {
      this.waiting.set(whole.id, resolve);
      this.pending.set(whole.id, whole);
      if (this.worker) this.worker.postMessage(whole);
      else this.answer(this.direct!(whole));
    });
  }

  private readonly pending = new Map<number, Request>();

  private answer(placed: Placed): void {
    this.waiting.get(placed.id)?.(placed);
    this.waiting.delete(placed.id);
    this.pending.delete(placed.id);
  }

  /** Some browsers give a file opened from disk no worker. */
  private fall(): void {
    this.worker?.terminate();
    this.worker = null;
    const script = document.createElement("script");
    script.textContent = this.code;
    document.head.append(script);
    this.direct = (globalThis as unknown as { xgradPlace: Place }).xgradPlace;
    for (const request of this.pending.values()) this.answer(this.direct(request));
  }
}
