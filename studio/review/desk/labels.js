// What can be done to labels: pure functions, the labels of a clip are never changed in place.

import { clamp, interpolate, middle, nearestPoint } from "./geometry.js";

/** @import { Contact, Edge, Keyframe, Labels, Point, Polygon } from "./types.d.ts" */

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** @param {Labels} labels @param {string | null} id */
export const find = (labels, id) => labels.contacts.find((contact) => contact.id === id) ?? null;

const round2 = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/**
 * The outline at a frame, null where there is none.
 * @param {Contact} contact @param {number} frame @returns {Polygon | null}
 */
export function polygonAt(contact, frame) {
  const keys = contact.keyframes;
  if (!keys.length || frame < contact.start || frame > contact.end) return null;
  const after = keys.findIndex((key) => key.frame > frame);
  if (after === 0) return keys[0].polygon;
  const before = after < 0 ? keys[keys.length - 1] : keys[after - 1];
  if (after < 0 || before.frame === frame) return before.polygon;
  return interpolate(before.polygon, keys[after].polygon, (frame - before.frame) / (keys[after].frame - before.frame));
}

// ---- contacts ----

/** @param {Labels} labels @param {string | null} id @param {(contact: Contact) => Contact} change @returns {Labels} */
export function replaceContact(labels, id, change) {
  return { ...labels, contacts: labels.contacts.map((contact) => (contact.id === id ? change(contact) : contact)) };
}

/** @param {Labels} labels @param {string | null} id @returns {Labels} */
export function removeContact(labels, id) {
  return { ...labels, contacts: labels.contacts.filter((contact) => contact.id !== id) };
}

/** An id that no contact and no touch has. @param {Labels} labels */
export function freshId({ contacts }) {
  const taken = new Set(contacts.flatMap(({ id, touch }) => [id, touch]));
  for (let i = contacts.length + 1; ; i++) if (!taken.has(`c${i}`)) return `c${i}`;
}

/**
 * Two contacts, the second from `frame` on, of another touch; null where the frame is not inside.
 * @param {Labels} labels @param {string | null} id @param {number} frame @param {string} touch @returns {Labels | null}
 */
export function split(labels, id, frame, touch = freshId(labels)) {
  const contact = find(labels, id);
  if (!contact || frame <= contact.start || frame > contact.end) return null;
  const first = trimmed(contact, contact.start, frame - 1, labels.frames);
  const second = { ...trimmed(contact, frame, contact.end, labels.frames), id: find(labels, touch) ? freshId(labels) : touch, touch };
  return { ...labels, contacts: labels.contacts.toSpliced(labels.contacts.indexOf(contact), 1, first, second) };
}

// ---- intervals ----

/**
 * New ends. The shape at a cut stays as it was seen: a keyframe is put where one was cut off beyond.
 * @param {Contact} contact @param {number} start @param {number} end @param {number} frames @returns {Contact}
 */
export function trimmed(contact, start, end, frames) {
  start = clamp(start, 0, frames - 1);
  end = clamp(end, start, frames - 1);
  let cut = contact;
  for (const edge of [start, end]) {
    const beyond = (/** @type {Keyframe} */ key) => (edge === start ? key.frame < start : key.frame > end);
    const polygon = contact.keyframes.some(beyond) && polygonAt(contact, edge);
    if (polygon) cut = withKey(cut, edge, polygon);
  }
  const inside = cut.keyframes.filter((key) => start <= key.frame && key.frame <= end);
  // Cut away from all its keyframes: the nearest one's shape stays.
  const kept = inside.length || !contact.keyframes.length ? inside : [{ ...nearestKey(contact, start), frame: start }];
  return { ...contact, start, end, keyframes: kept };
}

/**
 * One end somewhere else, not beyond the other. Where `base` is given it is trimmed, but stays of what the contact is.
 * @param {Contact} contact @param {Edge} edge @param {number} frame @param {number} frames @param {Contact} base
 */
