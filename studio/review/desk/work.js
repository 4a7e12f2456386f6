// One clip at hand: how it begins, what is read off it. A work is never changed in place.

import { find, polygonAt } from "./labels.js";
import { grouped, nameOfTouch, plain, touchesOf } from "./touches.js";

/** @import { Claim, Contact, Draft, Labels, Work } from "./types.d.ts" */

/**
 * A claimed clip, with the draft and the undo that this browser kept of it.
 * @param {number} turn @param {Claim} claim @param {string} client a name for this tab's drafts of the clip
 * @param {Draft | null} draft
 * @param {(labels: Labels) => Pick<Work, "undo" | "redo">} kept of these labels
 * @returns {Work}
 */
export function newWork(turn, claim, client, draft, kept) {
  const looking = Boolean(claim.held_by);
  const mine = looking ? null : draft;
  const labels = grouped(mine?.labels ?? claim.labels);
  const first = labels.contacts[0];
  return {
    turn, claim, began: 0,
    labels, prelabel: grouped(claim.prelabel ?? claim.labels), preview: null,
    ...kept(labels), edit: NO_EDIT, nudge: null,
    seen: mine?.seen ?? claim.seen, lease: claim.lease || (mine?.lease ?? ""),
    client: mine?.client ?? client, sequence: mine?.sequence ?? 0, verdict: null,
    looking, save: { kind: looking ? "looking" : mine ? "saving" : "clean", words: "" }, conflict: null,
    frame: first?.start ?? 0, playing: false,
    selected: first?.id ?? null, also: new Set(), point: null, hand: claim.labels.contacts[0]?.hand ?? "left", everywhere: false,
    visited: new Set(), history: null, track: null, hands: null,
  };
}

export const NO_EDIT = { name: "", at: 0 };

/**
 * The labels that are seen: while something is dragged, as they would be.
 * @param {Work} work
 */
export const shownLabels = (work) => work.preview ?? work.labels;

/**
 * The selected contact as it is seen, null for none.
 * @param {Work | null} work
 */
export const contactOf = (work) => (work ? find(shownLabels(work), work.selected) : null);

/**
 * The selected contact's outline in this frame, null for none.
 * @param {Work} work
 */
export function outlineOf(work) {
  const contact = contactOf(work);
  return contact && polygonAt(contact, work.frame);
}

/** @param {Work | null} work */
export const mayEdit = (work) => Boolean(work && !work.looking && !work.verdict);

/**
 * Until a conflict is settled nothing else can be changed: what is on the screen is what was stored as theirs.
 * @param {Work} work
 */
export const inConflict = (work) => work.save.kind === "conflict";

/**
 * The touches that are selected, by name.
 * @param {Work} work @returns {ReadonlySet<string>}
 */
export function selectionOf(work) {
  const contact = contactOf(work);
  return contact ? new Set([nameOfTouch(contact), ...work.also]) : work.also;
}

/**
 * The contacts of the touches that are selected, as they are seen.
 * @param {Work | null} work @returns {Contact[]}
 */
export function selectedContacts(work) {
  if (!work) return [];
  const names = selectionOf(work);
  return shownLabels(work).contacts.filter((contact) => names.has(nameOfTouch(contact)));
}

/**
 * The contacts of the touch that the selected contact is of, as they are seen.
 * @param {Work | null} work @returns {Contact[]}
 */
export function touchOf(work) {
  const contact = contactOf(work);
  return (work && contact && touchesOf(shownLabels(work)).get(nameOfTouch(contact))) ?? [];
}

/** The first contact of every touch. @param {Work} work */
export const inTime = (work) => [...touchesOf(work.labels).values()].map(([first]) => first).sort((a, b) => a.start - b.start);

/**
 * The touch after the selected one in time (by 1) or before it (-1), by its first contact; undefined where there is none.
 * @param {Work} work @param {1 | -1} by
 */
export function neighbour(work, by) {
  const contacts = inTime(work);
  const contact = contactOf(work);
  const at = contacts.findIndex((first) => contact && nameOfTouch(first) === nameOfTouch(contact));
  return at < 0 ? contacts.at(by > 0 ? 0 : -1) : contacts[at + by];
}

/**
 * What is sent of a work.
 * @param {Work} work @returns {Draft}
 */
export function draftOf(work) {
  const { labels, seen, lease, client, sequence } = work;
  return { clip: work.claim.clip.id, labels: plain(labels), seen, lease, client, sequence, ...work.verdict };
}
