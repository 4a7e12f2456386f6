import assert from "node:assert/strict";
import { test } from "node:test";

import { signedArea } from "../../../../studio/review/desk/geometry.js";
import { under } from "../../../../studio/review/desk/stage.js";
import { FINE, simplified, traced } from "../../../../studio/review/desk/tracing.js";
import { readTrack } from "../../../../studio/review/desk/track.js";
import { ALL, closeTo, panned, toClip, toScreen, zoomed } from "../../../../studio/review/desk/view.js";
import { SQUARE, claim, state, workOf } from "./samples.js";

/** @import { Lens, Point } from "../../../../studio/review/desk/types.d.ts" */

const { clip } = claim();
/** @param {Partial<Lens>} fields @returns {Lens} */
const lens = (fields = {}) => ({ view: ALL, clip, wide: 800, high: 400, across: 1, ...fields });
/** @type {Point} */
const SPOT = [30, 50];

/** @param {readonly number[]} a @param {readonly number[]} b */
function near(a, b) {
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-9, `${a} is not ${b}`));
}

test("a point of the clip is found again where it is drawn, mirrored and close too", () => {
  assert.deepEqual(toScreen(lens())([80, 80]), [400, 200]);
  assert.deepEqual(toScreen(lens())([0, 0]), [200, 0]);
  assert.deepEqual(toScreen(lens({ across: -1 }))([0, 0]), [600, 0]);
  for (const across of /** @type {const} */ ([1, -1])) {
    const close = lens({ view: { zoom: 5, x: 20, y: 90 }, across });
    near(toClip(close, toScreen(close)(SPOT)), SPOT);
  }
});

test("the wheel goes closer to where the pointer is", () => {
  const view = zoomed(ALL, clip, 3, SPOT);
  near(toScreen(lens({ view }))(SPOT), toScreen(lens())(SPOT));
  assert.equal(zoomed(view, clip, 1e6).zoom, 16);
  assert.equal(zoomed(view, clip, 1e-6), ALL);
});

test("close to an outline, it is in the middle and not larger than the picture", () => {
  const view = closeTo(clip, SQUARE);
  assert.deepEqual(view, { x: 80, y: 80, zoom: 2 });
  assert.equal(closeTo(clip, [[1, 1], [2, 1], [2, 2]]).zoom, 160 / 12 / 4);
});

test("the picture goes with the pointer that drags it", () => {
  const before = lens({ view: { zoom: 4, x: 80, y: 80 } });
  const view = panned(before, [80, 80], [0, 0], [25, -15]);
  near(toScreen({ ...before, view })(SPOT), toScreen(before)(SPOT).map((value, i) => value + [25, -15][i]));
});

test("under the pointer lie points before edges, edges before what is inside, then contacts and regions", () => {
  const track = { names: ["chin"], outline: () => SQUARE, points: () => [], regionAt: () => "chin" };
  const desk = state({ track });
  const kind = (/** @type {Point} */ at, show = desk.show) => under({ show }, workOf(desk), at, 4).kind;
  assert.deepEqual([kind([89, 72]), kind([80, 69]), kind([80, 80]), kind([20, 20])], ["point", "edge", "inside", "region"]);
  assert.equal(kind([80, 80], { ...desk.show, outlines: false }), "region");
  assert.equal(kind([80, 80], { ...desk.show, outlines: false, regions: false }), "nothing");
  const other = { ...workOf(desk), selected: "c2" };
  assert.deepEqual(under(desk, other, [80, 80], 4), { kind: "contact", at: [80, 80], id: "c1" });
});

/** A picture of rows of characters, each cell FINE pixels wide. @param {string[]} rows */
function picture(rows) {
  const [width, height] = [rows[0].length * FINE, rows.length * FINE];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (rows[Math.floor(y / FINE)][Math.floor(x / FINE)] === "#") data[4 * (y * width + x) + 3] = 255;
  }
  return { data, width, height };
}

test("what is painted has its polygon around it; of several pieces the largest counts", () => {
  const outline = traced(picture(["#....", ".....", "..###", "..###"]));
  assert.ok(outline);
  assert.equal(Math.abs(signedArea(outline)), 6);
  assert.deepEqual([...outline].map(String).sort(), ["2,2", "2,4", "5,2", "5,4"]);
  assert.equal(traced(picture(["...", "..."])), null);
});

test("an outline around a hole is the outer one, and cells that touch at a corner belong together", () => {
  const ring = traced(picture(["###", "#.#", "###"]));
  assert.equal(ring && Math.abs(signedArea(ring)), 9);
  const corner = traced(picture(["##..", "##..", "..#."]));
  assert.equal(corner && Math.abs(signedArea(corner)), 5);
});

test("an outline loses the points that hardly show, and keeps its corners", () => {
  const along = /** @type {Point[]} */ ([[0, 0], [5, 0.1], [10, 0], [10, 5], [10, 10], [0, 10]]);
  assert.deepEqual([...simplified(along, 0.4)].map(String).sort(), ["0,0", "0,10", "10,0", "10,10"]);
});

test("a track is read as the server measured it", () => {
  const values = Int16Array.from([0, 0, 100, 0, 100, 100, 0, 100, 10, 0, 110, 0, 110, 100, 10, 100]); // 2 frames of 4 points
  const points = btoa(String.fromCharCode(...new Uint8Array(values.buffer)));
  const track = readTrack({ points, scale: 0.5, regions: { chin: [0, 1, 2, 3] } });
  assert.ok(track);
  assert.deepEqual(track.outline("chin", 1), [[5, 0], [55, 0], [55, 50], [5, 50]]);
  assert.deepEqual(track.outline("chin", 9), track.outline("chin", 1), "the last one stays");
  assert.deepEqual([track.regionAt(0, [2, 25]), track.regionAt(1, [2, 25])], ["chin", null]);
  assert.equal(readTrack({ points: null, scale: 1, regions: {} }), null);
});
