// Touches as people see them: what one hand does over one interval, with several fingers on several regions.
// They are stored as the contacts that they are: on the desk each contact knows which touch it is of.

import { find, freshId, shifted, split, withEdge } from "./labels.js";

/** @import { Contact, Edge, Labels, Touch, TouchField } from "./types.d.ts" */

/** @param {Contact} contact */
export const nameOfTouch = (contact) => contact.touch ?? contact.id;

/**
 * Every contact with its touch. Those that came without are of one where hand and interval are the same, and each of
 * its fingers is on each of its regions.
 * @param {Labels} labels @returns {Labels}
 */
export function grouped(labels) {
  const without = labels.contacts.filter((contact) => !contact.touch);
  if (!without.length) return labels;
  const intervals = groupBy(without, ({ hand, start, end }) => `${hand} ${start} ${end}`);
  /** @type {Map<string, string>} */
  const names = new Map(); // of touches, by the ids of their contacts
  for (const contacts of intervals.values()) {
    const fingers = groupBy(contacts, ({ finger }) => finger);
    const alike = groupBy(fingers.values(), (its) => its.map(({ region }) => region).sort().join(" "));
    for (const touch of alike.values()) for (const { id } of touch.flat()) names.set(id, touch[0][0].id);
  }
  const contacts = labels.contacts.map((contact) => (contact.touch ? contact : { ...contact, touch: names.get(contact.id) }));
  return { ...labels, contacts };
}

/** The labels as they are stored and sent. @param {Labels} labels @returns {Labels} */
export const plain = (labels) => ({ ...labels, contacts: labels.contacts.map(plainContact) });

/** @param {Contact} contact @returns {Contact} */
export function plainContact({ id, hand, finger, region, start, end, confidence, keyframes }) {
  return { id, hand, finger, region, start, end, confidence, keyframes };
}

/** @type {WeakMap<Labels, Map<string, Contact[]>>} */
const touchesBefore = new WeakMap(); // of labels, which are never changed in place: asked for with every frame
/** @type {WeakMap<readonly Contact[], string>} */
const rowsBefore = new WeakMap();

/**
 * The touches and their contacts, both in the order of the labels.
 * @param {Labels} labels @returns {Map<string, Contact[]>}
 */
export function touchesOf(labels) {
  const known = touchesBefore.get(labels);
  if (known) return known;
  /** @type {Map<string, Contact[]>} */
  const touches = new Map();
  touchesBefore.set(labels, touches);
  for (const contact of labels.contacts) {
    const name = nameOfTouch(contact);
    const others = touches.get(name);
    if (others) others.push(contact);
    else touches.set(name, [contact]);
  }
  return touches;
}

/** What a touch's contacts are of, each once. @param {readonly Contact[]} contacts @param {TouchField} field */
export const valuesOf = (contacts, field) => [...new Set(contacts.map((contact) => contact[field]))];

/**
 * The line of the timeline that a touch lies in: its regions, its fingers, its hand.
 * @param {readonly Contact[]} contacts
 */
export function rowOfTouch(contacts) {
  const fields = /** @type {TouchField[]} */ (["region", "finger", "hand"]);
  const row = rowsBefore.get(contacts) ?? fields.map((field) => valuesOf(contacts, field).sort().join("+")).join(" ");
  rowsBefore.set(contacts, row);
  return row;
}

/** What a row's touches are of. @param {string} row @returns {Touch[]} */
export function cellsOf(row) {
  const [regions, fingers, [hand]] = row.split(" ").map((words) => words.split("+"));
  return fingers.flatMap((finger) => regions.map((region) => ({ hand, finger, region })));
}

/**
 * With a new touch without outlines; the name of the touch is the id of its first contact.
 * @param {Labels} labels @param {number} start @param {number} end @param {readonly Touch[]} cells @returns {Labels}
 */
export function withTouch(labels, start, end, cells) {
  const name = freshId(labels);
  return cells.reduce((now, cell) => withContact(now, start, end, cell, name), labels);
}

/** @param {Labels} labels @param {number} start @param {number} end @param {Touch} cell @param {string} touch */
function withContact(labels, start, end, { hand, finger, region }, touch) {
  const id = find(labels, touch) ? freshId(labels) : touch;
  return { ...labels, contacts: [...labels.contacts, { id, hand, finger, region, start, end, confidence: 1, keyframes: [], touch }] };
}

