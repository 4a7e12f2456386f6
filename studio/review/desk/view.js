// Where a clip's pixels lie on the canvas, and closer: pure arithmetic.

import { clamp } from "./geometry.js";

/** @import { Clip, Lens, Point, Polygon, View } from "./types.d.ts" */

const FARTHEST = 1;
const CLOSEST = 16;
const FITTED = 12; // the closest that a polygon is gone to by itself
const REACH = 12; // px, smaller polygons are not gone closer to

/** @type {View} */
export const ALL = { zoom: FARTHEST, x: null, y: null };

/**
 * CSS px for one px of the clip.
 * @param {Lens} lens
 */
export const scaleOf = ({ view, clip, wide, high }) => Math.min(wide / clip.width, high / clip.height) * view.zoom;

/** @param {View} view @param {Lens["clip"]} clip @returns {Point} */
export const centreOf = (view, clip) => [view.x ?? clip.width / 2, view.y ?? clip.height / 2];

/**
 * From the clip to the canvas: reckoned once, used for every point that is drawn.
 * @param {Lens} lens @returns {(point: Point) => Point}
 */
export function toScreen(lens) {
  const [cx, cy] = centreOf(lens.view, lens.clip);
  const scale = scaleOf(lens);
  const [left, top, across] = [lens.wide / 2, lens.high / 2, scale * lens.across];
  return ([x, y]) => [left + (x - cx) * across, top + (y - cy) * scale];
}

/**
 * From the canvas to the clip.
 * @param {Lens} lens @param {Point} point @returns {Point}
 */
export function toClip(lens, [x, y]) {
  const [cx, cy] = centreOf(lens.view, lens.clip);
  const scale = scaleOf(lens);
  return [(x - lens.wide / 2) / scale / lens.across + cx, (y - lens.high / 2) / scale + cy];
}

/**
 * Closer or farther; the point `at` of the clip stays where it is.
 * @param {View} view @param {Clip} clip @param {number} factor @param {Point | null} at @returns {View}
 */
export function zoomed(view, clip, factor, at = null) {
  const zoom = clamp(view.zoom * factor, FARTHEST, CLOSEST);
  if (zoom === FARTHEST) return ALL;
  const [cx, cy] = centreOf(view, clip);
  if (!at || factor <= 1) return { zoom, x: cx, y: cy };
  const keep = view.zoom / zoom;
  return { zoom, x: at[0] - (at[0] - cx) * keep, y: at[1] - (at[1] - cy) * keep };
}

/**
 * Close to a polygon.
 * @param {Clip} clip @param {Polygon} polygon @returns {View}
 */
export function closeTo(clip, polygon) {
  const [xs, ys] = [polygon.map((p) => p[0]), polygon.map((p) => p[1])];
  const middle = (/** @type {number[]} */ values) => (Math.min(...values) + Math.max(...values)) / 2;
  const extent = (/** @type {number[]} */ values) => Math.max(...values) - Math.min(...values);
  const reach = Math.max(extent(xs), extent(ys), REACH);
  return { x: middle(xs), y: middle(ys), zoom: clamp(clip.width / reach / 4, FARTHEST, FITTED) };
}

/**
 * Moved along with the pointer, from a centre and where the pointer was, both as the drag began.
 * @param {Lens} lens @param {Point} centre @param {Point} from @param {Point} to @returns {View}
 */
export function panned(lens, centre, from, to) {
  const scale = scaleOf(lens);
  return { zoom: lens.view.zoom, x: centre[0] - ((to[0] - from[0]) / scale) * lens.across, y: centre[1] - (to[1] - from[1]) / scale };
}
