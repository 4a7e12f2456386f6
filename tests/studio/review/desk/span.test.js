import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../../../../studio/review/desk/clock.js";
import { following, scrolledSpan, spanAround, whole, zoomedSpan } from "../../../../studio/review/desk/span_view.js";
import { frameAt } from "../../../../studio/review/desk/spans.js";
import { columnsOf, sureness } from "../../../../studio/review/desk/strip.js";
import { contact, labels } from "./samples.js";

const TEN_MINUTES = 36_000;

test("the timeline goes close to a frame, which stays where it is, and no farther than the clip", () => {
  const close = zoomedSpan(whole(TEN_MINUTES), 100, 9000, TEN_MINUTES);
  assert.deepEqual(close, { from: 8910, span: 360 });
  assert.equal((9000 - close.from) / close.span, 9000 / TEN_MINUTES);
  assert.deepEqual(zoomedSpan(close, 1 / 1000, 9000, TEN_MINUTES), whole(TEN_MINUTES));
  assert.equal(zoomedSpan(close, 1e6, 9000, TEN_MINUTES).span, 20);
  assert.deepEqual(zoomedSpan(whole(12), 4, 3, 12), whole(12), "a clip of a few frames is shown whole");
});

test("it is scrolled, follows the frame, and goes to a touch of four seconds", () => {
  assert.deepEqual(scrolledSpan({ from: 100, span: 200 }, 0.5, 1000), { from: 200, span: 200 });
  assert.deepEqual(scrolledSpan({ from: 100, span: 200 }, -9, 1000), { from: 0, span: 200 });
  const around = spanAround(10_000, 10_239, TEN_MINUTES);
  assert.ok(240 / around.span > 0.4, "the touch fills its part");
  assert.equal(following(around, 10_100, TEN_MINUTES), around);
  const turned = following(around, 11_000, TEN_MINUTES);
  assert.ok(turned.from < 11_000 && turned.from + turned.span > 11_000);
});

test("every frame is found where it is drawn, however close", () => {
  const view = { from: 8910.25, span: 360 };
  for (let frame = 8911; frame < 9270; frame++) assert.equal(frameAt(((frame + 0.5 - view.from) / view.span) * 900, 900, TEN_MINUTES, view), frame);
});

test("where words lead to", () => {
  const clip = { fps: 25, times: null };
  const at = (/** @type {string} */ words) => placeOf(clip, words, 100);
  assert.deepEqual(["36", "1.5 s", "2s", "1:20", "+25", "-25", "step 50"].map(at), [
    { frame: 36 }, { frame: 37 }, { frame: 50 }, { frame: 2000 }, { frame: 125 }, { frame: 75 }, { step: 50 },
  ]);
  assert.deepEqual(["", "soon", "step 0", "1:2:3", "9999999999"].map(at), [null, null, null, null, null]);
});

test("no peak is lost in the strip, and labels say how sure they are", () => {
  const peak = columnsOf(100, whole(TEN_MINUTES), TEN_MINUTES, (frame) => (frame === 20_001 ? 5 : 0));
  assert.deepEqual([...peak].map((value, x) => [value, x]).filter(([value]) => value), [[1, 55]]);
  assert.deepEqual([...columnsOf(4, { from: 1, span: 2 }, 3, (frame) => frame / 4)], [0.25, 0.25, 0.5, 0.5]);
  assert.deepEqual([9, 10, 20, 21].map((frame) => Number(sureness(labels([contact()]))[frame].toFixed(1))), [0, 0.6, 0.6, 0]);
});
