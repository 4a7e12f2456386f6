import assert from "node:assert/strict";
import { test } from "node:test";

import { FACE_KEYS, ONCE, actsOf, capOf, keyGroups, nameOf } from "../../../../studio/review/desk/keys.js";
import { WORDS } from "./samples.js";

/** Hands that tell what they are asked to do; `moves`: whether a point is selected. */
function hands(moves = false) {
  /** @type {string[]} */
  const done = [];
  const hand = (/** @type {string} */ part) =>
    new Proxy({}, {
      get: (_, name) => (/** @type {unknown[]} */ ...args) => {
        done.push(`${part}.${String(name)}(${args})`);
        return name === "nudgePoint" && moves;
      },
    });
  const parts = /** @type {any} */ ({ contacts: hand("contacts"), outlines: hand("outlines"), time: hand("time"), verdicts: hand("verdicts"), looks: hand("looks") });
  const acts = actsOf(keyGroups(parts, WORDS));
  return { done, press: (/** @type {string} */ name, key = name) => acts.get(name)?.(key), acts };
}

const event = (/** @type {string} */ key, held = "") => ({
  key, shiftKey: held.includes("S"), ctrlKey: held.includes("C"), metaKey: held.includes("M"), altKey: held.includes("A"),
});

test("a key's name says what is held, Shift where the key itself does not show it", () => {
  const names = [event("a"), event("A", "S"), event("?", "S"), event(" "), event("Tab", "S"), event("z", "C"), event("Z", "CS"), event("z", "M"), event("ArrowLeft", "A"), { ...event("@", "S"), code: "Digit2" }];
  assert.deepEqual(names.map(nameOf), ["a", "S-A", "?", "Space", "S-Tab", "C-z", "C-S-Z", "C-z", "A-ArrowLeft", "S-2"]);
});

test("what is written on keys", () => {
  assert.deepEqual(["C-S-Z", "A-ArrowLeft", "S-Tab", "Delete", "k", "?"].map(capOf), ["Ctrl ⇧ Z", "Alt ←", "⇧ Tab", "Del", "K", "?"]);
});

test("every key is listed once, and no key of the face twice", () => {
  const groups = keyGroups(/** @type {any} */ ({}), WORDS);
  const keys = groups.flatMap(([, entries]) => entries.flatMap(([names]) => names.split(" ")));
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(ONCE.every((key) => keys.includes(key)));
  const face = FACE_KEYS.filter(([region]) => region);
  assert.equal(new Set(face.flat()).size, 2 * face.length);
});

test("keys do what they say", () => {
  const { press, done } = hands();
  press("3");
  press("C-y");
  press("S-R");
  press("}");
  press("PageUp");
  assert.deepEqual(done, ["contacts.toggle(finger,middle)", "contacts.redo()", "contacts.nudgeEdge(end,-1)", "outlines.sizeBrush(1.25)", "time.stride(-1)"]);
});

test("arrows move the selected point, else the frame, the region, or the contact", () => {
  const without = hands();
  for (const key of ["ArrowLeft", "ArrowDown", "S-ArrowRight"]) without.press(key);
  assert.deepEqual(without.done.filter((what) => !what.includes("nudgePoint")), ["time.step(-1)", "contacts.nextRegion(1)", "contacts.merge(1)"]);
  const moving = hands(true);
  for (const key of ["ArrowLeft", "ArrowDown", "S-ArrowRight"]) moving.press(key);
  assert.deepEqual(moving.done, ["outlines.nudgePoint(-1,0)", "outlines.nudgePoint(0,1)", "outlines.nudgePoint(10,0)"]);
});
