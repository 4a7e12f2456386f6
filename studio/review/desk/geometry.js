// Polygons of a clip, px: pure arithmetic.

/** @import { Point, Polygon } from "./types.d.ts" */

const SAMPLES = 64; // points along each of two outlines that are brought together

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Mean of the corners.
 * @param {Polygon} polygon @returns {Point}
 */
export function middle(polygon) {
  const mean = (/** @type {0 | 1} */ axis) => polygon.reduce((sum, p) => sum + p[axis], 0) / polygon.length;
  return [mean(0), mean(1)];
}

/** @param {Polygon} polygon */
export function signedArea(polygon) {
  return polygon.reduce((sum, [x1, y1], i) => {
    const [x0, y0] = at(polygon, i - 1);
    return sum + (x0 * y1 - x1 * y0) / 2;
  }, 0);
}

/** @param {Polygon} polygon @param {Point} point */
export function contains(polygon, [x, y]) {
  return polygon.reduce((inside, [x1, y1], i) => {
    const [x0, y0] = at(polygon, i - 1);
    return y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) ? !inside : inside;
  }, false);
}

/**
 * Index of the nearest corner.
 * @param {Polygon} polygon @param {Point} point
 */
export function nearestPoint(polygon, point) {
  return polygon.reduce((best, p, i) => (distance(p, point) < distance(polygon[best], point) ? i : best), 0);
}

/**
 * The edge from corner `i` that is nearest, and how far it is.
 * @param {Polygon} polygon @param {Point} point
 */
export function nearestEdge(polygon, [x, y]) {
  let best = { distance: Infinity, i: 0 };
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = at(polygon, i + 1);
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
    const t = clamp(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1);
    const away = distance([x0 + t * (x1 - x0), y0 + t * (y1 - y0)], [x, y]);
    if (away < best.distance) best = { distance: away, i };
  });
  return best;
}

/**
 * Polygon at share t between two: as annotation/polygons.py, so that what is seen is what is exported.
 * @param {Polygon} a @param {Polygon} b @param {number} t @returns {Polygon}
 */
export function interpolate(a, b, t) {
  if (t <= 0) return a;
  if (t >= 1) return b;
  if (signedArea(a) < 0 !== signedArea(b) < 0) b = [...b].reverse();
  return (a.length === b.length ? byCorner(a, b) : byArcLength(a, b)).map(([p, q]) => between(p, q, t));
}

/** @param {Point} p @param {Point} q @param {number} t @returns {Point} */
const between = (p, q, t) => [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t];

/** @param {Point} p @param {Point} q */
export const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);

/** @param {Polygon} polygon @param {number} i any whole number from -1 on @returns {Point} */
const at = (polygon, i) => polygon[(i + polygon.length) % polygon.length];

/** @param {Polygon} a @param {Polygon} b @returns {[Point, Point][]} */
function byCorner(a, b) {
  const shift = bestShift(a, b);
  return a.map((p, i) => [p, at(b, i + shift)]);
}

/**
 * How far `b` is to be turned for its corners to lie as those of `a`.
 * @param {Polygon} a @param {Polygon} b
 */
function bestShift(a, b) {
  const [pa, pb] = [centred(a), centred(b)];
  let best = 0;
  let most = -Infinity;
  for (let shift = 0; shift < b.length; shift++) {
    let fit = 0;
    for (let i = 0; i < a.length; i++) {
      const q = pb[(i + shift) % b.length];
      fit += pa[i][0] * q[0] + pa[i][1] * q[1];
    }
    fit = Math.round(fit * 1e6) / 1e6;
    if (fit > most) [best, most] = [shift, fit];
  }
  return best;
}

/** @param {Polygon} polygon @returns {Polygon} */
function centred(polygon) {
  const [x, y] = middle(polygon);
  return polygon.map((p) => [p[0] - x, p[1] - y]);
}

/** @param {Polygon} a @param {Polygon} b @returns {[Point, Point][]} */
function byArcLength(a, b) {
  const [atA, atB] = [corners(a), corners(b)];
  const even = (/** @type {Polygon} */ polygon, /** @type {number[]} */ shares) =>
    Array.from({ length: SAMPLES }, (_, i) => pointAt(polygon, shares, i / SAMPLES));
  let start = bestShift(even(a, atA), even(b, atB)) / SAMPLES;
  const corner = atB.reduce((x, y) => (Math.abs(y - start) < Math.abs(x - start) ? y : x));
  if (Math.abs(corner - start) <= 1 / SAMPLES) start = corner;
  const wrap = (/** @type {number} */ share) => ((share % 1) + 1) % 1;
  const shares = new Set([...atA.slice(0, -1), ...atB.slice(0, -1).map((share) => wrap(share - start))]);
  return [...shares].sort((x, y) => x - y).map((share) => [pointAt(a, atA, share), pointAt(b, atB, wrap(share + start))]);
}

/**
 * Where the corners are, in shares of the outline; the first one's again at its end.
 * @param {Polygon} polygon
 */
function corners(polygon) {
  const lengths = polygon.map((p, i) => distance(at(polygon, i + 1), p));
  const total = lengths.reduce((x, y) => x + y, 0) || 1;
  let sum = 0;
  return [0, ...lengths.slice(0, -1).map((length) => Math.min((sum += length) / total, 1)), 1];
}

/** @param {Polygon} polygon @param {number[]} shares @param {number} share */
function pointAt(polygon, shares, share) {
  let i = shares.findIndex((corner) => corner > share) - 1;
  if (i < 0) i = polygon.length - 1;
  i = Math.min(i, polygon.length - 1);
  const span = shares[i + 1] - shares[i];
  return between(polygon[i], at(polygon, i + 1), span > 0 ? (share - shares[i]) / span : 0);
}
