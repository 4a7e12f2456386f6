// The courier brings drafts and verdicts to the server, one request a clip at a time, until they are acknowledged.

import { Refused } from "./server.js";

/** @import { Draft, News, Revision } from "./types.d.ts" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Ask } from "./server.js" */

export const PAUSE = 450; // ms of quiet before a draft is sent
export const RETRY = [1000, 2000, 4000, 8000, 15000]; // ms
const ALIVE = 60_000; // bytes that a browser still sends when the page goes

/** @typedef {{ timer: ReturnType<typeof setTimeout> | undefined, flying: boolean, tries: number }} Way */

export class Courier {
  #outbox;
  #ask;
  #tell;
  /** @type {Map<number, Way>} */
  #ways = new Map();

  /**
   * @param {Outbox} outbox @param {Ask} ask
   * @param {(clip: number, news: News) => void} tell hears of every change
   */
  constructor(outbox, ask, tell) {
    this.#outbox = outbox;
    this.#ask = ask;
    this.#tell = tell;
  }

  /** @param {Draft} draft @param {number} delay ms */
  post(draft, delay = PAUSE) {
    this.#outbox.put(draft);
    this.#tell(draft.clip, { kind: "saving" });
    this.#send(draft.clip, delay);
  }

  /**
   * What waits of a clip is sent now; whether there was anything.
   * @param {number} clip
   */
  now(clip) {
    const waits = this.#outbox.get(clip) !== null;
    if (waits) this.#send(clip, 0);
    return waits;
  }

  /**
   * Everything that waits is sent, by default without what a person has to decide on.
   * @param {boolean} stuck
   */
  all(stuck = false) {
    for (const clip of this.#outbox.clips()) if (stuck || !this.#outbox.get(clip)?.stuck) this.#fly(clip);
  }

  /** @param {number} clip @returns {Way} */
  #way(clip) {
    const way = this.#ways.get(clip) ?? { timer: undefined, flying: false, tries: 0 };
    this.#ways.set(clip, way);
    return way;
  }

  /** @param {number} clip @param {number} delay ms */
  #send(clip, delay) {
    const way = this.#way(clip);
    clearTimeout(way.timer);
    way.timer = setTimeout(() => this.#fly(clip), delay);
  }

  /** @param {number} clip */
  async #fly(clip) {
    const way = this.#way(clip);
    const draft = this.#outbox.get(clip);
    if (way.flying || !draft) return;
    way.flying = true;
    try {
      const { stuck: _, ...sent } = draft;
      const answer = await this.#ask(draft.verdict ? "decide" : "save", sent, { keepalive: JSON.stringify(sent).length < ALIVE });
      this.#arrived(draft, answer, way);
    } catch (error) {
      way.flying = false;
      if (!(error instanceof Refused)) throw error;
      this.#refused(draft, error, way);
    }
  }

  /** @param {Draft} draft @param {Revision} answer @param {Way} way */
  #arrived(draft, answer, way) {
    way.flying = false;
    way.tries = 0;
    const { clip } = draft;
    const newest = this.#outbox.get(clip);
    const later = newest !== null && newest.sequence !== draft.sequence;
    if (later) this.#outbox.put({ ...newest, seen: answer.number });
    else this.#outbox.forget(clip);
    this.#tell(clip, { kind: later ? "saving" : "saved", revision: answer });
    if (later) this.#send(clip, 0);
  }

  /** @param {Draft} draft @param {Refused} error @param {Way} way */
  #refused(draft, { passing, status, message, answer }, way) {
    const { clip } = draft;
    const isNewest = this.#outbox.get(clip)?.sequence === draft.sequence;
    if (passing) {
      this.#send(clip, RETRY[Math.min(way.tries++, RETRY.length - 1)]);
      this.#tell(clip, { kind: status === 0 ? "offline" : "failing", words: message });
    } else if (status === 409 && !isNewest) {
      this.#send(clip, 0); // what was changed since belongs to what is decided between
    } else {
      if (status !== 401 && isNewest) this.#outbox.put({ ...draft, stuck: true }); // a person has to decide
      this.#tell(clip, { kind: status === 409 ? "conflict" : "refused", words: message, status, answer });
    }
  }
}
