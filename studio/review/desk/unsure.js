// Where the prediction may well be wrong: intervals that it told itself, to be looked at first.

import { element } from "./dom.js";
import { percent } from "./spans.js";

/** @import { Span as View } from "./span_view.js" */
/** @import { Work } from "./types.d.ts" */

/**
 * First and last frame of each, in time.
 * @param {Work} work @returns {readonly (readonly [number, number])[]}
 */
export const unsureOf = (work) => work.prelabel.unsure ?? [];

/**
 * The first frame of the next one after a frame, or round to the first; null where there is none.
 * @param {readonly (readonly [number, number])[]} intervals @param {number} frame
 */
export const nextUnsure = (intervals, frame) => (intervals.find(([start]) => start > frame) ?? intervals[0])?.[0] ?? null;

/**
 * Their row of the timeline, if there is one; a press on an interval goes there.
 * @param {Work} work @param {View} view @param {(frame: number) => void} go @returns {HTMLElement[]}
 */
export function unsureRow(work, view, go) {
  const intervals = unsureOf(work);
  if (!intervals.length) return [];
  const row = element("div", "rv-unsure-row");
  const track = element("div", "rv-track");
  track.append(...intervals.map(([start, end]) => mark(start, end, view, go)));
  row.append(element("div", "rv-row-name", "? prediction unsure"), track);
  return [row];
}

/** @param {number} start @param {number} end @param {View} view @param {(frame: number) => void} go */
function mark(start, end, { from, span }, go) {
  const node = element("div", "rv-unsure-span");
  node.style.left = percent(start - from, span);
  node.style.width = percent(end + 1 - start, span);
  node.title = `frames ${start} to ${end}: it may touch or not; Shift U goes to the next of these`;
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `prediction unsure from frame ${start} to ${end}`);
  node.addEventListener("pointerdown", () => go(start));
  return node;
}
