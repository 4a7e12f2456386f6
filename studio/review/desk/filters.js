// Which clips come next.

import { element, part } from "./dom.js";
import { lasting, parsed } from "./storage.js";
import { ORDERS, spoken } from "./words.js";

/** @import { Words } from "./types.d.ts" */
/** @import { Ask } from "./server.js" */

const PLACE = "studio.review.filters";

/** @typedef {[value: string, words: string]} Choice */

export class Filters {
  #form;
  #waiting;
  #words;
  #ask;
  /** @type {Record<string, string>} */
  #wanted = parsed(lasting.get(PLACE)) ?? {};

  /** @param {HTMLElement} root @param {Words} words @param {Ask} ask @param {() => void} changed hears of another choice */
  constructor(root, words, ask, changed) {
    this.#form = part(root, ".rv-filters", HTMLFormElement);
    this.#waiting = part(root, ".rv-waiting");
    this.#words = words;
    this.#ask = ask;
    this.#form.addEventListener("change", () => {
      this.#wanted = Object.fromEntries([...new FormData(this.#form)].map(([name, value]) => [name, String(value)]));
      lasting.set(PLACE, JSON.stringify(this.#wanted));
      this.count();
      changed();
    });
  }

  /** @param {string} role decides what can be chosen */
  draw(role) {
    const { patterns, regions, sources, states } = this.#words;
    const lines = [
      this.#choice("pattern", "Pattern", anyOf(patterns)),
      this.#choice("region", "Region", anyOf(regions)),
      this.#choice("source", "Labels from", anyOf(sources)),
      this.#choice("order", "Order", Object.entries(ORDERS)),
    ];
    if (role === "annotator") {
      delete this.#wanted.state;
      delete this.#wanted.flagged;
    } else {
      lines.push(this.#choice("state", "State", states.map((word) => [word, word])));
      lines.push(this.#choice("flagged", "Flagged", [["", "any"], ["yes", "only flagged"]]));
    }
    this.#form.replaceChildren(...lines);
    this.count();
  }

  /** What is chosen, as the server reads it. */
  chosen() {
    const { flagged, ...others } = this.#wanted;
    return { ...Object.fromEntries(Object.entries(others).filter(([, value]) => value)), flagged: flagged === "yes" };
  }

  /** Says how many clips wait. */
  async count() {
    const answer = await this.#ask("waiting", this.chosen()).catch(() => null);
    if (answer) this.#waiting.textContent = `${answer.waiting} ${answer.waiting === 1 ? "clip waits" : "clips wait"} here`;
  }

  /** @param {string} name @param {string} label @param {Choice[]} options */
  #choice(name, label, options) {
    const line = element("label", "", label);
    const select = element("select");
    select.name = name;
    select.append(...options.map(([value, words]) => new Option(words, value)));
    select.value = this.#wanted[name] ?? options[0][0];
    if (select.selectedIndex < 0) select.selectedIndex = 0;
    line.append(select);
    return line;
  }
}

/** @param {readonly string[]} words @returns {Choice[]} */
const anyOf = (words) => [["", "any"], ...words.map((word) => /** @type {Choice} */ ([word, spoken(word).replaceAll("-", " ")]))];
