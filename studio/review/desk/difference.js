// What two states of a clip's labels differ in, and what becomes one of them.

import { find, removeContact, replaceContact, same, trimmed, withKey, withoutKey } from "./labels.js";
import { plainContact } from "./touches.js";
import { describe, spoken } from "./words.js";

/** @import { Change, Clash, Contact, Labels } from "./types.d.ts" */

const NAMED = 6; // frames that are named one by one
const FIELDS = /** @type {const} */ ({
  hand: "hand", finger: "finger", region: "region", start: "first frame", end: "last frame",
});

/**
 * Contact by contact.
 * @param {Labels} before @param {Labels} after @returns {Change[]}
 */
export function difference(before, after) {
  /** @type {Change[]} */
  const changes = [];
  for (const old of before.contacts) {
    const now = find(after, old.id);
    if (!now) changes.push({ id: old.id, kind: "removed", lines: [describe(old)] });
    else if (!same(plainContact(old), plainContact(now))) changes.push({ id: old.id, kind: "changed", lines: changedLines(old, now) });
  }
  for (const now of after.contacts) {
    if (!find(before, now.id)) changes.push({ id: now.id, kind: "added", lines: [describe(now)] });
  }
  return changes;
}

/** @param {Contact} old @param {Contact} now */
function changedLines(old, now) {
  const names = /** @type {(keyof typeof FIELDS)[]} */ (Object.keys(FIELDS));
  const lines = names
    .filter((name) => old[name] !== now[name])
    .map((name) => `${FIELDS[name]}: ${spoken(String(old[name]))} → ${spoken(String(now[name]))}`);
  const keys = (/** @type {Contact} */ contact) => new Map(contact.keyframes.map((key) => [key.frame, key.polygon]));
  const [a, b] = [keys(old), keys(now)];
  const touched = [...b].filter(([frame, polygon]) => a.has(frame) && !same(a.get(frame), polygon)).map(([frame]) => frame);
  /** @type {[string, number[]][]} */
  const lists = [
    ["outline changed", touched],
    ["outline added", [...b.keys()].filter((frame) => !a.has(frame))],
    ["outline removed", [...a.keys()].filter((frame) => !b.has(frame))],
  ];
  for (const [words, frames] of lists) if (frames.length) lines.push(`${words} at ${framesInWords(frames)}`);
  return lines.length ? lines : ["confidence"];
}

/** @param {number[]} frames */
const framesInWords = (frames) => (frames.length > NAMED ? `${frames.length} frames` : `frame ${frames.join(", ")}`);

/**
 * Merged labels with what the second person wanted for one clash.
 * @param {Labels} labels @param {Clash} clash @param {Labels} yours @returns {Labels}
 */
export function settled(labels, clash, yours) {
  if (clash.field === "removed") return find(yours, clash.contact) ? labels : removeContact(labels, clash.contact);
  return replaceContact(labels, clash.contact, (contact) => {
    if (clash.field.startsWith("keyframe ")) {
      const frame = Number(clash.field.slice("keyframe ".length));
      return clash.yours ? withKey(contact, frame, clash.yours) : withoutKey(contact, frame);
    }
    if (["start", "end"].includes(clash.field)) {
      const ends = { start: contact.start, end: contact.end, [clash.field]: clash.yours };
      return ends.end < ends.start ? contact : trimmed(contact, ends.start, ends.end, labels.frames);
    }
    return { ...contact, [clash.field]: clash.yours };
  });
}
