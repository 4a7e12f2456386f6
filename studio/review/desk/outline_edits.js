// What is done to the outline in a frame: its points, its keyframes, the brush.

import { middle } from "./geometry.js";
import { outlined, padAt } from "./hands.js";
import { nudged, replaceContact, reshaped, withKey, withPoint, withoutKey } from "./labels.js";
import { brushSized, brushTaken, letGo, pointed, reached } from "./transitions.js";
import { contactOf, mayEdit, outlineOf, selectedContacts } from "./work.js";

/** @import { Contact, Point, Polygon, Store, Work } from "./types.d.ts" */
/** @import { ContactEdits } from "./contact_edits.js" */
/** @import { Ask } from "./server.js" */
/** @import { Notices } from "./notices.js" */

const NONE = "There is no outline in this frame: press K to make one.";
const CARRIED = 3; // frames between keyframes of what is carried on
const BRUSH = 14; // px on the screen, radius of the brush at first
const FEWEST = 3; // points
const CORNERS = 8; // of a first outline
const FIRST = 1 / 30; // of the clip's width, its radius

export class OutlineEdits {
  #store;
  #contacts;
  #say;
  #notices;
  #ask;
  #pause;
  #scale;

  /**
   * @param {Store} store @param {ContactEdits} contacts @param {Notices} notices @param {Ask} ask @param {() => void} pause
   * @param {() => number} scale screen px for one px of the clip
   */
  constructor(store, contacts, notices, ask, pause, scale) {
    this.#store = store;
    this.#contacts = contacts;
    this.#say = (/** @type {string} */ words) => notices.say(words);
    this.#notices = notices;
    this.#ask = ask;
    this.#pause = pause;
    this.#scale = scale;
  }

  /** @param {1 | -1} by */
  nextPoint(by) {
    const { work } = this.#store.state;
    const polygon = work && outlineOf(work);
    if (!polygon) return this.#say(NONE);
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

  /** The whole outline, px as they are seen. @param {number} dx @param {number} dy */
  move(dx, dy) {
    const { work, show } = this.#store.state;
    if (!work || !outlineOf(work)) return this.#say(NONE);
    const { frame, everywhere } = work;
    this.#contacts.change("move outline…", (contact) => nudged(contact, frame, null, show.mirrored ? -dx : dx, dy, everywhere));
  }

  /** The whole outline about its middle. @param {number} degrees clockwise, as it is seen @param {number} scale */
  reshape(degrees, scale) {
    const { work, show } = this.#store.state;
    if (!work || !outlineOf(work)) return this.#say(NONE);
    const turn = ((show.mirrored ? -degrees : degrees) * Math.PI) / 180;
    this.#contacts.change("turn outline…", (contact) => reshaped(contact, work.frame, turn, scale, work.everywhere));
  }

  /** The outlines of this frame lie where the tracked hand is, or those of all frames. @param {boolean} every */
  snap(every) {
    const { work } = this.#store.state;
    const { hands } = work ?? {};
    const chosen = selectedContacts(work).filter((contact) => every || (work && contact.start <= work.frame && work.frame <= contact.end));
    if (!work || !chosen.length) return this.#say("Go to a frame inside the selected touch.");
    if (!hands) return this.#say("No hand is tracked in this clip, or not yet.");
    const labels = chosen.reduce((now, { id }) => replaceContact(now, id, (contact) => {
      if (every) return outlined(contact, hands);
      const pad = padAt(hands, contact, work.frame);
      return pad ? withKey(contact, work.frame, pad) : contact;
    }), work.labels);
    if (labels.contacts.every((contact, i) => contact.keyframes === work.labels.contacts[i].keyframes)) this.#say("That finger is not seen here.");
    else this.#contacts.edit("snap", labels);
  }

  /** This frame's outline is carried on by the skin inside it, to the end of the contact. */
  async carry() {
    const { work } = this.#store.state;
    const [contact, polygon] = [contactOf(work), work && outlineOf(work)];
    if (!work || !contact || !polygon) return this.#say(NONE);
    const { frame } = work;
    const body = { clip: work.claim.clip.id, polygon, first: frame, last: contact.end };
    const answer = await this.#notices.attempt(() => this.#ask("carry", body));
    const now = this.#store.state.work;
    if (!answer || now?.turn !== work.turn || now.selected !== contact.id) return;
    const { polygons } = answer;
    this.#contacts.change("carry on", (as) => {
      /** @type {Contact} */
      const before = { ...as, keyframes: as.keyframes.filter((key) => key.frame < frame || key.frame >= frame + polygons.length) };
      const steps = polygons.map((its, i) => /** @type {const} */ ([frame + i, its])).filter(([at], i) => at <= as.end && (i % CARRIED === 0 || i === polygons.length - 1));
      return steps.reduce((all, [at, its]) => withKey(all, at, its), before);
    });
    this.#say(`The outline is carried on to frame ${frame + polygons.length - 1}.`);
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
    const polygon = outlineOf(work) ?? (work.hands && padAt(work.hands, contact, work.frame)) ?? firstOutline(work, contact.region);
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
