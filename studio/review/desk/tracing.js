// The polygon around what was painted.

import { distance, signedArea } from "./geometry.js";

/** @import { Point, Polygon } from "./types.d.ts" */

export const FINE = 3; // painted pixels for one pixel of the clip
const COARSE = 0.4; // px of the clip, how far the polygon may leave the painted edge
const OPAQUE = 127; // alpha

/** @typedef {(x: number, y: number) => boolean} Painted */

/**
 * Polygon around the largest painted piece, px of the clip; null where nothing is painted.
 * @param {Pick<ImageData, "data" | "width" | "height">} picture FINE times the clip's size @returns {Polygon | null}
 */
export function traced({ data, width, height }) {
  const on = (/** @type {number} */ x, /** @type {number} */ y) => x >= 0 && y >= 0 && x < width && y < height && data[4 * (y * width + x) + 3] > OPAQUE;
  const largest = loops(on, width, height).reduce((best, loop) => (areaOf(loop) > areaOf(best) ? loop : best), []);
  if (largest.length < 3) return null;
  const simple = simplified(largest.map(([x, y]) => [x / FINE, y / FINE]));
  return simple.length >= 3 ? simple : null;
}

const areaOf = (/** @type {Polygon} */ loop) => (loop.length ? Math.abs(signedArea(loop)) : 0);

/**
 * The edges of all painted pieces and of the holes in them.
 * @param {Painted} on @param {number} width @param {number} height
 */
function loops(on, width, height) {
  /** @type {Polygon[]} */
  const found = [];
  /** @type {Set<number>} */
  const seen = new Set();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (on(x, y) && !on(x, y - 1) && !seen.has(y * width + x)) found.push(walk(on, x, y, seen, width));
    }
  }
  return found;
}

const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]];
const RIGHT = [[0, 0], [-1, 0], [-1, -1], [0, -1]]; // the cell to the right of an edge that leaves a corner
const LEFT = [[0, -1], [0, 0], [-1, 0], [-1, -1]];

/**
 * Along the edges between painted and empty cells, painted ones to the right, from the top edge of (x, y).
 * @param {Painted} on @param {number} x @param {number} y @param {Set<number>} seen top edges @param {number} width
 */
function walk(on, x, y, seen, width) {
  /** @type {Point[]} */
  const loop = [];
  let [cx, cy, way] = [x, y, 0];
  do {
    if (way === 0) seen.add(cy * width + cx);
    loop.push([cx, cy]);
    [cx, cy] = [cx + STEPS[way][0], cy + STEPS[way][1]];
    const turns = [(way + 3) % 4, way, (way + 1) % 4];
    way = turns.find((to) => on(cx + RIGHT[to][0], cy + RIGHT[to][1]) && !on(cx + LEFT[to][0], cy + LEFT[to][1])) ?? (way + 2) % 4;
  } while (cx !== x || cy !== y || way !== 0);
  return loop;
}

/**
 * Ramer, Douglas and Peucker, on the closed outline cut at its two farthest corners.
 * @param {Point[]} points @param {number} tolerance px @returns {Polygon}
 */
export function simplified(points, tolerance = COARSE) {
  const a = farthest(points, points[0]);
  const turned = [...points.slice(a), ...points.slice(0, a)];
  const b = farthest(turned, turned[0]);
  const halves = [thinned(turned.slice(0, b + 1), tolerance), thinned([...turned.slice(b), turned[0]], tolerance)];
  return halves.flatMap((half) => half.slice(0, -1));
}

/** @param {Polygon} points @param {Point} from */
const farthest = (points, from) => points.reduce((far, q, i) => (distance(q, from) > distance(points[far], from) ? i : far), 0);

/** @param {Point[]} points @param {number} tolerance @returns {Point[]} */
function thinned(points, tolerance) {
  if (points.length < 3) return points;
  const [p, q] = [points[0], points[points.length - 1]];
  const length = distance(p, q) || 1;
  let [far, most] = [0, 0];
  for (let i = 1; i < points.length - 1; i++) {
    const off = Math.abs((q[0] - p[0]) * (points[i][1] - p[1]) - (q[1] - p[1]) * (points[i][0] - p[0])) / length;
    if (off > most) [far, most] = [i, off];
  }
  if (most <= tolerance) return [p, q];
  return [...thinned(points.slice(0, far + 1), tolerance).slice(0, -1), ...thinned(points.slice(far), tolerance)];
}
