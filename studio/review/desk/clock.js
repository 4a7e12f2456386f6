// When a clip's frames are shown: seconds of the video that was given, which may be shown at no steady rate.

/** @import { Clip } from "./types.d.ts" */

/** @typedef {Pick<Clip, "fps" | "times">} Timed */

const SAME = 1e-6; // s

/**
 * When a frame begins, s; for the one after the last, when that ends.
 * @param {Timed} clip @param {number} frame
 */
export function secondsAt({ fps, times }, frame) {
  if (!times) return frame / fps;
  return frame < times.length ? times[frame] : times[times.length - 1] + 1 / fps;
}

/**
 * The frame that is shown at a time, s.
 * @param {Timed} clip @param {number} seconds
 */
export function frameOf({ fps, times }, seconds) {
  if (!times) return Math.floor((seconds + SAME) * fps);
  const later = times.findIndex((time) => time > seconds + SAME);
  return later < 0 ? times.length - 1 : Math.max(later - 1, 0);
}
