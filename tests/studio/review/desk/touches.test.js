import assert from "node:assert/strict";
import { test } from "node:test";

import { pasted } from "../../../../studio/review/desk/clipboard.js";
import { find } from "../../../../studio/review/desk/labels.js";
import { grouped, joined, nameOfTouch, parted, plain, rowOfTouch, splitTouches, touchesOf, withEdges, withOnly, withShift, withToggled, withTouch } from "../../../../studio/review/desk/touches.js";
import { allSelected, alsoSelected, edgeNudged, edited, extended, selected, turned } from "../../../../studio/review/desk/transitions.js";
import { selectedContacts, selectionOf } from "../../../../studio/review/desk/work.js";
import { describeTouch } from "../../../../studio/review/desk/words.js";
import { SQUARE, contact, labels, state, workOf } from "./samples.js";

/** @import { Contact, Labels } from "../../../../studio/review/desk/types.d.ts" */

const one = new Set(["c1"]);

/** Touches in words. @param {Labels} now */
const said = (now) => [...touchesOf(now).values()].map(describeTouch);

/** A hand of several fingers on a cheek, as it comes from a store. @param {string[]} fingers @param {Partial<Contact>} fields */
const flat = (fingers, fields = {}) => fingers.map((finger, i) => contact({ id: `c${i + 1}`, finger, ...fields }));

test("contacts of one hand over one interval are one touch, where each finger is on each region", () => {
  assert.deepEqual(said(labels(flat(["index", "middle", "ring"]))), ["left index, middle, ring → left cheek, frames 10–20"]);
  const cross = [contact(), contact({ id: "c2", finger: "thumb", region: "chin" })];
  assert.equal(said(labels(cross)).length, 2, "a bar would say that the thumb is on the cheek");
  assert.equal(said(labels([contact(), contact({ id: "c2", finger: "ring", hand: "right" })])).length, 2);
  assert.equal(said(labels([contact(), contact({ id: "c2", finger: "ring", end: 21 })])).length, 2);
});

test("what is stored and sent knows nothing of touches", () => {
  const given = { ...labels(), contacts: flat(["index", "middle"]) };
  assert.deepEqual(plain(grouped(given)), given);
});

test("a finger or a region more is a contact on each of the other, and less takes them away", () => {
  const more = withToggled(labels(flat(["index", "middle"])), one, "region", "chin");
  assert.deepEqual(said(more), ["left index, middle → left cheek, chin, frames 10–20"]);
  assert.equal(more.contacts.length, 4);
  assert.deepEqual(new Set(more.contacts.map(({ id }) => id)).size, 4);
  const less = withToggled(more, one, "finger", "index");
  assert.deepEqual(said(less), ["left middle → left cheek, chin, frames 10–20"]);
  assert.deepEqual(said(withToggled(less, one, "finger", "middle")), said(less), "the last one stays");
  const both = new Set(["c1", "c2"]);
  const some = withToggled(labels(), both, "finger", "index");
  assert.deepEqual(said(some), ["left index → left cheek, frames 10–20", "left thumb, index → chin, frames 24–30"], "who lacks it gets it");
});

test("one finger alone keeps the outlines of the one that it was", () => {
  const now = withOnly(labels(flat(["middle", "index"])), one, "finger", "index");
  assert.deepEqual(now.contacts.map(({ id, finger }) => [id, finger]), [["c2", "index"]]);
  assert.equal(withOnly(labels(), new Set(["c1", "c2"]), "hand", "right").contacts.every(({ hand }) => hand === "right"), true);
});

test("touches that meet become one, with every finger on every region; hands stay apart", () => {
  const parts = labels([
    contact({ end: 16, confidence: 0.9 }), contact({ id: "c2", start: 16, end: 20, confidence: 0.4, keyframes: [{ frame: 15, polygon: SQUARE }] }),
    contact({ id: "c3", finger: "ring", region: "chin", start: 18, end: 22, keyframes: [] }), contact({ id: "c4", start: 30, end: 33, keyframes: [] }),
  ]);
  const now = joined(parts, new Set(["c1", "c2", "c3", "c4"]));
  assert.ok(now);
  assert.deepEqual(said(now), ["left index, ring → left cheek, chin, frames 10–22", "left index → left cheek, frames 30–33"]);
  assert.deepEqual([find(now, "c1")?.confidence, find(now, "c1")?.keyframes.length, now.contacts.length], [0.4, 3, 5]);
  assert.deepEqual(said(joined(parts, new Set(["c3", "c4"])) ?? parts).at(-1), "left ring, index → chin, left cheek, frames 18–33", "none meet: all are one");
  assert.equal(joined(labels([contact(), contact({ id: "c2", hand: "right" })]), new Set(["c1", "c2"])), null);
});

