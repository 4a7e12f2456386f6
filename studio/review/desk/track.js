// Where the regions of the face are in every frame.

import { contains } from "./geometry.js";

/** @import { Point, Track } from "./types.d.ts" */

/**
 * The server's answer as a track; null where no face was found. `points` is base64 int16 of (frames, points, 2).
 * @param {{ points: string | null, scale: number, regions: Record<string, number[]> }} answer @returns {Track | null}
 */
export function readTrack(answer) {
  if (!answer.points) return null;
  const bytes = Uint8Array.from(atob(answer.points), (character) => character.charCodeAt(0));
  const values = new Int16Array(bytes.buffer);
  const points = 1 + Math.max(...Object.values(answer.regions).flat());
  const frames = values.length / 2 / points;
  /** @param {number} frame @param {number} index @returns {Point} */
  const at = (frame, index) => {
    const i = 2 * (Math.min(frame, frames - 1) * points + index);
    return [values[i] * answer.scale, values[i + 1] * answer.scale];
  };
  const names = Object.keys(answer.regions);
  const outline = (/** @type {string} */ name, /** @type {number} */ frame) => answer.regions[name].map((index) => at(frame, index));
  return {
    names,
    outline,
    points: (frame) => Array.from({ length: points }, (_, i) => at(frame, i)),
    regionAt: (frame, point) => names.find((name) => contains(outline(name, frame), point)) ?? null,
  };
}
