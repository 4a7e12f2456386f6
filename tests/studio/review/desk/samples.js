// A clip to work on: two contacts, the first with outlines at 10, 15 and 20.
import { grouped } from "../../../../studio/review/desk/touches.js";
import { INITIAL, opened } from "../../../../studio/review/desk/transitions.js";
import { newWork } from "../../../../studio/review/desk/work.js";

/** @import { Claim, Contact, Draft, Labels, Polygon, State, Work, Words } from "../../../../studio/review/desk/types.d.ts" */

/** @type {Polygon} */
export const SQUARE = [[70, 70], [90, 70], [90, 90], [70, 90]];

/** @type {Words} */
export const WORDS = {
  hands: ["left", "right"], fingers: ["thumb", "index", "middle", "ring", "little", "palm"], regions: ["forehead", "left_cheek", "chin"],
  patterns: [], sources: [], states: [], entry: "",
};

/** @param {Partial<Contact>} fields @returns {Contact} */
export const contact = (fields = {}) => ({
  id: "c1", hand: "left", finger: "index", region: "left_cheek", start: 10, end: 20, confidence: 0.6,
  keyframes: [10, 15, 20].map((frame) => ({ frame, polygon: SQUARE })), ...fields,
});

/** @param {Contact[]} contacts @returns {Labels} */
export const labels = (contacts = [contact(), contact({ id: "c2", finger: "thumb", region: "chin", start: 24, end: 30, keyframes: [] })]) => grouped({
  pattern: "poke-left-cheek", fps: 24, frames: 40, width: 160, height: 160, source: "predicted", author: "model", contacts,
});

/** @param {Partial<Claim>} fields @returns {Claim} */
export const claim = (fields = {}) => ({
  lease: "lease", held_by: "", seen: 1, labels: labels(), prelabel: null, rivals: [],
  clip: {
    id: 7, sha256: "0", width: 160, height: 160, fps: 24, frames: 40, times: null, pattern: "poke-left-cheek", subject: "s", environment: "",
    file_name: "a.mp4", state: "unreviewed", gold: 0, flagged: false,
  },
  ...fields,
});

const NO_UNDO = () => ({ undo: [], redo: [] });

/** @param {Partial<Claim>} fields @param {Draft | null} draft */
export const work = (fields = {}, draft = null) => newWork(1, claim(fields), "client", draft, NO_UNDO);

/** The desk with a clip on it. @param {Partial<Work>} fields @returns {State} */
export const state = (fields = {}) => opened(INITIAL, { ...work(), ...fields }, 0);

/** The work of a state that has one. @param {State} of @returns {Work} */
export function workOf(of) {
  if (!of.work) throw new Error("there is no clip");
  return of.work;
}

/** What a browser keeps, in a Map; `full`: it refuses. */
export function storage() {
  const map = new Map();
  const kept = {
    full: false,
    map,
    get: (/** @type {string} */ key) => map.get(key) ?? null,
    set(/** @type {string} */ key, /** @type {string} */ text) {
      if (!kept.full) map.set(key, text);
      return !kept.full;
    },
    remove: (/** @type {string} */ key) => void map.delete(key),
    keys: () => [...map.keys()],
  };
  return kept;
}
