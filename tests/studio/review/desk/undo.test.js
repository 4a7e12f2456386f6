import assert from "node:assert/strict";
import { test } from "node:test";

import { replaceContact } from "../../../../studio/review/desk/labels.js";
import { edited, redone, stored, told, undone } from "../../../../studio/review/desk/transitions.js";
import { undoOf, undoText } from "../../../../studio/review/desk/undo.js";
import { labels, state, work, workOf } from "./samples.js";

/** @import { State } from "../../../../studio/review/desk/types.d.ts" */

/** @param {State} of @param {string} finger @param {number} at */
const take = (of, finger, at = 0, name = "finger") =>
  edited(of, { name, labels: replaceContact(workOf(of).labels, "c1", (c) => ({ ...c, finger })), at });
const fingerOf = (/** @type {State} */ of) => workOf(of).labels.contacts[0].finger;

test("undo goes back step by step, redo forth, and a new edit ends the way forth", () => {
  const edits = take(take(state(), "ring"), "palm");
  const back = undone(undone(edits));
  assert.equal(fingerOf(back), "index");
  assert.equal(undone(back), back, "there is no more");
  assert.equal(fingerOf(redone(back)), "ring");
  assert.equal(fingerOf(redone(redone(back))), "palm");
  const other = take(redone(back), "little");
  assert.equal(redone(other), other);
});

test("an edit that goes on is one step, as long as it is not interrupted", () => {
  const nudges = take(take(take(state(), "ring", 0, "move…"), "palm", 1400, "move…"), "thumb", 2800, "move…");
  assert.equal(workOf(nudges).undo.length, 1);
  assert.equal(workOf(take(nudges, "index", 4400, "move…")).undo.length, 2, "later");
  assert.equal(workOf(take(nudges, "index", 2900, "other…")).undo.length, 2, "another edit");
  assert.equal(workOf(take(undone(nudges), "ring", 2900, "move…")).undo.length, 1, "after an undo it is a new one");
});

test("what changes nothing, or may not be changed, is no step", () => {
  const now = state();
  assert.equal(take(now, "index"), now);
  for (const fields of [{ looking: true }, { verdict: { verdict: "accepted", note: "", seconds: 1 } }]) {
    const fixed = state(fields);
    assert.equal(take(fixed, "ring"), fixed);
  }
  const conflict = told(take(state(), "ring"), 7, { kind: "conflict", answer: { error: "" } });
  assert.equal(undone(conflict), conflict, "it is decided first");
  assert.equal(take(conflict, "palm"), conflict);
});

test("the selected contact is one that is there", () => {
  const without = { ...labels(), contacts: labels().contacts.slice(1) };
  const removed = edited(state(), { name: "delete contact", labels: without, at: 0, selected: "c2" });
  assert.equal(workOf(removed).selected, "c2");
  const added = { ...labels(), contacts: [...labels().contacts, { ...labels().contacts[0], id: "c3" }] };
  const gone = undone(edited(state(), { name: "add contact", labels: added, at: 0, selected: "c3" }));
  assert.equal(workOf(gone).selected, "c1");
});

test("what the server stored can be undone, and is not sent again", () => {
  const restored = stored(take(state(), "ring"), 1, labels(), 5);
  const { undo, seen, save, sequence } = workOf(restored);
  assert.deepEqual([undo.length, seen, save.kind, sequence], [2, 5, "saved", 1]);
  assert.equal(fingerOf(undone(restored)), "ring");
  const same = stored(state(), 1, labels(), 5);
  assert.equal(workOf(same).undo.length, 0);
  const other = state();
  assert.equal(stored(other, 2, labels(), 5), other, "of a clip that was left");
});

test("undo outlives a reload where the labels are still those", () => {
  const edits = workOf(undone(take(take(state(), "ring"), "palm")));
  const text = undoText("anna", edits);
  const { undo, redo } = undoOf(text, "anna", 7, edits.labels);
  assert.deepEqual([undo, redo], [edits.undo, edits.redo]);
  const none = { undo: [], redo: [] };
  assert.deepEqual(undoOf(text, "ben", 7, edits.labels), none);
  assert.deepEqual(undoOf(text, "anna", 8, edits.labels), none);
  assert.deepEqual(undoOf(text, "anna", 7, labels()), none, "somebody else saved");
  assert.deepEqual(undoOf("{damaged", "anna", 7, edits.labels), none);
  assert.deepEqual(undoOf(null, "anna", 7, edits.labels), none);
});

test("the oldest states go first where there is no room for all", () => {
  const states = [1, 2, 3].map((frame) => replaceContact(labels(), "c2", (c) => ({ ...c, start: frame })));
  const size = JSON.stringify(states[0].contacts).length;
  const now = { ...work(), undo: states };
  const { undo } = undoOf(undoText("anna", now, 2 * size), "anna", 7, now.labels);
  assert.deepEqual(undo, states.slice(1));
});