test("a touch is parted by finger, then by region", () => {
  const hand = withToggled(labels(flat(["index", "middle"])), one, "region", "chin");
  const fingers = parted(hand, one);
  assert.ok(fingers);
  assert.deepEqual(said(fingers), ["left index → left cheek, chin, frames 10–20", "left middle → left cheek, chin, frames 10–20"]);
  const regions = parted(fingers, one);
  assert.ok(regions);
  assert.equal(said(regions).length, 3);
  assert.equal(parted(labels(), one), null);
  assert.equal(touchesOf(grouped(fingers)).size, 2, "they stay apart");
});

test("touches are trimmed, moved and split together", () => {
  const names = new Set(["c1", "c2"]);
  assert.deepEqual(withEdges(labels(), names, "start", ({ start }) => start + 2).contacts.map(({ start }) => start), [12, 26]);
  assert.deepEqual(withShift(labels(), names, -99).contacts.map(({ start }) => start), [0, 14], "as far as the first can go");
  const now = splitTouches(labels(flat(["index", "ring"])), one, 15);
  assert.ok(now);
  assert.deepEqual(said(now), ["left index, ring → left cheek, frames 10–14", "left index, ring → left cheek, frames 15–20"]);
  assert.equal(splitTouches(labels(), names, 10), null);
});

test("a new touch takes names that are free", () => {
  const before = labels([contact({ id: "c2", touch: "c3" }), contact({ id: "c4" })]);
  const now = withTouch(before, 1, 2, [contact(), contact({ finger: "ring" })]);
  assert.deepEqual(now.contacts.slice(2).map(({ id, touch }) => [id, touch]), [["c5", "c5"], ["c6", "c5"]]);
  assert.equal(rowOfTouch(now.contacts.slice(2)), "left_cheek index+ring left");
});

test("what was copied comes back as long as it was, in seconds; outlines only in its own clip", () => {
  const contacts = flat(["index", "ring"], { touch: "c1" });
  const here = pasted(labels([]), 7, { clip: 7, fps: 24, contacts }, 25);
  assert.deepEqual(said(here), ["left index, ring → left cheek, frames 25–35"]);
  assert.deepEqual(here.contacts[0].keyframes.map(({ frame }) => frame), [25, 30, 35]);
  const elsewhere = pasted(labels([]), 8, { clip: 7, fps: 48, contacts }, 25);
  assert.deepEqual([said(elsewhere), elsewhere.contacts[0].keyframes], [["left index, ring → left cheek, frames 25–30"], []]);
});

test("several are selected, and one less", () => {
  const both = extended(state(), 1);
  assert.deepEqual([...selectionOf(workOf(both))].sort(), ["c1", "c2"]);
  assert.equal(workOf(both).selected, "c2");
  assert.deepEqual([...selectionOf(workOf(alsoSelected(both, "c2")))], ["c1"]);
  assert.deepEqual(selectedContacts(workOf(allSelected(state()))).length, 2);
  assert.deepEqual([...selectionOf(workOf(selected(both, "c1")))], ["c1"]);
  const nudged = workOf(edgeNudged(both, "end", -1, 0));
  assert.deepEqual(nudged.labels.contacts.map(({ end }) => end), [19, 29]);
  const back = workOf(edgeNudged(edgeNudged(both, "end", -1, 0), "end", 1, 0));
  assert.deepEqual(back.labels, labels(), "what is given back keeps its outlines");
});

test("a touch that was trimmed to the interval of another stays a touch of its own", () => {
  let now = state({ labels: labels([contact(), contact({ id: "c2", finger: "ring", end: 21 })]) });
  now = edgeNudged(now, "end", 1, 0);
  now = edgeNudged(now, "end", 1, 0);
  assert.deepEqual(workOf(now).labels.contacts.map(({ end }) => end), [22, 21]);
});

test("one contact of a touch after the other, and what has become of a selected one", () => {
  const hand = state({ labels: labels(flat(["index", "ring"])) });
  assert.deepEqual([turned(hand, 1), turned(turned(hand, 1), 1)].map((now) => workOf(now).selected), ["c2", "c1"]);
  const without = withToggled(workOf(hand).labels, one, "finger", "index");
  const now = workOf(edited(hand, { name: "finger", labels: without, at: 0 }));
  assert.equal(now.selected, "c2");
  const two = state({ labels: labels([contact({ touch: "c1" }), contact({ id: "c2", region: "chin", touch: "c1" }), contact({ id: "c3", start: 5 })]) });
  const fewer = workOf(edited(two, { name: "region", labels: withToggled(workOf(two).labels, one, "region", "left_cheek"), at: 0 }));
  assert.equal(fewer.selected, "c2", "it is of the touch that was selected, not of another one of its place");
  assert.equal(nameOfTouch(contact({ touch: "c7" })), "c7");
});
