import assert from "node:assert/strict";
import { test } from "node:test";

import { middle } from "../../../../studio/review/desk/geometry.js";
import { carriedOn, outlined, padAt, readHands, speedAt, touchAt, touchingAt } from "../../../../studio/review/desk/hands.js";
import { polygonAt, reshaped, withEdge } from "../../../../studio/review/desk/labels.js";
import { edgeNudged } from "../../../../studio/review/desk/transitions.js";
import { SQUARE, contact, state, workOf } from "./samples.js";

/** @import { Hands } from "../../../../studio/review/desk/types.d.ts" */

const FRAMES = 40;

/** @param {number[]} values */
const text = (values) => Buffer.from(new Float32Array(values).buffer).toString("base64");

/** A left hand whose index finger goes one pixel a frame to the right, and touches from frame 5 on. @returns {Hands} */
function hands() {
  const pads = Array.from({ length: FRAMES }, (_, f) => Array.from({ length: 6 }, (_, part) => [50 + f, 60 + part, 1, 0])).flat(2);
  const likely = Array.from({ length: FRAMES }, (_, f) => [f < 5 ? 0.1 : 0.9, 0, f < 5 ? 0.1 : 0.8, 0.6, 0, 0, 0]).flat();
  const track = { left: true, pads: text(pads), likely: text(likely), speed: text(Array(FRAMES).fill(30)) };
  const read = readHands({ mm_per_px: text(Array(FRAMES).fill(0.5)), axes: [6, 4], palm: 2, hands: [track] });
  if (!read) throw new Error("there are hands");
  return read;
}

test("a pad's print lies along the finger, as large as in life", () => {
  const pad = padAt(hands(), { hand: "left", finger: "index" }, 10);
  assert.ok(pad);
  assert.deepEqual(middle(pad).map(Math.round), [60, 61]);
  assert.deepEqual([pad[0], pad[6]], [[72, 61], [48, 61]], "half axis of 6 mm at half a mm a px");
  assert.equal(padAt(hands(), { hand: "right", finger: "index" }, 10), null);
  const palm = padAt(hands(), { hand: "left", finger: "palm" }, 10);
  assert.equal(palm?.[0][0], 84);
});

test("a new contact has an outline in every keyframe, and keeps what it has where nothing is seen", () => {
  const now = outlined(contact({ keyframes: [] }), hands());
  assert.deepEqual(now.keyframes.map(({ frame }) => frame), [10, 13, 16, 19, 20]);
  assert.equal(outlined(contact({ hand: "right" }), hands()).keyframes.length, 3);
  assert.equal(outlined(contact({ keyframes: [] }), null).keyframes.length, 0);
});

test("what was drawn is carried on by the finger where a contact grows", () => {
  const longer = carriedOn(withEdge(contact(), "end", 26, FRAMES), contact(), hands());
  assert.deepEqual(middle(polygonAt(longer, 26) ?? []), [86, 80], "as the finger went, from where it was drawn");
  const now = workOf(edgeNudged({ ...state(), work: { ...workOf(state()), hands: hands() } }, "start", -4, 0)).labels.contacts[0];
  assert.deepEqual([now.start, middle(polygonAt(now, 6) ?? [])], [6, [76, 80]]);
});

test("what touches is read off the likeliest hand", () => {
  assert.deepEqual(touchingAt(hands(), 10), { hand: "left", fingers: ["index", "middle"] });
  assert.equal(touchingAt(hands(), 2), null);
  assert.deepEqual([touchAt(hands(), 10).toFixed(1), speedAt(hands(), 10)], ["0.9", 30]);
});

test("an outline turns and grows about its middle, in one frame or in all", () => {
  const turned = reshaped(contact(), 15, Math.PI / 2, 2, false);
  assert.deepEqual(polygonAt(turned, 15)?.map((p) => p.map(Math.round)), [[100, 60], [100, 100], [60, 100], [60, 60]]);
  assert.deepEqual(polygonAt(turned, 10), SQUARE);
  assert.notDeepEqual(polygonAt(reshaped(contact(), 15, 0, 2, true), 10), SQUARE);
});
