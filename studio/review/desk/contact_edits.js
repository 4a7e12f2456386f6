// What is done to contacts: every edit is a new state, kept for undo and sent by itself.

import { copied, copy, pasted } from "./clipboard.js";
import { carriedOn, outlined, partAt, touchingAt } from "./hands.js";
import { FACE_KEYS, MODIFIERS } from "./keys.js";
import { find, replaceContact, same } from "./labels.js";
import { joined, nameOfTouch, parted, rowOfTouch, splitTouches, touchesOf, valuesOf, withOnly, withShift, withToggled, withTouch } from "./touches.js";
import { edgeMarked, edgeNudged, edited, previewed, redone, undone } from "./transitions.js";
import { contactOf, inConflict, inTime, selectedContacts, selectionOf, touchOf } from "./work.js";

/** @import { Contact, Edge, Edit, Labels, Store, Touch, TouchField, Transition, Words, Work } from "./types.d.ts" */

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

  /** @param {string} name @param {Labels} labels @param {Pick<Edit, "selected" | "also" | "point" | "hand">} after */
  edit(name, labels, after = {}) {
    const { work } = this.#store.state;
    this.#apply(edited, { name, labels: work ? drawn(work, labels) : labels, at: performance.now(), ...after });
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

  /** An edit of all touches that are selected. @param {string} name @param {(labels: Labels, names: ReadonlySet<string>) => Labels | null} change @param {string} [without] what is said where nothing comes of it @param {Pick<Edit, "hand">} after */
  changeTouches(name, change, without, after = {}) {
    const { work } = this.#store.state;
    if (!work || !contactOf(work)) return this.#say("Select a contact first (Tab), or add one (A).");
    const labels = change(work.labels, selectionOf(work));
    if (labels) this.edit(name, labels, after);
    else if (without) this.#say(without);
  }

  /** The selected touches are of this alone. @param {TouchField} field @param {string} value */
  set(field, value) {
    if (valuesOf(selectedContacts(this.#store.state.work), field).every((its) => its === value)) return;
    this.changeTouches(field, (labels, names) => withOnly(labels, names, field, value), "", field === "hand" ? { hand: value } : {});
  }

  /** One finger or region more, or one less. @param {"finger" | "region"} field @param {string} value */
  toggle(field, value) {
    const { work } = this.#store.state;
    const only = valuesOf(selectedContacts(work), field);
    if (only.length === 1 && only[0] === value) return this.#say(`A touch has at least one ${field}: choose another one, then take this one away.`);
    this.changeTouches(field, (labels, names) => withToggled(labels, names, field, value));
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
   * Whether a key was waited for to name a region, with Shift one more or one less; one that names none ends the waiting.
   * @param {string} name @param {string} key
   */
  takesRegion(name, key) {
    if (!this.#picking || MODIFIERS.includes(key)) return false;
    this.#picking = false;
    this.#root.classList.remove("rv-picking");
    const region = FACE_KEYS.find(([, its]) => its === name)?.[0];
    const more = FACE_KEYS.find(([, its]) => its && `S-${its.toUpperCase()}` === name)?.[0];
    if (region) this.set("region", region);
    if (more) this.toggle("region", more);
    return true;
  }

  /** From this frame on, of what is seen to touch there, else of the same as the selected one. */
  add() {
    const { work } = this.#store.state;
    if (!work) return;
    const { fps, frames } = work.claim.clip;
    const like = seenAt(work) ?? (touchOf(work).length ? touchOf(work) : [work.labels.contacts[0] ?? USUAL]);
    const end = Math.min(work.frame + Math.round(fps * NEW), frames - 1);
    this.#editNew("add contact", withTouch(work.labels, work.frame, end, like));
  }

  remove() {
    const { work } = this.#store.state;
    const contact = contactOf(work);
    if (!work || !contact) return;
    const names = selectionOf(work);
    const at = work.labels.contacts.findIndex((one) => names.has(nameOfTouch(one)));
    const contacts = work.labels.contacts.filter((one) => !names.has(nameOfTouch(one)));
    const after = { selected: contacts[Math.min(at, contacts.length - 1)]?.id ?? null, also: new Set() };
    this.edit("delete contact", { ...work.labels, contacts }, after);
  }

  split() {
    const frame = this.#store.state.work?.frame ?? 0;
    this.changeTouches("split", (labels, names) => splitTouches(labels, names, frame), "Go to a frame inside the selected contact, then split.");
  }

  /** With the next touch of the same row, or the one before. @param {1 | -1} step */
  merge(step) {
    const { work } = this.#store.state;
    const here = touchOf(work);
    if (!work || !here.length) return;
    const row = [...touchesOf(work.labels).values()].filter((contacts) => rowOfTouch(contacts) === rowOfTouch(here)).sort(([a], [b]) => a.start - b.start);
    const other = row[row.findIndex(([first]) => first.id === here[0].id) + step];
    if (!other) return this.#say("There is no other contact in this row on that side.");
    this.edit("merge", joined(work.labels, new Set([here, other].map(([first]) => nameOfTouch(first)))) ?? work.labels);
  }

  /** The selected touches are one, or the selected one and the next of its hand. */
  join() {
    const { work } = this.#store.state;
    const here = touchOf(work);
    if (!work || !here.length) return this.#say("Select a contact first (Tab).");
    const next = inTime(work).filter(({ hand }) => hand === here[0].hand);
    const after = next[next.findIndex(({ id }) => id === here[0].id) + 1];
    const names = work.also.size || !after ? selectionOf(work) : new Set([nameOfTouch(here[0]), nameOfTouch(after)]);
    this.changeTouches("join", (labels) => joined(labels, names), "There is nothing to join it with: hands stay apart.");
  }

  /** A touch a finger, or a region. */
  part() {
    this.changeTouches("part", parted, "It is of one finger and one region.");
  }

  copy() {
    const { work } = this.#store.state;
    const contacts = selectedContacts(work);
    if (!work || !contacts.length) return this.#say("Select a contact first (Tab).");
    const number = new Set(contacts.map(nameOfTouch)).size;
    if (copy(work.claim.clip.id, work.labels, contacts)) this.#say(`${number === 1 ? "A touch is" : `${number} touches are`} copied: Ctrl V puts it at a frame of any clip.`);
    else this.#say("This browser keeps nothing: Ctrl D doubles what is selected.");
  }

  /** What was copied, from this frame on. */
  paste() {
    const { work } = this.#store.state;
    const from = copied();
    if (!from) return this.#say("Nothing is copied: select a touch and press Ctrl C.");
    if (work) this.#editNew("paste", pasted(work.labels, work.claim.clip.id, from, work.frame));
  }

  /** The selected touches once more, from this frame on. */
  double() {
    const { work } = this.#store.state;
    const contacts = selectedContacts(work);
    if (!work || !contacts.length) return this.#say("Select a contact first (Tab).");
    const { id } = work.claim.clip;
    this.#editNew("double", pasted(work.labels, id, { clip: id, fps: work.labels.fps, contacts }, work.frame));
  }

  /** What was added is selected. @param {string} name @param {Labels} labels */
  #editNew(name, labels) {
    const { work } = this.#store.state;
    const fresh = labels.contacts.slice(work?.labels.contacts.length);
    if (fresh.length) this.edit(name, labels, { selected: fresh[0].id, also: new Set(fresh.map(nameOfTouch)) });
  }

  /** @param {number} by frames */
  shift(by) {
    this.changeTouches("move contact…", (labels, names) => withShift(labels, names, by));
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

/**
 * Labels in which contacts that are new, longer, or of another finger have the outlines that the tracked hand leaves.
 * @param {Work} work as it was @param {Labels} labels @returns {Labels}
 */
function drawn({ labels: before, hands }, labels) {
  if (!hands) return labels;
  const contacts = labels.contacts.map((contact) => {
    const was = find(before, contact.id);
    if (!was) return contact.keyframes.length ? contact : outlined(contact, hands);
    const other = was.finger !== contact.finger || was.hand !== contact.hand;
    if (other) return same(was.keyframes, contact.keyframes) ? outlined(contact, hands) : contact;
    return contact.start < was.start || contact.end > was.end ? carriedOn(contact, was, hands) : contact;
  });
  return { ...labels, contacts };
}

/**
 * What the tracked hand touches at this frame, null where nothing is likely.
 * @param {Work} work @returns {Touch[] | null}
 */
function seenAt({ hands, track, frame }) {
  const seen = hands && touchingAt(hands, frame);
  if (!hands || !seen || !track) return null;
  const regions = seen.fingers.flatMap((finger) => {
    const [x, y] = partAt(hands, { hand: seen.hand, finger }, frame) ?? [];
    return x === undefined ? [] : [track.regionAt(frame, [x, y])];
  });
  const [region] = regions.filter((its) => its !== null);
  return region ? seen.fingers.map((finger) => ({ hand: seen.hand, finger, region })) : null;
}
