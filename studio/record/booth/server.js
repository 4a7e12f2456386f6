// Asking the server, about whoever has the code, or is logged in.

import { remembered } from "./page.js";

/** @import { Standing, Take } from "./types.d.ts" */

/**
 * What each action answers.
 * @typedef {object} Answers
 * @property {Standing} state
 * @property {Standing & { code: string }} enrol
 * @property {Standing} skip
 * @property {Take} look
 * @property {Standing} keep
 * @property {Standing} drop
 * @property {{ words: string }} withdraw
 */

const CODE = "studio.record.code";
const NOBODY = "-"; // somebody else than who is logged in, without a code yet
// By this name the server knows who is not logged in; the Review tab has it made.
const PSEUDONYM = "studio.review.pseudonym";

/** The server said no, or nothing: then `status` is 0. */
export class Refused extends Error {
  /** @param {number} status @param {string} [words] */
  constructor(status, words) {
    super(words ?? "The server cannot be reached: check the connection, then try again.");
    this.status = status;
  }
}

export class Server {
  #root = new URL("studio/record/", document.baseURI).href;

  get code() {
    const code = remembered.get(CODE);
    return code === NOBODY ? "" : code;
  }

  set code(code) {
    remembered.set(CODE, code);
  }

  /** Whoever comes next is somebody else. */
  leave() {
    remembered.set(CODE, NOBODY);
  }

  /**
   * The answer to an action; raises `Refused`.
   * @template {keyof Answers} A
   * @param {A} action @param {object} [body] @returns {Promise<Answers[A]>}
   */
  async ask(action, body = {}) {
    const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    return (await this.#fetched(action, asked)).json();
  }

  /**
   * Send what was filmed; raises `Refused`.
   * @param {Blob} film @param {{ pattern: string, environment: string, device: string }} about @param {AbortSignal} signal
   * @returns {Promise<Take>}
   */
  async send(film, about, signal) {
    const headers = { "Content-Type": film.type.split(";")[0] || "application/octet-stream" };
    return (await this.#fetched(`take?${new URLSearchParams(about)}`, { method: "POST", headers, body: film, signal })).json();
  }

  /**
   * The MP4 that was made of it, as an address in this page; raises `Refused`.
   * @param {string} take
   */
  async video(take) {
    const answer = await this.#fetched(`take/${take}`, {});
    return URL.createObjectURL(await answer.blob());
  }

  /** @param {string} place @param {RequestInit} asked */
  async #fetched(place, asked) {
    const who = { "X-Studio-Code": remembered.get(CODE), "X-Studio-Visitor": remembered.get(PSEUDONYM) };
    const known = Object.fromEntries(Object.entries(who).filter(([, value]) => value));
    const answer = await fetch(this.#root + place, { ...asked, headers: { ...asked.headers, ...known } }).catch(() => null);
    if (!answer) throw new Refused(0);
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      throw new Refused(answer.status, said.error ?? `The server answered with an error (${answer.status}).`);
    }
    return answer;
  }
}
