import assert from "node:assert/strict";
import { test } from "node:test";

import { openStore } from "../../../../studio/review/desk/store.js";
import { INITIAL, cameBack, closed, decided, described, edited, left, told } from "../../../../studio/review/desk/transitions.js";
import { saveWords } from "../../../../studio/review/desk/words.js";
import { draftOf, mayEdit } from "../../../../studio/review/desk/work.js";
import { labels, state, work, workOf } from "./samples.js";

const other = { ...labels(), contacts: [] };

test("a clip begins with the server's labels, or with the draft that was not sent", () => {
  const fresh = work({ seen: 3 });
  assert.deepEqual([fresh.seen, fresh.save.kind, fresh.selected, fresh.frame, fresh.lease], [3, "clean", "c1", 10, "lease"]);
  const draft = { ...draftOf(fresh), labels: other, seen: 5, client: "mine", sequence: 9, lease: "old" };
  const resumed = work({ seen: 3, lease: "" }, draft);
  assert.deepEqual([resumed.seen, resumed.save.kind, resumed.selected, resumed.client, resumed.sequence, resumed.lease], [5, "saving", null, "mine", 9, "old"]);
  assert.equal(resumed.prelabel, resumed.claim.labels, "what is compared with stays");
  const watched = work({ held_by: "ben" }, draft);
  assert.deepEqual([watched.save.kind, watched.labels.contacts.length, mayEdit(watched)], ["looking", 2, false]);
});

test("every change is a draft of its own number", () => {
  const changed = workOf(edited(state(), { name: "back", labels: other, at: 0 }));
  assert.deepEqual(draftOf(changed), { clip: 7, labels: other, seen: 1, lease: "lease", client: "client", sequence: 1 });
});

test("a verdict is given once, with how long it took", () => {
  const accepted = decided(state({ began: 0 }), "rejected", "broken", 8000);
  const { verdict, note, seconds, sequence } = draftOf(workOf(accepted));
  assert.deepEqual([verdict, note, seconds, sequence], ["rejected", "broken", 8, 1]);
  assert.equal(decided(accepted, "accepted", "", 9000), accepted);
  assert.ok(!mayEdit(workOf(accepted)));
});

test("what becomes of a draft is told of its clip alone", () => {
  const now = state();
  assert.equal(told(now, 8, { kind: "saved" }), now);
  const saved = workOf(told(now, 7, { kind: "saved", revision: /** @type {any} */ ({ number: 4 }) }));
  assert.deepEqual([saved.seen, saveWords(saved, true)], [4, "Saved at revision 4"]);
  const offline = workOf(told(now, 7, { kind: "offline", words: "no" }));
  assert.equal(saveWords(offline, true), "Offline: kept in this browser, sent later");
  assert.equal(saveWords(offline, false), "Offline: kept in this browser, sent later (only in this tab: keep it open)");
  const failing = workOf(told(now, 7, { kind: "failing", words: "The disk is full." }));
  assert.equal(saveWords(failing, true), "The disk is full. Kept in this browser, sent later.");
});

test("the way back remembers the last ten clips, each once", () => {
  const many = Array.from({ length: 12 }, (_, i) => i).concat(3).reduce(left, INITIAL);
  assert.deepEqual(many.done, [2, 4, 5, 6, 7, 8, 9, 10, 11, 3]);
  assert.equal(cameBack(many).done.at(-1), 11);
});

test("a clip's news reach it, and without a clip nothing happens", () => {
  assert.equal(workOf(described(state(), 7, { flagged: true })).claim.clip.flagged, true);
  const now = state();
  assert.equal(described(now, 8, { flagged: true }), now);
  assert.equal(decided(INITIAL, "accepted", "", 0), INITIAL);
  assert.equal(closed(INITIAL), INITIAL);
});

test("the store tells of every change once, and of nothing else", () => {
  const store = openStore(state());
  /** @type {[number, number][]} */
  const seen = [];
  store.watch((now, before) => seen.push([workOf(before).sequence, workOf(now).sequence]));
  store.apply(edited, { name: "none", labels: labels(), at: 0 });
  assert.deepEqual(seen, []);
  store.apply(edited, { name: "back", labels: other, at: 0 });
  assert.deepEqual(seen, [[0, 1]]);
  assert.equal(workOf(store.state).labels, other);
});
