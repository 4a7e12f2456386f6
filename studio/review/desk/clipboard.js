// Touches that are copied, from clip to clip and from tab to tab: seconds and pixels of the clip that they are of.

import { clamp } from "./geometry.js";
import { freshId } from "./labels.js";
import { lasting, parsed } from "./storage.js";
import { nameOfTouch, plainContact } from "./touches.js";

/** @import { Contact, Labels } from "./types.d.ts" */

const PLACE = "studio.review.copied";

/** @typedef {{ clip: number, fps: number, contacts: Contact[] }} Copied `clip`: their outlines lie right there only */

/** Whether it was kept. @param {number} clip @param {Labels} labels @param {readonly Contact[]} contacts */
export const copy = (clip, { fps }, contacts) => lasting.set(PLACE, JSON.stringify({ clip, fps, contacts }));

/** @returns {Copied | null} */
export function copied() {
  const kept = parsed(lasting.get(PLACE));
  return Array.isArray(kept?.contacts) && kept.contacts.length ? kept : null;
}

/**
 * With what was copied from `frame` on, as long as it was, of the hands, fingers and regions that it was of.
 * @param {Labels} labels @param {number} clip @param {Copied} from @param {number} frame @returns {Labels}
 */
export function pasted(labels, clip, from, frame) {
  const rate = labels.fps / from.fps;
  const first = Math.min(...from.contacts.map(({ start }) => start));
  const moved = (/** @type {number} */ its) => clamp(frame + Math.round((its - first) * rate), 0, labels.frames - 1);
  /** @type {Map<string, string>} */
  const names = new Map(); // of touches: those that were → those that are
  return from.contacts.reduce((now, contact) => {
    const id = freshId(now);
    const touch = names.get(nameOfTouch(contact)) ?? id;
    names.set(nameOfTouch(contact), touch);
    const [start, end] = [moved(contact.start), moved(contact.end)];
    const keys = from.clip === clip ? contact.keyframes : [];
    const keyframes = keys.map((key) => ({ ...key, frame: moved(key.frame) })).filter((key, i, all) => key.frame !== all[i - 1]?.frame);
    const fresh = { ...plainContact(contact), id, start, end, confidence: 1, keyframes, touch };
    return { ...now, contacts: [...now.contacts, fresh] };
  }, labels);
}
