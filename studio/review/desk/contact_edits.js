// What is done to contacts: every edit is a new state, kept for undo and sent by itself.

import { addContact, merged, newContact, removeContact, replaceContact, shifted, split } from "./labels.js";
import { FACE_KEYS, MODIFIERS } from "./keys.js";
import { edgeMarked, edgeNudged, edited, previewed, redone, selected, undone } from "./transitions.js";
import { contactOf, inConflict, mayEdit } from "./work.js";

/** @import { Contact, Edge, Edit, Labels, Store, Touch, Transition, Words } from "./types.d.ts" */

/** @type {Touch} */
const USUAL = { hand: "left", finger: "index", region: "left_cheek" };
const NEW = 0.5; // s, how long a new contact is

export class ContactEdits {
  #root;
  #store;
  #regions;
  #say;
  #settle;
  #picking = false;

  /**
   * @param {HTMLElement} root @param {Store} store @param {Words} words @param {(words: string) => void} say
   * @param {() => void} settle asks what becomes of a conflict, before anything else is changed
   */
  constructor(root, store, words, say, settle) {
    this.#root = root;
    this.#store = store;
    this.#regions = words.regions;
    this.#say = say;
    this.#settle = settle;
  }

  /** @param {string} name @param {Labels} labels @param {Pick<Edit, "selected" | "point" | "hand">} after */
  edit(name, labels, after = {}) {
    this.#apply(edited, { name, labels, at: performance.now(), ...after });
  }

  /** An edit of the selected contact. @param {string} name @param {(contact: Contact) => Contact} change @param {Pick<Edit, "point" | "hand">} after */
  change(name, change, after = {}) {
    const { work } = this.#store.state;
    const contact = contactOf(work);
    if (!work || !contact) return this.#say("Select a contact first (Tab), or add one (A).");
    this.edit(name, replaceContact(work.labels, contact.id, change), after);
  }

  /** What was previewed becomes an edit. @param {string} name */
  commit(name) {
    const preview = this.#store.state.work?.preview;
    this.#store.apply(previewed, null);
    if (preview) this.edit(name, preview);
  }

  undo() {
    this.#apply(undone);
  }

  redo() {
    this.#apply(redone);
  }

  /** @param {keyof Touch} field @param {string} value */
  set(field, value) {
    if (contactOf(this.#store.state.work)?.[field] === value) return;
    this.change(field, (contact) => ({ ...contact, [field]: value }), field === "hand" ? { hand: value } : {});
  }

  otherHand() {
    const contact = contactOf(this.#store.state.work);
    if (contact) this.set("hand", contact.hand === "left" ? "right" : "left");
  }

  /** @param {1 | -1} by */
  nextRegion(by) {
    const at = this.#regions.indexOf(contactOf(this.#store.state.work)?.region ?? "");
    const { length } = this.#regions;
    if (at >= 0) this.set("region", this.#regions[(at + by + length) % length]);
  }

  /** The next key names a region. */
  chooseRegion() {
    if (!contactOf(this.#store.state.work)) return this.#say("Select a contact first (Tab).");
    this.#picking = true;
    this.#root.classList.add("rv-picking");
  }

  /**
   * Whether a key was waited for to name a region; one that names none ends the waiting.
   * @param {string} name @param {string} key
   */
  takesRegion(name, key) {
    if (!this.#picking || MODIFIERS.includes(key)) return false;
    this.#picking = false;
    this.#root.classList.remove("rv-picking");
    const region = FACE_KEYS.find(([, its]) => its === name)?.[0];
    if (region) this.set("region", region);
    return true;
  }

  /** From this frame on, of the same as the selected one. */
  add() {
    const { work } = this.#store.state;
    if (!work) return;
    const { fps, frames } = work.claim.clip;
    const like = contactOf(work) ?? work.labels.contacts[0] ?? USUAL;
    const fresh = newContact(work.labels, work.frame, Math.min(work.frame + Math.round(fps * NEW), frames - 1), like);
    this.edit("add contact", addContact(work.labels, fresh));
    if (mayEdit(this.#store.state.work)) this.#store.apply(selected, fresh.id, false);
  }

  remove() {
    const { work } = this.#store.state;
    const contact = contactOf(work);
    if (!work || !contact) return;
    const at = work.labels.contacts.indexOf(contact);
    const labels = removeContact(work.labels, contact.id);
    this.edit("delete contact", labels, { selected: labels.contacts[Math.min(at, labels.contacts.length - 1)]?.id ?? null });
  }

  split() {
    const { work } = this.#store.state;
    const labels = work && contactOf(work) && split(work.labels, work.selected, work.frame);
    if (labels) this.edit("split", labels);
    else this.#say("Go to a frame inside the selected contact, then split.");
  }

  /** @param {1 | -1} step */
  merge(step) {
    const { work } = this.#store.state;
    const labels = work && contactOf(work) && merged(work.labels, work.selected, step);
    if (labels) this.edit("merge", labels);
    else this.#say("There is no other contact in this row on that side.");
  }

  /** @param {number} by frames */
  shift(by) {
    const frames = this.#store.state.work?.labels.frames ?? 0;
    this.change("move contact…", (contact) => shifted(contact, by, frames));
  }

  /** One end at this frame. @param {Edge} edge */
  markEdge(edge) {
    if (!contactOf(this.#store.state.work)) return this.#say("Select a contact first (Tab), or add one (A).");
    this.#apply(edgeMarked, edge, performance.now());
  }

  /** @param {Edge} edge @param {number} by frames */
  nudgeEdge(edge, by) {
    if (!contactOf(this.#store.state.work)) return this.#say("Select a contact first (Tab).");
    this.#apply(edgeNudged, edge, by, performance.now());
  }

  /**
   * @template {unknown[]} A
   * @param {Transition<A>} transition @param {A} args
   */
  #apply(transition, ...args) {
    const { work } = this.#store.state;
    if (work && inConflict(work)) this.#settle();
    else this.#store.apply(transition, ...args);
  }
}
