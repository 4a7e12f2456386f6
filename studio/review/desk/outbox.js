// What has to reach the server, the newest draft of each clip: it outlives a reload, a crash and a restart.

import { lasting, parsed } from "./storage.js";

/** @import { Draft } from "./types.d.ts" */
/** @import { Kept } from "./storage.js" */

export class Outbox {
  /** Whether the browser keeps it; where it does not, the tab still does. */
  kept = true;
  #prefix;
  #storage;
  /** @type {Map<number, Draft>} */
  #memory = new Map();

  /** @param {string} person @param {Kept} [storage] */
  constructor(person, storage = lasting) {
    this.#prefix = `studio.review.${person}.`;
    this.#storage = storage;
  }

  /** @param {number} clip @returns {Draft | null} */
  get(clip) {
    return parsed(this.#storage.get(`${this.#prefix}${clip}`)) ?? this.#memory.get(clip) ?? null;
  }

  /** @param {Draft} draft */
  put(draft) {
    this.#memory.set(draft.clip, draft);
    this.kept = this.#storage.set(`${this.#prefix}${draft.clip}`, JSON.stringify(draft));
  }

  /** @param {number} clip */
  forget(clip) {
    this.#memory.delete(clip);
    this.#storage.remove(`${this.#prefix}${clip}`);
  }

  clips() {
    const kept = this.#storage.keys().filter((key) => key.startsWith(this.#prefix));
    return [...new Set([...this.#memory.keys(), ...kept.map((key) => Number(key.slice(this.#prefix.length)))])];
  }
}
