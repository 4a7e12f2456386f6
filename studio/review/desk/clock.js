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

/**
 * Where words lead to: a frame, or a step for the Page keys; null where they say neither.
 * @param {Timed} clip @param {string} words 36, 1.5 s, 1:20, +25, -25, step 25 @param {number} frame that is shown
 * @returns {{ frame: number } | { step: number } | null}
 */
export function placeOf(clip, words, frame) {
  const [, step] = words.match(/^step\s*(\d{1,6})$/i) ?? [];
  if (Number(step) > 0) return { step: Number(step) };
  const [, by] = words.match(/^([+-]\d{1,6})$/) ?? [];
  if (by) return { frame: frame + Number(by) };
  if (/^\d{1,6}$/.test(words)) return { frame: Number(words) };
  const [, minutes = "0", seconds] = words.match(/^(?:(\d{1,3}):)?(\d{1,5}(?:\.\d+)?)\s*s?$/) ?? [];
  return seconds === undefined ? null : { frame: frameOf(clip, Number(minutes) * 60 + Number(seconds)) };
}
