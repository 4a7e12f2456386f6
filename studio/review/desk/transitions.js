// What happens to the state of the desk: pure functions (state, …) → state. Where nothing changes it is the same object.

import { clamp } from "./geometry.js";
import { carriedOn } from "./hands.js";
import { find, same } from "./labels.js";
import { grouped, nameOfTouch, touchesOf, withEdges } from "./touches.js";
import { NO_EDIT, contactOf, inConflict, inTime, mayEdit, selectedContacts, selectionOf, touchOf } from "./work.js";

/** @import { Clip, Conflict, Contact, Edge, Edit, Hands, History, Labels, News, Option, Session, State, Track, Transition, Work } from "./types.d.ts" */

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
  const contact = contactOf(work);
  return { ...state, work: { ...work, began, visited: new Set(contact ? [nameOfTouch(contact)] : []) }, brush: { ...state.brush, on: false } };
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

export const grasped = ofWork(
  (work, /** @type {number} */ turn, /** @type {Hands | null} */ hands) => (work.turn === turn ? { ...work, hands } : work),
);

export const remembered = ofWork(
  (work, /** @type {number} */ turn, /** @type {History} */ history) => (work.turn === turn ? { ...work, history } : work),
);

// ---- edits ----

export const edited = ofWork(applyEdit);

/** @param {Work} work @param {Edit} edit @returns {Work} */
function applyEdit(work, { name, labels: given, at, ...after }) {
  const labels = grouped(given);
  if (!mayEdit(work) || inConflict(work) || same(labels, work.labels)) return work;
  const goesOn = name === work.edit.name && name.endsWith("…") && at - work.edit.at < GOES_ON && work.undo.length > 0;
  const undo = goesOn ? work.undo : [...work.undo, work.labels];
  const now = { ...work, labels, undo, redo: [], edit: { name, at }, preview: null, ...after };
  return toBeSent(after.selected === undefined ? goneOn(now, contactOf({ ...work, preview: null })) : now);
}

/** A selected contact that has become another one is that one. @param {Work} work @param {Contact | null} was @returns {Work} */
function goneOn(work, was) {
  if (!was || find(work.labels, was.id)) return work;
  const { contacts } = work.labels;
  const like = (/** @type {Contact} */ c) => c.hand === was.hand && c.finger === was.finger && c.region === was.region;
  const ofTouch = contacts.find((contact) => nameOfTouch(contact) === nameOfTouch(was));
  const joined = contacts.find((contact) => like(contact) && contact.start <= was.start && was.start <= contact.end);
  return reselected({ ...work, selected: (ofTouch ?? joined)?.id ?? null });
}

/**
 * One end of the selected touches a few frames earlier or later, counted from where it was when the nudging began; the
 * frame goes with it.
 */
export const edgeNudged = ofWork((work, /** @type {Edge} */ edge, /** @type {number} */ by, /** @type {number} */ at) => {
  const contact = contactOf(work);
  if (!contact) return work;
  const { nudge } = work;
  const members = selectedContacts(work);
  const goesOn = nudge?.labels === work.labels && nudge.edge === edge && same(nudge.from.map(({ id }) => id), members.map(({ id }) => id));
  const [from, sum] = goesOn ? [nudge.from, nudge.by + by] : [members, by];
  const labels = carried(work, withEdges(work.labels, selectionOf(work), edge, (base) => base[edge] + sum, from), from);
  const after = applyEdit(work, { name: `${edge} ${contact.id}…`, labels, at });
  const now = contactOf(after) ?? contact;
  const most = after.labels.contacts.map(({ id, [edge]: frame }) => frame - (from.find((base) => base.id === id)?.[edge] ?? frame));
  const moved = most.reduce((far, one) => (Math.abs(one) > Math.abs(far) ? one : far), 0);
  return atFrame({ ...after, nudge: { edge, from, by: moved, labels: after.labels } }, now[edge]);
});

/** One end of the selected touches at the frame that is shown. */
export const edgeMarked = ofWork((work, /** @type {Edge} */ edge, /** @type {number} */ at) => {
  const contact = contactOf(work);
  if (!contact) return work;
  const labels = carried(work, withEdges(work.labels, selectionOf(work), edge, () => work.frame), work.labels.contacts);
  const after = applyEdit(work, { name: `mark ${edge}`, labels, at });
  return atFrame(after, (contactOf(after) ?? contact)[edge]);
});

/** Outlines of contacts that are longer than they were go on with the finger. @param {Work} work @param {Labels} labels @param {readonly Contact[]} from */
function carried({ hands }, labels, from) {
  const were = new Map(from.map((contact) => [contact.id, contact]));
  const contacts = labels.contacts.map((contact) => carriedOn(contact, were.get(contact.id) ?? contact, hands));
  return hands ? { ...labels, contacts } : labels;
}

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
  return reselected({ ...work, labels: grouped(labels), seen, undo, redo: [], save: { kind: "saved", words: "" }, conflict: null });
});

/** @param {Work} work @returns {Work} */
function reselected(work) {
  const names = touchesOf(work.labels);
  const also = new Set([...work.also].filter((name) => names.has(name)));
  const selected = find(work.labels, work.selected) ? work.selected : (work.labels.contacts[0]?.id ?? null);
  return { ...work, also, selected };
}

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
  const chosen = find(work.labels, id);
  const visited = chosen ? new Set([...work.visited, nameOfTouch(chosen)]) : work.visited;
  const after = { ...work, selected: id, also: new Set(), point: null, visited };
  const contact = goThere ? contactOf(after) : null;
  const outside = contact && (work.frame < contact.start || work.frame > contact.end);
  return outside ? atFrame(after, contact.start) : after;
});

/** One touch more is selected, or one less, by a contact of it; the frame stays. */
export const alsoSelected = ofWork((work, /** @type {string} */ id) => {
  const contact = find(work.labels, id);
  if (!contact) return work;
  const names = new Set(selectionOf(work));
  const [name, now] = [nameOfTouch(contact), contactOf(work)];
  if (!names.delete(name)) return { ...work, selected: id, also: names, point: null, visited: new Set([...work.visited, name]) };
  if (!now || nameOfTouch(now) !== name) return { ...work, also: names };
  const other = work.labels.contacts.find((one) => names.has(nameOfTouch(one)));
  return { ...work, selected: other?.id ?? null, also: names, point: null };
});

/** The touch after the last selected one (by 1), or the one before the first (-1), is selected too. */
export const extended = ofWork((work, /** @type {1 | -1} */ by) => {
  const [names, all] = [selectionOf(work), inTime(work)];
  const chosen = (/** @type {Contact} */ contact) => names.has(nameOfTouch(contact));
  const next = by > 0 ? all[all.findLastIndex(chosen) + 1] : all[all.findIndex(chosen) - 1];
  if (!next) return work;
  const visited = new Set([...work.visited, nameOfTouch(next)]);
  return { ...work, also: names, selected: next.id, point: null, visited };
});

export const allSelected = ofWork((work) => ({
  ...work, also: new Set(touchesOf(work.labels).keys()), selected: work.selected ?? work.labels.contacts[0]?.id ?? null, point: null,
}));

/** The next contact of the same touch is the one whose outline is worked on. */
export const turned = ofWork((work, /** @type {1 | -1} */ by) => {
  const contacts = touchOf(work);
  const at = contacts.findIndex(({ id }) => id === work.selected);
  return at < 0 ? work : { ...work, selected: contacts[(at + by + contacts.length) % contacts.length].id, point: null };
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
  return { ...state, work: { ...state.work, selected: null, also: new Set() } };
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