/**
 * Every touch of these names changed as a whole; what it becomes stands where its first contact stood.
 * @param {Labels} labels @param {ReadonlySet<string>} names
 * @param {(contacts: Contact[], labels: Labels) => Contact[]} change given the labels as they are by then
 * @returns {Labels}
 */
export function changed(labels, names, change) {
  let now = labels;
  for (const [name, contacts] of touchesOf(labels)) {
    if (!names.has(name)) continue;
    const at = now.contacts.findIndex((contact) => nameOfTouch(contact) === name);
    const others = now.contacts.filter((contact) => nameOfTouch(contact) !== name);
    now = { ...now, contacts: others.toSpliced(at, 0, ...change(contacts, now)) };
  }
  return now;
}

/**
 * Touches with one finger or region more, or without it where all of them have it. A touch keeps its last one.
 * @param {Labels} labels @param {ReadonlySet<string>} names @param {"finger" | "region"} field @param {string} value
 */
export function withToggled(labels, names, field, value) {
  const touches = [...touchesOf(labels)].filter(([name]) => names.has(name)).map(([, contacts]) => contacts);
  const every = touches.every((contacts) => contacts.some((contact) => contact[field] === value));
  return changed(labels, names, (contacts, now) => {
    if (every) {
      const left = contacts.filter((contact) => contact[field] !== value);
      return left.length ? left : contacts;
    }
    return contacts.some((contact) => contact[field] === value) ? contacts : [...contacts, ...added(now, contacts, field, value)];
  });
}

/** @param {Labels} labels @param {Contact[]} contacts @param {"finger" | "region"} field @param {string} value */
function added(labels, contacts, field, value) {
  const [first] = contacts;
  const other = field === "finger" ? "region" : "finger";
  const after = valuesOf(contacts, other).reduce((now, its) => {
    const cell = /** @type {Touch} */ ({ hand: first.hand, [field]: value, [other]: its });
    return withContact(now, first.start, first.end, cell, nameOfTouch(first));
  }, labels);
  return after.contacts.slice(labels.contacts.length);
}

/**
 * Touches of this hand, finger or region alone; contacts that become the same are one.
 * @param {Labels} labels @param {ReadonlySet<string>} names @param {TouchField} field @param {string} value
 */
export function withOnly(labels, names, field, value) {
  return changed(labels, names, (contacts) => {
    const sorted = contacts.toSorted((a, b) => Number(b[field] === value) - Number(a[field] === value));
    /** @type {Map<string, string>} */
    const kept = new Map(); // what it is of → the id of the contact that has been so the longest
    for (const contact of sorted) {
      const cell = cellOf({ ...contact, [field]: value });
      if (!kept.has(cell)) kept.set(cell, contact.id);
    }
    const ids = new Set(kept.values());
    return contacts.filter(({ id }) => ids.has(id)).map((contact) => ({ ...contact, [field]: value }));
  });
}

/** @param {Touch} contact */
const cellOf = ({ hand, finger, region }) => `${hand} ${finger} ${region}`;

/** @param {Labels} labels @param {ReadonlySet<string>} names @param {number} by frames, as far as all of them can go */
export function withShift(labels, names, by) {
  const moving = labels.contacts.filter((contact) => names.has(nameOfTouch(contact)));
  const room = moving.map(({ start, end }) => (by < 0 ? -start : labels.frames - 1 - end));
  const most = by < 0 ? Math.max(by, ...room) : Math.min(by, ...room);
  return changed(labels, names, (contacts) => contacts.map((contact) => shifted(contact, most, labels.frames)));
}

/**
 * One end somewhere else. Those in `bases` are trimmed as they were there, but stay of what they are.
 * @param {Labels} labels @param {ReadonlySet<string>} names @param {Edge} edge @param {(from: Contact) => number} frameOf
 * @param {readonly Contact[]} bases @returns {Labels}
 */
export function withEdges(labels, names, edge, frameOf, bases = []) {
  const was = new Map(bases.map((contact) => [contact.id, contact]));
  return changed(labels, names, (contacts) => contacts.map((contact) => {
    const base = was.get(contact.id) ?? contact;
    return { ...withEdge(contact, edge, frameOf(base), labels.frames, base), touch: contact.touch };
  }));
}

