// What happens to the state of the desk: pure functions (state, …) → state. Where nothing changes it is the same object.

import { clamp } from "./geometry.js";
import { find, replaceContact, same, withEdge } from "./labels.js";
import { NO_EDIT, contactOf, inConflict, mayEdit } from "./work.js";

/** @import { Clip, Conflict, Contact, Edge, Edit, History, Labels, News, Option, Session, State, Track, Transition, Work } from "./types.d.ts" */

const GOES_ON = 1500; // ms within which an edit goes on with the one before
const REMEMBERED = 10; // clips, for the way back
export const SPEEDS = [1, 0.5, 0.25]; // of full speed
export const BRUSH = { smallest: 1, largest: 80 }; // px

/** @type {State} */
export const INITIAL = {
  session: null,
  work: null,
  show: { loop: true, regions: true, outlines: true, heat: false, landmarks: false, mirrored: false },
  speed: 0,
  brush: { on: false, erase: false, radius: null },
  done: [],
};

/**
 * A transition of the work at hand; without one nothing happens.
 * @template {unknown[]} A
 * @param {(work: Work, ...args: A) => Work} transition @returns {Transition<A>}
 */
function ofWork(transition) {
  return (state, ...args) => {
    const work = state.work && transition(state.work, ...args);
    return work === state.work ? state : { ...state, work };
  };
}

/** @param {State} state @param {Session} session @returns {State} */
export const signedIn = (state, session) => ({ ...state, session });

// ---- the clip ----

/** @param {State} state @param {Work} work @param {number} began ms @returns {State} */
export function opened(state, work, began) {
  const visited = new Set(work.selected === null ? [] : [work.selected]);
  return { ...state, work: { ...work, began, visited }, brush: { ...state.brush, on: false } };
}

/** @param {State} state @returns {State} */
export const closed = (state) => (state.work ? { ...state, work: null } : state);

/**
 * The clip is left, and may be come back to.
 * @param {State} state @param {number} clip @returns {State}
 */
export const left = (state, clip) => ({ ...state, done: [...state.done.filter((id) => id !== clip), clip].slice(-REMEMBERED) });

/** @param {State} state @returns {State} */
export const cameBack = (state) => ({ ...state, done: state.done.slice(0, -1) });

export const described = ofWork(
  (work, /** @type {number} */ id, /** @type {Partial<Clip>} */ news) =>
    work.claim.clip.id === id ? { ...work, claim: { ...work.claim, clip: { ...work.claim.clip, ...news } } } : work,
);

export const tracked = ofWork(
  (work, /** @type {number} */ turn, /** @type {Track | null} */ track) => (work.turn === turn ? { ...work, track } : work),
);

export const remembered = ofWork(
  (work, /** @type {number} */ turn, /** @type {History} */ history) => (work.turn === turn ? { ...work, history } : work),
);

// ---- edits ----

export const edited = ofWork(applyEdit);

/** @param {Work} work @param {Edit} edit @returns {Work} */
function applyEdit(work, { name, labels, at, ...after }) {
  if (!mayEdit(work) || inConflict(work) || same(labels, work.labels)) return work;
  const goesOn = name === work.edit.name && name.endsWith("…") && at - work.edit.at < GOES_ON && work.undo.length > 0;
  const undo = goesOn ? work.undo : [...work.undo, work.labels];
  return toBeSent({ ...work, labels, undo, redo: [], edit: { name, at }, preview: null, ...after });
}

/**
 * One end a few frames earlier or later, counted from where it was when the nudging began; the frame goes with it.
 */
export const edgeNudged = ofWork((work, /** @type {Edge} */ edge, /** @type {number} */ by, /** @type {number} */ at) => {
  const contact = contactOf(work);
  if (!contact) return work;
  const { nudge } = work;
  const goesOn = nudge?.labels === work.labels && nudge.edge === edge && nudge.from.id === contact.id;
  const [from, sum] = goesOn ? [nudge.from, nudge.by + by] : [contact, by];
  const labels = edgeMoved(work, contact, edge, from[edge] + sum, from);
  const after = applyEdit(work, { name: `${edge} ${contact.id}…`, labels, at });
  const now = contactOf(after) ?? contact;
  return atFrame({ ...after, nudge: { edge, from, by: now[edge] - from[edge], labels: after.labels } }, now[edge]);
});

/** One end at the frame that is shown. */
export const edgeMarked = ofWork((work, /** @type {Edge} */ edge, /** @type {number} */ at) => {
  const contact = contactOf(work);
  if (!contact) return work;
  const after = applyEdit(work, { name: `mark ${edge}`, labels: edgeMoved(work, contact, edge, work.frame), at });
  return atFrame(after, (contactOf(after) ?? contact)[edge]);
});

/** @param {Work} work @param {Contact} contact @param {Edge} edge @param {number} frame @param {Contact} [base] */
const edgeMoved = (work, { id }, edge, frame, base) =>
  replaceContact(work.labels, id, (contact) => withEdge(contact, edge, frame, work.labels.frames, base));

