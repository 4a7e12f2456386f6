// Which part of the clip the timeline shows: pure arithmetic.

import { clamp } from "./geometry.js";

/** @typedef {{ readonly from: number, readonly span: number }} Span frames: the first that is shown, and how many */

const LEAST = 20; // frames that are shown
const AROUND = 0.6; // of a touch, on both sides, where it is gone close to
const AHEAD = 0.1; // of what is shown, before the frame that it follows

/** All of a clip. @param {number} frames @returns {Span} */
export const whole = (frames) => ({ from: 0, span: frames });

/** Within the clip. @param {Span} view @param {number} frames @returns {Span} */
function within({ from, span }, frames) {
  const fits = clamp(span, Math.min(LEAST, frames), frames);
  return { from: clamp(from, 0, frames - fits), span: fits };
}

/**
 * Closer (factor > 1) or farther; the frame `at` stays where it is.
 * @param {Span} view @param {number} factor @param {number} at @param {number} frames @returns {Span}
 */
export function zoomedSpan(view, factor, at, frames) {
  const span = clamp(view.span / factor, Math.min(LEAST, frames), frames);
  return within({ from: at - ((at - view.from) / view.span) * span, span }, frames);
}

/** Along the clip, by a share of what is shown. @param {Span} view @param {number} by @param {number} frames */
export const scrolledSpan = (view, by, frames) => within({ from: view.from + by * view.span, span: view.span }, frames);

/** Close to an interval. @param {number} start @param {number} end @param {number} frames */
export function spanAround(start, end, frames) {
  const long = end + 1 - start;
  return within({ from: start - AROUND * long, span: long * (1 + 2 * AROUND) }, frames);
}

/** Where a frame is in sight: as it is, or turned over like a page. @param {Span} view @param {number} frame @param {number} frames */
export function following(view, frame, frames) {
  if (frame >= view.from && frame + 1 <= view.from + view.span) return view;
  return within({ from: frame - AHEAD * view.span, span: view.span }, frames);
}
