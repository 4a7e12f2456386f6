// Which contact, which frame, playing.

import { frameOf, placeOf, secondsAt } from "./clock.js";
import { loopOf } from "./spans.js";
import { lasting } from "./storage.js";
import { nameOfTouch } from "./touches.js";
import { SPEEDS, allSelected, alsoSelected, extended, paused, selected, slowed, started, turned, went } from "./transitions.js";
import { nextUnsure, unsureOf } from "./unsure.js";
import { contactOf, inTime, neighbour } from "./work.js";
import { describe } from "./words.js";

/** @import { Edge, Store } from "./types.d.ts" */

const STEP = "studio.review.step"; // frames of the Page keys
const TEN = 10;

export class Time {
  #store;
  #say;
  #askPlace;
  #clock = 0;
  #stride = Number(lasting.get(STEP)) || TEN;

  /** @param {Store} store @param {(words: string) => void} say @param {() => Promise<string | null>} askPlace where to go */
  constructor(store, say, askPlace) {
    this.#store = store;
    this.#say = say;
    this.#askPlace = askPlace;
  }

  /** Ten frames, or as many as were chosen. @param {1 | -1} by */
  stride(by) {
    this.step(by * this.#stride);
  }

  /** Asks where to. */
  async goTo() {
    this.pause();
    const words = await this.#askPlace();
    const { work } = this.#store.state;
    if (!words || !work) return;
    const place = placeOf(work.claim.clip, words, work.frame);
    if (!place) return this.#say(`“${words}” is no frame and no time.`);
    if ("frame" in place) return this.go(place.frame);
    this.#stride = place.step;
    lasting.set(STEP, String(place.step));
    this.#say(`The Page keys go by ${place.step} frames.`);
  }

  /** @param {string} id of a contact @param {boolean} goThere */
  select(id, goThere = true) {
    this.#store.apply(selected, id, goThere);
  }

  /** One touch more, or one less. @param {string} id of a contact of it */
  selectAlso(id) {
    this.#store.apply(alsoSelected, id);
  }

  /** The touch after the selected ones, or before them, is selected too. @param {1 | -1} by */
  extend(by) {
    this.#store.apply(extended, by);
  }

  selectAll() {
    this.#store.apply(allSelected);
  }

  /** Another contact of the same touch, for its outline. @param {1 | -1} by */
  turn(by) {
    this.#store.apply(turned, by);
    const contact = contactOf(this.#store.state.work);
    if (contact) this.#say(`The outline of ${describe(contact)}`);
  }

  /** Whether there is one more contact. @param {1 | -1} by */
  hasNext(by) {
    const { work } = this.#store.state;
    return Boolean(work && neighbour(work, by));
  }

  /** The next contact in time, or round to the first one. @param {1 | -1} by */
  selectNext(by) {
    const { work } = this.#store.state;
    const contact = work && (neighbour(work, by) ?? inTime(work).at(by > 0 ? 0 : -1));
    if (contact) this.select(contact.id);
  }

  selectUnseen() {
    const { work } = this.#store.state;
    const contact = work && inTime(work).find((first) => !work.visited.has(nameOfTouch(first)));
    if (contact) this.select(contact.id);
    else this.#say("You have looked at every contact of this clip.");
  }

  /** @param {number} frame */
  go(frame) {
    this.#store.apply(went, frame);
  }

  /** @param {number} by frames */
  step(by) {
    const { work } = this.#store.state;
    if (work) this.go(work.frame + by);
  }

  /** To the selected contact's first or last frame. @param {Edge} edge */
  goEdge(edge) {
    const contact = contactOf(this.#store.state.work);
    if (contact) this.go(contact[edge]);
  }

  /** To the next keyframe of the selected contact. @param {1 | -1} by */
  goKey(by) {
    const { work } = this.#store.state;
    const keys = contactOf(work)?.keyframes.map((key) => key.frame);
    if (!work || !keys) return;
    const to = by > 0 ? keys.find((frame) => frame > work.frame) : keys.findLast((frame) => frame < work.frame);
    if (to !== undefined) this.go(to);
  }

  goUnsure() {
    const { work } = this.#store.state;
    const to = work && nextUnsure(unsureOf(work), work.frame);
    if (to !== null) this.go(to);
    else this.#say("The prediction of this clip is sure everywhere, as far as it tells.");
  }

  slower() {
    this.#store.apply(slowed);
  }

  toggle() {
    if (this.#store.state.work?.playing) this.pause();
    else this.#play();
  }

  pause() {
    cancelAnimationFrame(this.#clock);
    this.#store.apply(paused);
  }

  #play() {
    this.#store.apply(started);
    const begun = this.#store.state.work;
    if (!begun) return;
    let last = performance.now();
    const { clip } = begun.claim;
    let exact = secondsAt(clip, begun.frame);
    const tick = (/** @type {number} */ now) => {
      const { work, show, speed } = this.#store.state;
      if (work?.turn !== begun.turn || !work.playing) return;
      const [from, to] = loopOf(show.loop ? contactOf(work) : null, clip.frames);
      exact = advanced(exact, ((now - last) / 1000) * SPEEDS[speed], secondsAt(clip, from), secondsAt(clip, to + 1));
      last = now;
      this.#store.apply(went, Math.min(frameOf(clip, exact), to));
      this.#clock = requestAnimationFrame(tick);
    };
    this.#clock = requestAnimationFrame(tick);
  }
}

/**
 * Where playing has come to, in seconds; at the end, or before the beginning, it begins again.
 * @param {number} exact @param {number} by @param {number} begin @param {number} end
 */
export function advanced(exact, by, begin, end) {
  const next = exact + by;
  return next >= end || next < begin ? begin : next;
}