/** The labels as a drag would leave them, and what is selected in them. */
export const previewed = ofWork((work, /** @type {Labels | null} */ preview, /** @type {string | null} */ chosen = work.selected) => ({
  ...work, preview, selected: chosen,
}));

export const undone = ofWork((work) => travelled(work, "undo", "redo"));
export const redone = ofWork((work) => travelled(work, "redo", "undo"));

/** @param {Work} work @param {"undo" | "redo"} from @param {"undo" | "redo"} to */
function travelled(work, from, to) {
  const labels = work[from].at(-1);
  if (!mayEdit(work) || inConflict(work) || !labels) return work;
  const [rest, more] = [work[from].slice(0, -1), [...work[to], work.labels]];
  return toBeSent(reselected({ ...work, [from]: rest, [to]: more, labels, point: null, preview: null, edit: NO_EDIT }));
}

/** Labels that the server stored for us: a restored revision, a settled conflict. */
export const stored = ofWork((work, /** @type {number} */ turn, /** @type {Labels} */ labels, /** @type {number} */ seen) => {
  if (work.turn !== turn) return work;
  const undo = same(work.labels, labels) ? work.undo : [...work.undo, work.labels];
  return reselected({ ...work, labels, seen, undo, redo: [], save: { kind: "saved", words: "" }, conflict: null });
});

/** @param {Work} work @returns {Work} */
const reselected = (work) => (find(work.labels, work.selected) ? work : { ...work, selected: work.labels.contacts[0]?.id ?? null });

// ---- saving ----

/** @param {Work} work @returns {Work} */
const toBeSent = (work) => ({ ...work, sequence: work.sequence + 1 });

/** What is pressed twice counts once. */
export const decided = ofWork((work, /** @type {string} */ verdict, /** @type {string} */ note, /** @type {number} */ at) =>
  mayEdit(work) ? toBeSent({ ...work, verdict: { verdict, note, seconds: (at - work.began) / 1000 } }) : work,
);

/** What became of a draft of a clip. */
export const told = ofWork((work, /** @type {number} */ clip, /** @type {News} */ news) => {
  if (work.claim.clip.id !== clip) return work;
  const conflict = news.kind === "conflict" ? news.answer : work.conflict;
  return { ...work, save: { kind: news.kind, words: news.words ?? "" }, seen: news.revision?.number ?? work.seen, conflict };
});

/** Somebody saved once more while a conflict was decided. */
export const conflicted = ofWork((work, /** @type {number} */ turn, /** @type {Conflict} */ conflict) =>
  work.turn === turn ? { ...work, conflict } : work,
);

// ---- selection and time ----

export const selected = ofWork((work, /** @type {string} */ id, goThere = true) => {
  const after = { ...work, selected: id, point: null, visited: new Set([...work.visited, id]) };
  const contact = goThere ? contactOf(after) : null;
  const outside = contact && (work.frame < contact.start || work.frame > contact.end);
  return outside ? atFrame(after, contact.start) : after;
});

export const pointed = ofWork((work, /** @type {number | null} */ point) => (work.point === point ? work : { ...work, point }));

/**
 * Let go of the point, else the brush, else the contact.
 * @param {State} state @returns {State}
 */
export function letGo(state) {
  if (!state.work) return state;
  if (state.work.point !== null) return pointed(state, null);
  if (state.brush.on) return { ...state, brush: { ...state.brush, on: false } };
  return { ...state, work: { ...state.work, selected: null } };
}

export const reached = ofWork((work) => ({ ...work, everywhere: !work.everywhere }));

export const went = ofWork(atFrame);

/** @param {Work} work @param {number} frame @returns {Work} */
function atFrame(work, frame) {
  const to = clamp(frame, 0, work.claim.clip.frames - 1);
  return to === work.frame ? work : { ...work, frame: to, point: null };
}

export const started = ofWork((work) => ({ ...work, playing: true, point: null }));
export const paused = ofWork((work) => (work.playing ? { ...work, playing: false } : work));

// ---- looks ----

/** @param {State} state @returns {State} */
export const slowed = (state) => ({ ...state, speed: (state.speed + 1) % SPEEDS.length });

/** @param {State} state @param {Option} option @returns {State} */
export const toggled = (state, option) => ({ ...state, show: { ...state.show, [option]: !state.show[option] } });

/**
 * The brush or the eraser is taken, or put down again; `radius` px, where it had none.
 * @param {State} state @param {boolean} erase @param {number} radius @returns {State}
 */
export function brushTaken(state, erase, radius) {
  const { brush } = state;
  const size = brush.radius ?? clamp(radius, BRUSH.smallest, BRUSH.largest);
  return { ...state, brush: { on: !(brush.on && brush.erase === erase), erase, radius: size } };
}

/** @param {State} state @param {number} factor @returns {State} */
export function brushSized(state, factor) {
  const { brush } = state;
  return brush.radius === null ? state : { ...state, brush: { ...brush, radius: clamp(brush.radius * factor, BRUSH.smallest, BRUSH.largest) } };
}
