// Undo outlives a reload: the newest states of the clip at hand, kept as long as the tab.

import { same } from "./labels.js";
import { ofTab, parsed } from "./storage.js";
import { grouped, plain } from "./touches.js";

/** @import { Labels, Work } from "./types.d.ts" */

const UNDO = "studio.review.undo";
const SIZE = 500_000; // characters

/** @type {WeakMap<Labels, string>} */
const texts = new WeakMap(); // labels, which are never changed in place, → their contacts as JSON

/** @param {Labels} labels */
function textOf(labels) {
  const text = texts.get(labels) ?? JSON.stringify(plain(labels).contacts);
  texts.set(labels, text);
  return text;
}

/** @param {string} person @param {Work} work */
export function keepUndo(person, work) {
  ofTab.set(UNDO, undoText(person, work));
}

/** @param {string} person @param {number} clip @param {Labels} labels */
export function keptUndo(person, clip, labels) {
  return undoOf(ofTab.get(UNDO), person, clip, labels);
}

/**
 * The labels, and the newest of the states that can be undone, then of those that can be redone, as far as there is room.
 * @param {string} person @param {Pick<Work, "claim" | "labels" | "undo" | "redo">} work @param {number} size characters
 */
export function undoText(person, work, size = SIZE) {
  let room = size;
  const newest = (/** @type {readonly Labels[]} */ states) => {
    const at = states.findLastIndex((labels) => (room -= textOf(labels).length) < 0);
    return states.slice(at + 1).map(textOf);
  };
  const [now, undo, redo] = [textOf(work.labels), newest(work.undo), newest(work.redo)];
  return `{"person":${JSON.stringify(person)},"clip":${work.claim.clip.id},"now":${now},"undo":[${undo}],"redo":[${redo}]}`;
}

/**
 * What a text kept, where the labels are still those that could be undone.
 * @param {string | null} text @param {string} person @param {number} clip @param {Labels} labels
 * @returns {Pick<Work, "undo" | "redo">}
 */
export function undoOf(text, person, clip, labels) {
  const kept = parsed(text);
  if (kept?.person !== person || kept.clip !== clip || !same(kept.now, plain(labels).contacts)) return { undo: [], redo: [] };
  const states = (/** @type {Labels["contacts"][]} */ list) => list.map((contacts) => grouped({ ...labels, contacts }));
  return { undo: states(kept.undo), redo: states(kept.redo) };
}
