/** What the page asks of the layout, and what it gets. Both cross to a worker, so they are plain data. */

export interface Box {
  id: string;
  parent: string | null;
  /** 0: the function's own graph; 1: the graph of its gradient; … Each is laid out for itself. */
  layer: number;
  /** Of frames 0: it comes from what stands in them. */
  width: number;
  height: number;
}

export interface Line {
  from: string;
  to: string;
}

export interface Request {
  id: number;
  boxes: Box[];
  lines: Line[];
  /** The room it should fit: of "down" and "right" the one is taken that can be drawn larger. */
  room: { width: number; height: number };
}

export interface Placed {
  id: number;
  direction: "down" | "right";
  width: number;
  height: number;
  /** Centre and size, in the order of the boxes. */
  boxes: { x: number; y: number; width: number; height: number }[];
  /** Points of each line, in the order of the lines. */
  lines: { x: number; y: number }[][];
}
