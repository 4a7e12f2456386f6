// What is done to the outline in a frame: its points, its keyframes, the brush.

import { middle } from "./geometry.js";
import { nudged, withKey, withPoint, withoutKey } from "./labels.js";
import { brushSized, brushTaken, letGo, pointed, reached } from "./transitions.js";
import { contactOf, mayEdit, outlineOf } from "./work.js";

/** @import { Point, Polygon, Store, Work } from "./types.d.ts" */
/** @import { ContactEdits } from "./contact_edits.js" */

const BRUSH = 14; // px on the screen, radius of the brush at first
const FEWEST = 3; // points
const CORNERS = 8; // of a first outline
const FIRST = 1 / 30; // of the clip's width, its radius

export class OutlineEdits {
  #store;
  #contacts;
  #say;
  #pause;
  #scale;

  /**
   * @param {Store} store @param {ContactEdits} contacts @param {(words: string) => void} say @param {() => void} pause
   * @param {() => number} scale screen px for one px of the clip
   */
  constructor(store, contacts, say, pause, scale) {
    this.#store = store;
    this.#contacts = contacts;
    this.#say = say;
    this.#pause = pause;
    this.#scale = scale;
  }

  /** @param {1 | -1} by */
  nextPoint(by) {
    const { work } = this.#store.state;
    const polygon = work && outlineOf(work);
    if (!polygon) return this.#say("There is no outline in this frame: press K to make one.");
    this.#pause();
    const at = work.point ?? (by > 0 ? -1 : polygon.length);
    this.#store.apply(pointed, (at + by + polygon.length) % polygon.length);
  }

  /**
   * Moves the selected point by px as they are seen; whether there is one.
   * @param {number} dx @param {number} dy
   */
  nudgePoint(dx, dy) {
    const { work, show } = this.#store.state;
    if (!work || work.point === null) return false;
    const { frame, point, everywhere } = work;
    this.#contacts.change("move point…", (contact) => nudged(contact, frame, point, show.mirrored ? -dx : dx, dy, everywhere));
    return true;
  }

  addPoint() {
    const { work } = this.#store.state;
    const polygon = work && outlineOf(work);
    if (!polygon) return;
    const i = work.point ?? 0;
    this.#contacts.change("add point", (contact) => withKey(contact, work.frame, withPoint(polygon, i)), { point: i + 1 });
  }

  /** @param {number} i */
  removePoint(i) {
    const { work } = this.#store.state;
    const polygon = work && outlineOf(work);
    if (!polygon || polygon.length <= FEWEST) return this.#say("An outline has at least three points. Shift+K removes it.");
    const point = Math.min(i, polygon.length - 2);
    this.#contacts.change("delete point", (contact) => withKey(contact, work.frame, polygon.toSpliced(i, 1)), { point });
  }

  /** Whether there is a selected point. */
  removeSelectedPoint() {
    const point = this.#store.state.work?.point ?? null;
    if (point !== null) this.removePoint(point);
    return point !== null;
  }

  addKey() {
    const { work } = this.#store.state;
    const contact = contactOf(work);
    if (!work || !contact || work.frame < contact.start || work.frame > contact.end) return this.#say("Go to a frame inside the selected contact.");
    const polygon = outlineOf(work) ?? firstOutline(work, contact.region);
    this.#contacts.change("keyframe", (c) => withKey(c, work.frame, polygon));
  }

  removeKey() {
    const { work } = this.#store.state;
    const isKey = work && contactOf(work)?.keyframes.some((key) => key.frame === work.frame);
    if (isKey) this.#contacts.change("remove keyframe", (contact) => withoutKey(contact, work.frame));
    else this.#say("This frame has no outline of its own: J goes to the next one.");
  }

  /** Points move in this frame, or in every outline of the contact. */
  everywhere() {
    this.#store.apply(reached);
    this.#say(this.#store.state.work?.everywhere ? "Points move in every outline of the contact." : "Points move in this frame.");
  }

  /** @param {boolean} erase */
  takeBrush(erase) {
    const { work } = this.#store.state;
    if (!mayEdit(work) || !contactOf(work)) return this.#say("Select a contact first (Tab).");
    this.#store.apply(brushTaken, erase, BRUSH / this.#scale());
    this.#pause();
  }

  /** @param {number} factor */
  sizeBrush(factor) {
    this.#store.apply(brushSized, factor);
  }

  /** What a stroke of the brush leaves. @param {Polygon | null} outline @param {boolean} erased */
  painted(outline, erased) {
    const frame = this.#store.state.work?.frame ?? 0;
    if (!outline) return this.#say("Nothing is left of the outline: press Shift+K to remove it instead.");
    this.#contacts.change(erased ? "erase" : "paint", (contact) => withKey(contact, frame, outline));
  }

  letGo() {
    this.#store.apply(letGo);
  }
}

/**
 * A first outline where the region is, or in the middle.
 * @param {Work} work @param {string} region @returns {Polygon}
 */
export function firstOutline({ track, frame, claim: { clip } }, region) {
  const [x, y] = track?.names.includes(region) ? middle(track.outline(region, frame)) : [clip.width / 2, clip.height / 2];
  const radius = clip.width * FIRST;
  const corner = (/** @type {number} */ i) => /** @type {Point} */ ([x + radius * Math.cos((2 * Math.PI * i) / CORNERS), y + radius * Math.sin((2 * Math.PI * i) / CORNERS)]);
  return Array.from({ length: CORNERS }, (_, i) => corner(i));
}
