// Keys that are pressed while the desk is looked at.

import { element } from "./dom.js";
import { ONCE, actsOf, capOf, nameOf } from "./keys.js";

/** @import { Group } from "./keys.js" */

const OF_BUTTONS = ["Space", "Tab", "S-Tab"]; // Enter accepts wherever the focus is, Space presses what has it
const FIELDS = "input, textarea, select, [contenteditable=true]";
const BUTTONS = "button, [role=tab], summary, a";

/**
 * @param {HTMLElement} root @param {Group[]} groups
 * @param {object} asked
 * @param {() => boolean} asked.working whether there is a clip to work on
 * @param {(by: 1 | -1) => boolean} asked.hasNext whether there is a contact to go to; else Tab leaves the picture
 * @param {(name: string, key: string) => boolean} asked.takesRegion whether the key was waited for, and named a region or none
 */
export function listenToKeys(root, groups, { working, hasNext, takesRegion }) {
  const acts = actsOf(groups);

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (!root.isConnected) return document.removeEventListener("keydown", press);
    const target = /** @type {Element} */ (event.target);
    if (root.offsetParent === null || !working() || event.defaultPrevented || event.isComposing || !isOurs(root, target)) return;
    const name = nameOf(event);
    if (target.closest(BUTTONS) && OF_BUTTONS.includes(name)) return;
    if (["Tab", "S-Tab"].includes(name) && !hasNext(name === "Tab" ? 1 : -1)) return;
    if (takesRegion(name, event.key)) return event.preventDefault();
    const act = acts.get(name);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || !ONCE.includes(name)) act(name);
  }

  document.addEventListener("keydown", press);
}

/**
 * Elsewhere on the page keys belong to the page; in fields and dialogs to them; in a button of ours some are the button's.
 * @param {HTMLElement} root @param {Element} target
 */
const isOurs = (root, target) =>
  !target.matches(FIELDS) && !document.querySelector("dialog[open]") && (target === document.body || root.contains(target));

/**
 * The sheet of all keys, a column a group.
 * @param {Group[]} groups
 */
export function sheet(groups) {
  return groups.map(([name, entries]) => {
    const list = element("dl");
    for (const [keys, words] of entries.filter(([, said]) => said)) {
      const term = element("dt");
      term.append(...keys.split(" ").map((key) => element("kbd", "", capOf(key))));
      list.append(term, element("dd", "", words));
    }
    const column = element("section");
    column.append(element("h3", "", name), list);
    return column;
  });
}
