import assert from "node:assert/strict";
import { test } from "node:test";

import { difference, settled } from "../../../../studio/review/desk/difference.js";
import { find, nudged, polygonAt, removeContact, replaceContact, shifted, split, trimmed, withEdge, withKey, withoutKey, withPoint } from "../../../../studio/review/desk/labels.js";
import { SQUARE, contact, labels } from "./samples.js";

const moved = SQUARE.map(([x, y]) => /** @type {const} */ ([x + 10, y]));
const frames = (/** @type {import("../../../../studio/review/desk/types.d.ts").Contact} */ c) => c.keyframes.map((key) => key.frame);

test("an outline between two keyframes lies between them", () => {
  const c = withKey(contact(), 20, moved);
  assert.deepEqual(polygonAt(c, 17), SQUARE.map(([x, y]) => [x + 4, y]));
  assert.deepEqual(polygonAt(c, 20), moved);
  assert.equal(polygonAt(c, 21), null);
  assert.equal(polygonAt(contact({ keyframes: [] }), 12), null);
});

test("a split keeps every frame's outline and gives the second part a fresh name", () => {
  const before = replaceContact(labels(), "c1", (c) => withKey(c, 20, moved));
  const after = split(before, "c1", 17);
  assert.ok(after);
  assert.deepEqual(after.contacts.map(({ id, start, end }) => [id, start, end]), [["c1", 10, 16], ["c3", 17, 20], ["c2", 24, 30]]);
  const [old, first, second] = [before.contacts[0], after.contacts[0], after.contacts[1]];
  for (let k = 10; k <= 20; k++) assert.deepEqual(polygonAt(k < 17 ? first : second, k), polygonAt(old, k), `frame ${k}`);
  assert.equal(split(before, "c1", 10), null);
  assert.equal(split(before, "c1", 21), null);
  assert.equal(split(before, null, 15), null);
});

test("trimming puts a keyframe where one was cut off, and never turns an interval round", () => {
  assert.deepEqual(frames(trimmed(contact(), 12, 18, 40)), [12, 15, 18]);
  assert.deepEqual(frames(trimmed(contact(), 30, 35, 40)), [30], "cut away from all of them, the nearest shape stays");
  const thin = trimmed(contact(), 25, 12, 40);
  assert.deepEqual([thin.start, thin.end], [25, 25]);
  const late = withEdge(contact(), "start", 99, 40);
  assert.deepEqual([late.start, late.end], [20, 20]);
  const wide = withEdge(contact(), "end", 99, 40);
  assert.deepEqual([wide.start, wide.end], [10, 39]);
  assert.equal(withEdge(contact({ finger: "ring" }), "start", 8, 40, contact()).finger, "ring");
});

test("a contact is shifted as far as the clip goes, outlines and all", () => {
  assert.deepEqual(frames(shifted(contact(), -99, 40)), [0, 5, 10]);
  const last = shifted(contact(), 99, 40);
  assert.deepEqual([last.start, last.end, ...frames(last)], [29, 39, 29, 34, 39]);
});

test("a point moves in its frame or in every outline, a polygon as a whole", () => {
  const here = nudged(contact(), 12, 1, 2, 3, false);
  assert.deepEqual(frames(here), [10, 12, 15, 20]);
  assert.deepEqual(polygonAt(here, 12)?.[1], [92, 73]);
  assert.deepEqual(polygonAt(here, 10), SQUARE);
  const all = nudged(contact(), 15, 1, 2, 3, true);
  for (const { polygon } of all.keyframes) assert.deepEqual(polygon, [[70, 70], [92, 73], [90, 90], [70, 90]]);
  assert.deepEqual(polygonAt(nudged(contact(), 10, null, 10, 0, false), 10), moved);
  assert.equal(nudged(contact(), 30, 1, 2, 3, false).keyframes.length, 3, "there is no outline");
});

test("points and keyframes are added and taken away", () => {
  assert.deepEqual(withPoint(SQUARE, 3), [...SQUARE, [70, 80]]);
  assert.deepEqual(withPoint(SQUARE, 0, [1, 2]), [[70, 70], [1, 2], ...SQUARE.slice(1)]);
  assert.deepEqual(frames(withoutKey(contact(), 15)), [10, 20]);
  assert.deepEqual(withKey(contact(), 12, [[0.123, 1], [2, 3.456], [4, 5]]).keyframes[1].polygon[0], [0.12, 1]);
});

test("what differs is told contact by contact", () => {
  const before = labels();
  const changed = replaceContact(before, "c1", (c) => withKey({ ...c, finger: "ring", end: 21 }, 12, SQUARE));
  const after = { ...removeContact(changed, "c2"), contacts: [...removeContact(changed, "c2").contacts, contact({ id: "c9" })] };
  assert.deepEqual(difference(before, before), []);
  assert.deepEqual(difference(before, after), [
    { id: "c1", kind: "changed", lines: ["finger: index → ring", "last frame: 20 → 21", "outline added at frame 12"] },
    { id: "c2", kind: "removed", lines: ["left thumb → chin, frames 24–30"] },
    { id: "c9", kind: "added", lines: ["left index → left cheek, frames 10–20"] },
  ]);
  const surer = replaceContact(before, "c1", (c) => ({ ...c, confidence: 1 }));
  assert.deepEqual(difference(before, surer)[0].lines, ["confidence"]);
});

test("a clash is settled for the second person, field by field", () => {
  const clash = (/** @type {string} */ field, /** @type {unknown} */ yours) => ({ contact: "c1", field, head: null, yours });
  const one = (/** @type {string} */ field, /** @type {unknown} */ yours) => find(settled(labels(), clash(field, yours), labels()), "c1");
  assert.equal(one("finger", "ring")?.finger, "ring");
  assert.deepEqual([one("end", 17)?.end, one("end", 5)?.end], [17, 20], "an end before the start is not taken");
  assert.deepEqual(one("keyframe 15", moved)?.keyframes[1].polygon, moved);
  assert.equal(one("keyframe 15", null)?.keyframes.length, 2);
  assert.equal(find(settled(labels(), clash("removed", true), removeContact(labels(), "c1")), "c1"), null);
});
