// Questions to the person: a reason, a comment, a conflict, the keys.

import { difference, settled } from "./difference.js";
import { element, part } from "./dom.js";
import { changeList } from "./panel.js";
import { REASONS, spoken } from "./words.js";

/** @import { Clash, Contested, Labels } from "./types.d.ts" */

const LONGEST = 10_000; // characters of what is written

/** @typedef {[value: string, words: string, primary?: boolean]} Choice */
/** @typedef {{ node: HTMLElement, clash: Clash, mine: () => boolean }} Pick */

export class Dialogs {
  #dialog;
  #body;
  #row;
  #left;
  /** @type {(() => void) | null} */
  #finish = null;

  /** @param {HTMLElement} root @param {() => void} left hears when a dialog was left */
  constructor(root, left) {
    this.#dialog = part(root, ".rv-dialog", HTMLDialogElement);
    this.#body = part(this.#dialog, ".rv-dialog-body");
    this.#row = part(this.#dialog, ".rv-dialog-do");
    this.#left = left;
    // The browser tells of a close with its next frame only, when the dialog may be open again: what closes it ends it.
    this.#dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#shut(/** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "");
    });
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#shut("");
    });
    this.#dialog.addEventListener("close", () => this.#dialog.open || this.#finish?.());
  }

  /** Whether one is open. */
  get busy() {
    return this.#dialog.open;
  }

  /** Why a clip is rejected; null where it is not. @returns {Promise<string | null>} */
  async reason() {
    const area = this.#text("Reason");
    const choices = REASONS.map((words, i) => {
      const node = element("button", "rv-reason");
      node.type = "button";
      node.append(element("kbd", "", `${i + 1}`), words);
      node.addEventListener("click", () => {
        area.value = words;
        this.#primary?.click();
      });
      return node;
    });
    const pick = (/** @type {KeyboardEvent} */ event) => {
      if (event.target === area && area.value) return;
      const node = choices[Number(event.key) - 1];
      if (!node) return;
      event.preventDefault();
      node.click();
    };
    choices[0].setAttribute("autofocus", "");
    this.#dialog.addEventListener("keydown", pick);
    const answer = await this.#open("Why is this clip rejected?", [...choices, area], [["", "Cancel"], ["ok", "Reject", true]]);
    this.#dialog.removeEventListener("keydown", pick);
    return answer === "ok" ? area.value.trim() : null;
  }

  /** What is to be said about a clip; null for nothing. @returns {Promise<string | null>} */
  async comment() {
    const area = this.#text("Comment");
    area.setAttribute("autofocus", "");
    const answer = await this.#open("Comment on this clip", [area], [["", "Cancel"], ["ok", "Send", true]]);
    return answer === "ok" ? area.value.trim() : null;
  }

  /** Where to go; null for nowhere. @returns {Promise<string | null>} */
  async place() {
    const field = element("input");
    Object.assign(field, { type: "text", maxLength: 40, autocomplete: "off" });
    field.setAttribute("aria-label", "Frame, time or step");
    field.setAttribute("autofocus", "");
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#primary?.click();
    });
    const words = "A frame (36), a time (1.5 s or 1:20), on or back by frames (+25, -25). step 25: the Page keys go by 25.";
    const answer = await this.#open("Go to", [field, element("p", "rv-quiet", words)], [["", "Cancel"], ["ok", "Go", true]]);
    return answer === "ok" ? field.value.trim() : null;
  }

  /** Whether it is to be done. @param {string} title @param {string} words @param {string} yes */
  async sure(title, words, yes) {
    return (await this.#open(title, [element("p", "", words)], [["", "Cancel", true], ["yes", yes]])) === "yes";
  }

  /** Somebody else has the clip: whether the next one is taken. @param {string} words */
  async lost(words) {
    return (await this.#open("Somebody else has this clip", [element("p", "", words)], [["next", "Next clip", true]])) === "next";
  }

  /**
   * Both versions are stored. Resolves to the labels to go on with, or null to decide later.
   * @param {Contested} conflict @returns {Promise<Labels | null>}
   */
  async conflict({ error, head, yours, merged, clashes = [] }) {
    const against = `${head.author}'s revision ${head.number} against yours`;
    /** @type {HTMLElement[]} */
    const content = [element("p", "", error), element("h4", "", against), changeList(difference(head.labels, yours.labels))];
    const picks = clashes.map((clash) => clashPick(clash, head.author));
    if (picks.length) content.push(element("h4", "", "Changed by both of you: for the merged version, take"), ...picks.map((pick) => pick.node));
    /** @type {Choice[]} */
    const buttons = [["", "Decide later"], ["theirs", `Take ${head.author}'s`], ["mine", "Take mine"], ["merged", "Merge both", true]];
    const choice = await this.#open("Saved by two people", content, buttons, true);
    if (choice === "theirs") return head.labels;
    if (choice === "mine") return yours.labels;
    if (choice !== "merged" || !merged) return null;
    return picks.filter((pick) => pick.mine()).reduce((labels, { clash }) => settled(labels, clash, yours.labels), merged);
  }

  /** @param {HTMLElement[]} columns */
  help(columns) {
    const sheet = element("div", "rv-sheet");
    sheet.append(...columns);
    const words = "Drag on the timeline to make, move and trim; on the picture to move points, pull new ones out of an edge, pick regions; Alt-click a point to delete it.";
    return this.show("Keys", [element("p", "rv-quiet", words), sheet]);
  }

  /** @param {string} title @param {HTMLElement[]} content */
  show(title, content) {
    return this.#open(title, content, [["", "Close", true]], true);
  }

  get #primary() {
    return /** @type {HTMLButtonElement | null} */ (this.#row.querySelector(".rv-primary"));
  }

  /**
   * Resolves to the value of the button that closed it, or "" when it was left.
   * @param {string} title @param {HTMLElement[]} content @param {Choice[]} buttons @returns {Promise<string>}
   */
  #open(title, content, buttons, wide = false) {
    part(this.#dialog, "h3").textContent = title;
    this.#dialog.classList.toggle("rv-wide", wide);
    this.#body.replaceChildren(...content);
    this.#row.replaceChildren(...buttons.map(([value, words, primary]) => {
      const node = element("button", primary ? "rv-primary" : "", words);
      node.value = value;
      return node;
    }));
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    const first = /** @type {HTMLElement | null} */ (this.#body.querySelector("[autofocus]"));
    (first ?? this.#primary)?.focus({ preventScroll: true });
    this.#body.scrollTop = 0;
    return new Promise((resolve) => {
      this.#finish = () => {
        this.#finish = null;
        this.#left();
        resolve(this.#dialog.returnValue);
      };
    });
  }

  /** @param {string} value of the button */
  #shut(value) {
    this.#dialog.close(value);
    this.#finish?.();
  }

  /**
   * A field in which Enter sends.
   * @param {string} label
   */
  #text(label) {
    const area = element("textarea");
    Object.assign(area, { rows: 3, maxLength: LONGEST });
    area.setAttribute("aria-label", label);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.#primary?.click();
    });
    return area;
  }
}

/**
 * A choice between two people's values.
 * @param {Clash} clash @param {string} author @returns {Pick}
 */
function clashPick(clash, author) {
  const node = element("fieldset", "rv-clash");
  node.append(element("legend", "", `${clash.contact}, ${clash.field}`));
  const choices = [["head", `${author}: ${inWords(clash.head)}`], ["yours", `yours: ${inWords(clash.yours)}`]];
  const inputs = choices.map(([value, words], i) => {
    const label = element("label");
    const input = element("input");
    Object.assign(input, { type: "radio", name: `${clash.contact} ${clash.field}`, value, checked: i === 0 });
    label.append(input, words);
    node.append(label);
    return input;
  });
  return { node, clash, mine: () => inputs[1].checked };
}

/** @param {unknown} value */
function inWords(value) {
  if (Array.isArray(value)) return "outline";
  if (typeof value === "boolean") return value ? "removed" : "kept";
  return spoken(String(value ?? "none"));
}
