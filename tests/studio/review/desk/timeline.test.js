import assert from "node:assert/strict";
import { test } from "node:test";

import { frameOf, secondsAt } from "../../../../studio/review/desk/clock.js";
import { dragged, frameAt, loopOf, percent, rowsOf, tickEvery } from "../../../../studio/review/desk/spans.js";
import { advanced } from "../../../../studio/review/desk/time.js";
import { edgeMarked, edgeNudged, letGo, pointed, selected, toggled, undone, went } from "../../../../studio/review/desk/transitions.js";
import { neighbour } from "../../../../studio/review/desk/work.js";
import { WORDS, contact, labels, state, workOf } from "./samples.js";

test("every frame has its place on the line, and none lies beyond", () => {
  for (let frame = 0; frame < 40; frame++) assert.equal(frameAt(((frame + 0.5) / 40) * 731, 731, 40), frame);
  assert.deepEqual([frameAt(-5, 731, 40), frameAt(731, 731, 40), frameAt(9999, 731, 40)], [0, 39, 39]);
  assert.equal(percent(10, 40), "25%");
});

test("a frame is shown when the video that was given shows it", () => {
  const uneven = { fps: 10, times: [1.5, 1.6, 2.6, 2.65] };
  assert.deepEqual([0, 1, 2, 3, 4].map((frame) => secondsAt(uneven, frame)), [1.5, 1.6, 2.6, 2.65, 2.75]);
  assert.deepEqual([0, 1.5, 1.59, 1.6, 2.5, 2.6, 2.7, 9].map((time) => frameOf(uneven, time)), [0, 0, 0, 1, 1, 2, 3, 3]);
  const steady = { fps: 30000 / 1001, times: null };
  for (let frame = 0; frame < 500; frame++) assert.equal(frameOf(steady, secondsAt(steady, frame)), frame);
});

test("the ruler's numbers do not touch", () => {
  assert.deepEqual([tickEvery(40, 1000), tickEvery(40, 300), tickEvery(3000, 1000), tickEvery(1e6, 100)], [5, 10, 250, 10_000]);
});

test("rows stand in the order of regions and fingers, those of the pre-label too", () => {
  const now = labels([contact({ region: "chin" }), contact({ id: "c2", region: "forehead", hand: "right" })]);
  const names = rowsOf(now, labels(), WORDS).map(([name]) => name);
  assert.deepEqual(names, ["forehead index right", "left_cheek index left", "chin thumb left", "chin index left"]);
});

test("a bar is made in both directions", () => {
  for (const [from, to] of [[5, 9], [9, 5]]) {
    const after = dragged({ id: null, row: "chin palm right", from, labels: labels() }, to, undefined);
    const { id, start, end, finger, confidence } = after.contacts[2];
    assert.deepEqual([id, start, end, finger, confidence], ["c3", 5, 9, "palm", 1]);
  }
});

test("a bar is moved, to another row too, and trimmed", () => {
  const bar = { id: "c1", names: new Set(["c1"]), row: "left_cheek index left", from: 12, labels: labels() };
  const moved = dragged({ ...bar, edge: null }, 15, bar.row).contacts[0];
  assert.deepEqual([moved.start, moved.end, moved.region], [13, 23, "left_cheek"]);
  const elsewhere = dragged({ ...bar, edge: null }, 12, "chin ring right").contacts[0];
  assert.deepEqual([elsewhere.start, elsewhere.region, elsewhere.finger, elsewhere.hand], [10, "chin", "ring", "right"]);
  assert.equal(dragged({ ...bar, edge: "start" }, 14, bar.row).contacts[0].start, 14);
  assert.equal(dragged({ ...bar, edge: "end" }, 3, bar.row).contacts[0].end, 10);
});

test("a contact is played with some frames around it, within the clip", () => {
  assert.deepEqual(loopOf({ start: 10, end: 20 }, 40), [7, 23]);
  assert.deepEqual(loopOf({ start: 1, end: 38 }, 40), [0, 39]);
  assert.deepEqual(loopOf(null, 40), [0, 39]);
});

test("playing goes on by time, and round", () => {
  assert.equal(advanced(10, 0.4, 7, 24), 10.4);
  assert.equal(advanced(23.5, 0.4, 7, 24), 23.9);
  assert.equal(advanced(23.5, 0.5, 7, 24), 7);
  assert.equal(advanced(2, 0.4, 7, 24), 7, "a contact was selected meanwhile");
});

test("frames end where the clip ends, and a point is of its frame", () => {
  const at = (/** @type {number} */ frame) => workOf(went(state(), frame)).frame;
  assert.deepEqual([at(-3), at(12), at(Infinity)], [0, 12, 39]);
  const chosen = pointed(state(), 2);
  assert.equal(workOf(went(chosen, 11)).point, null);
  assert.equal(went(chosen, 10), chosen);
});

test("a contact is gone to where its frames are not shown", () => {
  const second = workOf(selected(state(), "c2"));
  assert.deepEqual([second.selected, second.frame, [...second.visited]], ["c2", 24, ["c1", "c2"]]);
  assert.equal(workOf(selected(state({ frame: 26 }), "c2")).frame, 26);
  assert.equal(workOf(selected(state(), "c2", false)).frame, 10);
  assert.deepEqual([neighbour(second, 1)?.id, neighbour(second, -1)?.id], [undefined, "c1"]);
  assert.equal(neighbour({ ...second, selected: null }, -1)?.id, "c2");
});

test("an edge that is nudged and given back keeps its outlines, and the frame goes with it", () => {
  let now = state();
  for (const by of [1, 1, 1, 1, 1, 1, 1]) now = edgeNudged(now, "start", by, 0);
  assert.deepEqual([workOf(now).labels.contacts[0].start, workOf(now).frame], [17, 17]);
  for (const by of [-1, -1, -1, -1, -1, -1, -1]) now = edgeNudged(now, "start", by, 0);
  assert.deepEqual(workOf(now).labels, labels());
  assert.equal(workOf(undone(now)).labels.contacts[0].start, 10);
  for (let i = 0; i < 30; i++) now = edgeNudged(now, "start", 1, 0);
  assert.equal(workOf(edgeNudged(now, "start", -1, 0)).labels.contacts[0].start, 19, "what went beyond the other end does not count");
});

test("an edge is marked at the frame that is shown", () => {
  const late = workOf(edgeMarked(went(state(), 25), "end", 0));
  assert.deepEqual([late.labels.contacts[0].end, late.frame], [25, 25]);
  const turned = workOf(edgeMarked(went(state(), 25), "start", 0));
  assert.deepEqual([turned.labels.contacts[0].start, turned.frame], [20, 20]);
});

test("Escape lets go of one thing after the other", () => {
  const all = { ...pointed(state(), 1), brush: { on: true, erase: false, radius: 5 } };
  const [first, second, third] = [letGo(all), letGo(letGo(all)), letGo(letGo(letGo(all)))];
  assert.deepEqual([workOf(first).point, first.brush.on, workOf(first).selected], [null, true, "c1"]);
  assert.deepEqual([second.brush.on, workOf(second).selected], [false, "c1"]);
  assert.equal(workOf(third).selected, null);
  assert.equal(toggled(all, "heat").show.heat, true);
});
