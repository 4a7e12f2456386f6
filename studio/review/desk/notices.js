// What the desk says: in passing, until it is answered, or instead of a clip.

import { button, part } from "./dom.js";
import { Refused } from "./server.js";

const SHOWN = 2600; // ms

/** @typedef {[name: string, press: () => void]} Answer */

export class Notices {
  #root;
  #toast;
  #note;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#toast = part(root, ".rv-toast");
    this.#note = part(root, ".rv-note");
  }

  /** @param {string} words */
  say(words) {
    this.#toast.textContent = words;
    this.#toast.classList.add("rv-there");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#toast.classList.remove("rv-there"), SHOWN);
  }

  /**
   * A line that stays, with buttons; null takes it away.
   * @param {string | null} words @param {Answer[]} answers
   */
  note(words, answers = []) {
    this.#note.hidden = !words;
    const press = (/** @type {Answer} */ [name, act]) => button(name, "", () => (this.note(null), act()), "rv-small");
    this.#note.replaceChildren(words ?? "", ...answers.map(press));
  }

  get noted() {
    return this.#note.textContent ?? "";
  }

  /** @param {string} words */
  loginEnded(words) {
    this.note(words, [["Log in", () => location.reload()]]);
  }

  /**
   * In place of a clip.
   * @param {"opening" | "empty" | "failed"} state @param {string} head @param {string} text
   * @param {boolean} again whether it may be looked again
   */
  blank(state, head, text = "", again = false) {
    this.#root.dataset.state = state;
    part(this.#root, ".rv-blank-head").textContent = head;
    part(this.#root, ".rv-blank-text").textContent = text;
    part(this.#root, "[data-act=again]").hidden = !again;
  }

  /**
   * What is done, or null where the server refused, which is said.
   * @template T @param {() => Promise<T>} what @returns {Promise<T | null>}
   */
  async attempt(what) {
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) this.loginEnded(error.message);
      else this.note(error.message);
      return null;
    }
  }
}
