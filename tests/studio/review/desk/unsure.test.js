import assert from "node:assert/strict";
import { test } from "node:test";

import { nextUnsure, unsureOf } from "../../../../studio/review/desk/unsure.js";
import { contact, labels, work } from "./samples.js";

test("the next unsure interval is the one that begins after the frame, and then the first again", () => {
  const intervals = /** @type {const} */ ([[3, 9], [20, 20], [31, 39]]);
  assert.deepEqual([0, 3, 8, 20, 31, 39].map((frame) => nextUnsure(intervals, frame)), [3, 20, 20, 31, 3, 3]);
  assert.equal(nextUnsure([], 5), null);
});

test("it is the prediction's, whatever became of the labels", () => {
  const predicted = { ...labels(), unsure: /** @type {const} */ ([[3, 9]]) };
  assert.deepEqual(unsureOf(work({ prelabel: predicted, labels: labels([contact()]) })), [[3, 9]]);
  assert.deepEqual(unsureOf(work()), []);
});