export function withEdge(contact, edge, frame, frames, base = contact) {
  const start = edge === "start" ? Math.min(frame, base.end) : base.start;
  const end = edge === "end" ? Math.max(frame, base.start) : base.end;
  const { hand, finger, region } = contact;
  return { ...trimmed(base, start, end, frames), hand, finger, region };
}

/** @param {Contact} contact @param {number} by @param {number} frames @returns {Contact} */
export function shifted(contact, by, frames) {
  by = clamp(by, -contact.start, frames - 1 - contact.end);
  const keyframes = contact.keyframes.map((key) => ({ ...key, frame: key.frame + by }));
  return { ...contact, start: contact.start + by, end: contact.end + by, keyframes };
}

/** @param {Contact} contact @param {number} frame */
function nearestKey(contact, frame) {
  return contact.keyframes.reduce((a, b) => (Math.abs(b.frame - frame) < Math.abs(a.frame - frame) ? b : a));
}

// ---- outlines ----

/** @param {Contact} contact @param {number} frame @param {Polygon} polygon @returns {Contact} */
export function withKey(contact, frame, polygon) {
  const others = contact.keyframes.filter((key) => key.frame !== frame);
  /** @type {Keyframe} */
  const key = { frame, polygon: polygon.map(([x, y]) => [round2(x), round2(y)]) };
  return { ...contact, keyframes: [...others, key].sort((a, b) => a.frame - b.frame) };
}

/** @param {Contact} contact @param {number} frame @returns {Contact} */
export function withoutKey(contact, frame) {
  return { ...contact, keyframes: contact.keyframes.filter((key) => key.frame !== frame) };
}

/**
 * Move one point (index) or the whole polygon (null) at a frame, or in every keyframe of the contact.
 * @param {Contact} contact @param {number} frame @param {number | null} index @param {number} dx @param {number} dy
 * @param {boolean} everywhere @returns {Contact}
 */
export function nudged(contact, frame, index, dx, dy, everywhere) {
  const here = polygonAt(contact, frame);
  if (!here) return contact;
  if (!everywhere) return withKey(contact, frame, movedBy(here, index, dx, dy));
  const frames = new Set([...contact.keyframes.map((key) => key.frame), frame]);
  return [...frames].reduce((changed, k) => {
    const polygon = /** @type {Polygon} */ (polygonAt(contact, k)); // there is one at every keyframe
    const which = index === null ? null : nearestPoint(polygon, here[index]);
    return withKey(changed, k, movedBy(polygon, which, dx, dy));
  }, contact);
}

/**
 * The whole outline turned and scaled about its middle at a frame, or in every keyframe of the contact.
 * @param {Contact} contact @param {number} frame @param {number} turn radians, clockwise @param {number} scale
 * @param {boolean} everywhere @returns {Contact}
 */
export function reshaped(contact, frame, turn, scale, everywhere) {
  const frames = everywhere ? new Set([...contact.keyframes.map((key) => key.frame), frame]) : [frame];
  return [...frames].reduce((changed, k) => {
    const polygon = polygonAt(contact, k);
    return polygon ? withKey(changed, k, turned(polygon, turn, scale)) : changed;
  }, contact);
}

/** @param {Polygon} polygon @param {number} turn @param {number} scale @returns {Polygon} */
function turned(polygon, turn, scale) {
  const [cx, cy] = middle(polygon);
  const [cos, sin] = [scale * Math.cos(turn), scale * Math.sin(turn)];
  return polygon.map(([x, y]) => [cx + cos * (x - cx) - sin * (y - cy), cy + sin * (x - cx) + cos * (y - cy)]);
}

/** @param {Polygon} polygon @param {number | null} which @param {number} dx @param {number} dy @returns {Polygon} */
function movedBy(polygon, which, dx, dy) {
  return polygon.map(([x, y], i) => (which === null || i === which ? [x + dx, y + dy] : [x, y]));
}

/**
 * With a new point after a corner, by default halfway to the next.
 * @param {Polygon} polygon @param {number} i @param {Point | null} point
 */
export function withPoint(polygon, i, point = null) {
  const [p, q] = [polygon[i], polygon[(i + 1) % polygon.length]];
  return polygon.toSpliced(i + 1, 0, point ?? [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2]);
}
