// Asking the server, under the name that it knows us by.

import { lasting } from "./storage.js";

/** @import { Claim, Clip, History, Labelled, Polygon, Revision, Session } from "./types.d.ts" */

/**
 * What each action answers.
 * @typedef {object} Answers
 * @property {Session} session
 * @property {{ token: string }} pseudonym
 * @property {Claim | { clip: null }} claim
 * @property {{ waiting: number }} waiting
 * @property {Claim} open
 * @property {{ until: number }} renew
 * @property {object} leave
 * @property {object} release
 * @property {object} skip
 * @property {Revision} save
 * @property {Revision} decide
 * @property {Revision} merge
 * @property {Labelled} restore
 * @property {Labelled} revision
 * @property {History} history
 * @property {object} comment
 * @property {object} flag
 * @property {object} gold
 * @property {{ words: string }} withdraw
 * @property {{ polygons: Polygon[] }} carry
 */

/** @typedef {<A extends keyof Answers>(action: A, body?: object, options?: RequestInit) => Promise<Answers[A]>} Ask */

// Who is not logged in has a name of this browser's own, by a token that the server has signed.
const PSEUDONYM = "studio.review.pseudonym";
const NO_ANSWER = { error: "The server cannot be reached." };
const GATEWAY = [502, 504]; // it is not the server that speaks

/** The server said no, or nothing: then `status` is 0. */
export class Refused extends Error {
  /** @param {number} status @param {any} answer */
  constructor(status, answer) {
    super(answer.error ?? "The server answered with an error.");
    this.status = status;
    this.answer = answer;
  }

  /** Whether it is worth trying again. */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

export class Server {
  #root;
  #pseudonym = lasting.get(PSEUDONYM) ?? "";

  /** @param {string} root where the app is, with a slash at its end */
  constructor(root) {
    this.#root = root;
  }

  /** Who we are, where nobody is logged in. */
  get named() {
    return /** @type {Record<string, string>} */ (this.#pseudonym ? { "X-Studio-Visitor": this.#pseudonym } : {});
  }

  /** @param {Clip} clip */
  videoUrl = (clip) => `${this.#root}studio/clips/${clip.id}/video?${clip.sha256.slice(0, 12)}`;

  /** @param {Clip} clip */
  trackUrl = (clip) => `${this.#root}studio/clips/${clip.id}/track`;

  /** @param {Clip} clip */
  handsUrl = (clip) => `${this.#root}studio/clips/${clip.id}/hands`;

  /** Who we are, with a name of our own; raises `Refused`. */
  async openSession() {
    const session = await this.ask("session");
    if (!session.visitor) return session;
    this.#pseudonym = (await this.ask("pseudonym")).token;
    lasting.set(PSEUDONYM, this.#pseudonym);
    return this.ask("session");
  }

  /**
   * The answer to an action; raises `Refused`.
   * @type {Ask}
   */
  ask = async (action, body = {}, options = {}) => {
    const response = await fetch(`${this.#root}studio/review/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...this.named },
      body: JSON.stringify(body),
      ...options,
    }).catch(() => null);
    if (!response) throw new Refused(0, NO_ANSWER);
    const answer = await response.json().catch(() => null);
    const gone = answer === null || GATEWAY.includes(response.status);
    if (gone || !response.ok) throw new Refused(gone ? 0 : response.status, answer ?? NO_ANSWER);
    return answer;
  };
}