/**
 * Values by a key, both in their order.
 * @template T @param {Iterable<T>} values @param {(value: T) => string} keyOf @returns {Map<string, T[]>}
 */
function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

/**
 * Touches that meet in time are one; where none meet, all are one. Null where there is nothing to join: hands stay apart.
 * @param {Labels} labels @param {ReadonlySet<string>} names @returns {Labels | null}
 */
export function joined(labels, names) {
  const touches = [...touchesOf(labels)].filter(([name]) => names.has(name)).map(([, contacts]) => contacts);
  const hands = [...groupBy(touches, ([{ hand }]) => hand).values()];
  const meeting = hands.flatMap(meetings);
  const together = (meeting.length < touches.length ? meeting : hands).filter((some) => some.length > 1);
  return together.length ? together.reduce((now, some) => oneTouch(now, some.flat()), labels) : null;
}

/** Touches of one hand, together with those that they meet in time. @param {Contact[][]} touches */
function meetings(touches) {
  /** @type {Contact[][][]} */
  const found = [];
  let end = -Infinity;
  for (const contacts of touches.toSorted(([a], [b]) => a.start - b.start)) {
    if (contacts[0].start <= end + 1) found[found.length - 1].push(contacts);
    else found.push([contacts]);
    end = Math.max(end, contacts[0].end);
  }
  return found;
}

/**
 * These contacts in one touch, from the first frame to the last one, each finger on each region.
 * @param {Labels} labels @param {Contact[]} members @returns {Labels}
 */
function oneTouch(labels, members) {
  const start = Math.min(...members.map((contact) => contact.start));
  const end = Math.max(...members.map((contact) => contact.end));
  const touch = nameOfTouch(members[0]);
  const cells = groupBy(members, cellOf);
  const kept = new Map([...cells.values()].map((same) => [same[0].id, { ...oneContact(same), start, end, touch }]));
  const ids = new Set(members.map(({ id }) => id));
  const contacts = labels.contacts.flatMap((contact) => (ids.has(contact.id) ? (kept.get(contact.id) ?? []) : contact));
  const [fingers, regions] = [valuesOf(members, "finger"), valuesOf(members, "region")];
  const all = fingers.flatMap((finger) => regions.map((region) => ({ hand: members[0].hand, finger, region })));
  const missing = all.filter((cell) => !cells.has(cellOf(cell)));
  return missing.reduce((now, cell) => withContact(now, start, end, cell, touch), { ...labels, contacts });
}

/** Contacts of the same finger and region as one. @param {Contact[]} same @returns {Contact} */
function oneContact(same) {
  const keys = new Map(same.toReversed().flatMap((contact) => contact.keyframes).map((key) => [key.frame, key]));
  const confidence = Math.min(...same.map((contact) => contact.confidence));
  return { ...same[0], confidence, keyframes: [...keys.values()].sort((a, b) => a.frame - b.frame) };
}

/**
 * A touch a finger, or a region where there is one finger; null where there is nothing to part.
 * @param {Labels} labels @param {ReadonlySet<string>} names @returns {Labels | null}
 */
export function parted(labels, names) {
  let some = false;
  const after = changed(labels, names, (contacts) => {
    const field = valuesOf(contacts, "finger").length > 1 ? "finger" : "region";
    some ||= valuesOf(contacts, field).length > 1;
    return contacts.map((contact) => ({ ...contact, touch: contacts.find((other) => other[field] === contact[field])?.id }));
  });
  return some ? after : null;
}

/**
 * Two touches of each, the second from `frame` on; null where the frame is inside none.
 * @param {Labels} labels @param {ReadonlySet<string>} names @param {number} frame @returns {Labels | null}
 */
export function splitTouches(labels, names, frame) {
  let now = labels;
  for (const name of names) {
    const contacts = touchesOf(now).get(name) ?? [];
    if (!contacts.some(({ start, end }) => start < frame && frame <= end)) continue;
    const second = freshId(now);
    for (const { id } of contacts) now = split(now, id, frame, second) ?? now;
  }
  return now === labels ? null : now;
}
