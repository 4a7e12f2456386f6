// How the desk says things.

/** @import { Contact, Work } from "./types.d.ts" */

/** @type {Record<string, string>} */
export const COLOURS = { thumb: "#ff6b3d", index: "#17b3a6", middle: "#9384ff", ring: "#e0a41a", little: "#4aa0f0", palm: "#e05fa3" };

/** @type {Record<string, string>} */
export const REVISIONS = {
  import: "pre-label", draft: "saved", save: "saved", restore: "restored", merge: "merged",
  conflict: "lost a conflict,", accepted: "accepted", corrected: "corrected", rejected: "rejected",
};

export const ORDERS = { oldest: "oldest first", uncertain: "least certain first", disagreement: "most disagreement first" };

export const REASONS = ["The hand does not touch the face", "Not the right person or pattern", "The picture is broken", "The touch is hidden", "Not fit to be shown"];

/** @param {string} word */
export const spoken = (word) => word.replaceAll("_", " ");

/** Whether it is the name of a browser, where nobody is logged in. @param {string} person */
export const isVisitor = (person) => person.startsWith("visitor ");

/** @param {Contact} c */
export const describe = (c) => `${c.hand} ${c.finger} → ${spoken(c.region)}, frames ${c.start}–${c.end}`;

/**
 * A touch: its fingers and regions, over one interval.
 * @param {readonly Contact[]} contacts of it
 */
export function describeTouch(contacts) {
  const [first] = contacts;
  const list = (/** @type {"finger" | "region"} */ field) => [...new Set(contacts.map((contact) => spoken(contact[field])))].join(", ");
  return `${first.hand} ${list("finger")} → ${list("region")}, frames ${first.start}–${first.end}`;
}

/** @param {number} contacts */
export const withoutOutline = (contacts) => `${contacts} ${contacts === 1 ? "contact has" : "contacts have"} no outline.`;

/** @type {Record<Work["save"]["kind"], (work: Work) => string>} */
const SAVE = {
  clean: (work) => `Autosave on · revision ${work.seen}`,
  saving: () => "Saving…",
  saved: (work) => `Saved at revision ${work.seen}`,
  offline: () => "Offline: kept in this browser, sent later",
  failing: (work) => `${work.save.words} Kept in this browser, sent later.`,
  conflict: () => "Conflict: both versions are kept",
  refused: (work) => `Not saved: ${work.save.words}`,
  looking: (work) => (work.claim.held_by ? `${work.claim.held_by} has this clip open: looking only` : "Looking only"),
};

/**
 * Where saving stands; `kept`: whether this browser keeps what waits.
 * @param {Work} work @param {boolean} kept
 */
export function saveWords(work, kept) {
  const words = SAVE[work.save.kind](work);
  const waits = ["saving", "offline", "failing"].includes(work.save.kind);
  return waits && !kept ? `${words} (only in this tab: keep it open)` : words;
}

/**
 * Time of day, or the day where it is another.
 * @param {number} seconds since 1970
 */
export function when(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : date.toLocaleDateString([], { day: "numeric", month: "short" });
}
