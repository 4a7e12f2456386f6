// Where the parts of the tracked hands are in every frame, and the outlines that they leave on the skin.

import { middle } from "./geometry.js";
import { polygonAt, withKey } from "./labels.js";

/** @import { Contact, HandTrack, Hands, Point, Polygon } from "./types.d.ts" */

const PARTS = ["thumb", "index", "middle", "ring", "little", "palm"];
const CORNERS = 12; // of an outline
const EVERY = 3; // frames between keyframes

/**
 * The server's answer; null where no hand was found. Arrays are base64 float32, as `studio/review/hands.py` says.
 * @param {{ mm_per_px: string | null, axes: [number, number], palm: number, hands: { left: boolean, pads: string, likely: string, speed: string }[] }} answer
 * @returns {Hands | null}
 */
export function readHands({ mm_per_px, axes, palm, hands }) {
  if (!mm_per_px || !hands.length) return null;
  const tracks = hands.map(({ left, pads, likely, speed }) => ({ left, pads: floats(pads), likely: floats(likely), speed: floats(speed) }));
  return { mmPerPx: floats(mm_per_px), axes, palm, tracks };
}

/** @param {string} text */
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);

/**
 * A part's place and direction in a frame, [x, y, dx, dy], of the hand that most likely touches; null where none is seen.
 * @param {Hands} hands @param {Pick<Contact, "hand" | "finger">} contact @param {number} frame
 */
export function partAt({ tracks }, { hand, finger }, frame) {
  const part = PARTS.indexOf(finger);
  const there = tracks.filter(({ left, pads }) => left === (hand === "left") && Number.isFinite(pads[(frame * PARTS.length + part) * 4]));
  if (part < 0 || !there.length) return null;
  const best = there.reduce((a, b) => (likelyAt(b, frame, part) > likelyAt(a, frame, part) ? b : a));
  return [...best.pads.subarray((frame * PARTS.length + part) * 4, (frame * PARTS.length + part) * 4 + 4)];
}

/** How likely a part touches. @param {HandTrack} track @param {number} frame @param {number} part */
const likelyAt = ({ likely }, frame, part) => likely[frame * 7 + 1 + part] || 0;

/** How likely anything touches in a frame, 0 where no hand is seen. @param {Hands} hands @param {number} frame */
export const touchAt = ({ tracks }, frame) => Math.max(0, ...tracks.map(({ likely }) => likely[frame * 7] || 0));

/** The fastest tip in a frame, mm/s, 0 where no hand is seen. @param {Hands} hands @param {number} frame */
export const speedAt = ({ tracks }, frame) => Math.max(0, ...tracks.map(({ speed }) => speed[frame] || 0));

/**
 * The print of a pad: an ellipse along the finger where it meets the face; null where it is not seen.
 * @param {Hands} hands @param {Pick<Contact, "hand" | "finger">} contact @param {number} frame @returns {Polygon | null}
 */
export function padAt(hands, contact, frame) {
  const part = partAt(hands, contact, frame);
  const scale = hands.mmPerPx[frame];
  if (!part || !(scale > 0)) return null;
  const [x, y, dx, dy] = part;
  const larger = contact.finger === "palm" ? hands.palm : 1;
  const [along, across] = hands.axes.map((half) => (half * larger) / scale);
  return Array.from({ length: CORNERS }, (_, i) => {
    const [c, s] = [along * Math.cos((2 * Math.PI * i) / CORNERS), across * Math.sin((2 * Math.PI * i) / CORNERS)];
    return /** @type {Point} */ ([x + c * dx - s * dy, y + c * dy + s * dx]);
  });
}

/**
 * With an outline in every keyframe, as the finger goes; as it was where the finger is not seen.
 * @param {Contact} contact @param {Hands | null} hands @returns {Contact}
 */
export function outlined(contact, hands) {
  if (!hands) return contact;
  const pads = keyFrames(contact.start, contact.end).flatMap((frame) => {
    const polygon = padAt(hands, contact, frame);
    return polygon ? [{ frame, polygon }] : [];
  });
  /** @type {Contact} */
  const bare = { ...contact, keyframes: [] };
  return pads.length ? pads.reduce((now, { frame, polygon }) => withKey(now, frame, polygon), bare) : contact;
}

/**
 * A longer contact with its outlines carried on by the finger from where they ended.
 * @param {Contact} contact @param {Contact} before what it was @param {Hands | null} hands @returns {Contact}
 */
export function carriedOn(contact, before, hands) {
  if (!hands || !before.keyframes.length) return contact;
  const [first, last] = [before.start, before.end];
  const added = [...(contact.start < first ? keyFrames(contact.start, first - 1) : []), ...(contact.end > last ? keyFrames(last + 1, contact.end) : [])];
  const drawn = contact.keyframes.map((key) => key.frame).filter((frame) => frame < first || frame > last);
  return added.filter((frame) => drawn.every((its) => Math.abs(its - frame) >= EVERY)).reduce((now, frame) => {
    const edge = frame < first ? first : last;
    const from = polygonAt(before, edge);
    const [here, there] = [padAt(hands, contact, edge), padAt(hands, contact, frame)];
    if (!from || !here || !there) return now;
    const [a, b] = [middle(here), middle(there)];
    return withKey(now, frame, from.map(([x, y]) => [x + b[0] - a[0], y + b[1] - a[1]]));
  }, contact);
}

/** @param {number} start @param {number} end */
function keyFrames(start, end) {
  const frames = [];
  for (let frame = start; frame < end; frame += EVERY) frames.push(frame);
  return [...frames, end];
}

/**
 * What touches in a frame: the likely parts of the likeliest hand; null where nothing is likely.
 * @param {Hands} hands @param {number} frame
 */
export function touchingAt({ tracks }, frame) {
  const [best] = tracks.toSorted((a, b) => (b.likely[frame * 7] || 0) - (a.likely[frame * 7] || 0));
  if (!(best?.likely[frame * 7] > 0.5)) return null;
  const fingers = PARTS.filter((_, part) => likelyAt(best, frame, part) > 0.5);
  return fingers.length ? { hand: best.left ? "left" : "right", fingers } : null;
}
