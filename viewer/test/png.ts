/** Pictures made smaller: a PNG of 24 bits a pixel as one with a palette of at most 256 colours. */

import { deflateSync, inflateSync } from "node:zlib";

interface Image {
  width: number;
  height: number;
  /** Red, green and blue of each pixel. */
  pixels: Uint8Array;
}

/** Reads what a browser's screenshot is: 8 bits a channel, not interlaced. */
function decode(png: Buffer): Image {
  let [width, height, channels] = [0, 0, 3];
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body[8] !== 8 || (body[9] !== 2 && body[9] !== 6) || body[12] !== 0) throw new Error("not a screenshot's kind of PNG");
      channels = body[9] === 6 ? 4 : 3;
    }
    if (kind === "IDAT") data.push(body);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(data));
  const row = width * channels;
  const rows = new Uint8Array(row * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (row + 1)]!;
    for (let x = 0; x < row; ++x) {
      const left = x >= channels ? rows[y * row + x - channels]! : 0;
      const up = y > 0 ? rows[(y - 1) * row + x]! : 0;
      const corner = y > 0 && x >= channels ? rows[(y - 1) * row + x - channels]! : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      rows[y * row + x] = raw[y * (row + 1) + 1 + x]! + guess;
    }
  }
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; ++i) pixels.set(rows.subarray(i * channels, i * channels + 3), 3 * i);
  return { width, height, pixels };
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The most frequent colours, and for each other one the nearest of them. */
export function smaller(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  const colour = (i: number) => (pixels[3 * i]! << 16) | (pixels[3 * i + 1]! << 8) | pixels[3 * i + 2]!;
  for (let i = 0; i < width * height; ++i) counts.set(colour(i), (counts.get(colour(i)) ?? 0) + 1);
  const parts = (c: number) => [c >> 16, (c >> 8) & 255, c & 255] as const;
  const apart = (a: number, b: number) => parts(a).reduce((sum, x, k) => sum + (x - parts(b)[k]!) ** 2, 0);
  const palette: number[] = [];
  // frequent ones first, but none that is close to one that is there: so that each tint keeps a colour
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([c]) => c);
  for (let near = 200; near >= 0 && palette.length < 256; near -= 50)
    for (const c of sorted) {
      if (palette.length >= 256) break;
      if (palette.every((p) => apart(p, c) > near)) palette.push(c);
    }
  const nearest = new Map<number, number>();
  for (const c of counts.keys()) {
    let best = 0;
    for (let k = 1; k < palette.length; ++k) if (apart(palette[k]!, c) < apart(palette[best]!, c)) best = k;
    nearest.set(c, best);
  }
  const raw = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) raw[y * (width + 1) + 1 + x] = nearest.get(colour(y * width + x))!;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((c) => [...parts(c)]));
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", deflateSync(raw, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind: string, body: Buffer): Buffer {
  const whole = Buffer.alloc(12 + body.length);
  whole.writeUInt32BE(body.length, 0);
  whole.write(kind, 4, "latin1");
  body.copy(whole, 8);
  whole.writeUInt32BE(crc(whole.subarray(4, 8 + body.length)), 8 + body.length);
  return whole;
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let k = 0; k < 8; ++k) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
