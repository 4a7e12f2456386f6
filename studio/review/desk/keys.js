// Every key, once: what is listed here is what the help sheet shows. S- is Shift, C- is Ctrl or ⌘, A- is Alt.

/** @import { Option, Words } from "./types.d.ts" */
/** @import { ContactEdits } from "./contact_edits.js" */
/** @import { OutlineEdits } from "./outline_edits.js" */
/** @import { Time } from "./time.js" */
/** @import { Verdicts } from "./verdicts.js" */

/**
 * What the keys do.
 * @typedef {object} Hands
 * @property {ContactEdits} contacts
 * @property {OutlineEdits} outlines
 * @property {Time} time
 * @property {Verdicts} verdicts
 * @property {{ option(name: Option): void, zoom(factor: number): void, fit(): void, help(): void, span(factor: number): void, fitSpan(): void, fold(): void }} looks
 */

/** @typedef {(name: string) => unknown} Act given the name of the key */
/** @typedef {[keys: string, words: string, act: Act]} Entry */
/** @typedef {[name: string, entries: Entry[]]} Group */

// Regions as they lie on the picture, and the keys that lie the same way.
/** @type {[region: string, key: string][]} */
export const FACE_KEYS = [
  ["right_temple", "q"], ["right_brow", "w"], ["forehead", "e"], ["left_brow", "r"], ["left_temple", "t"],
  ["right_cheek", "a"], ["right_eye", "s"], ["nose_bridge", "d"], ["left_eye", "f"], ["left_cheek", "g"],
  ["right_jaw", "z"], ["upper_lip", "x"], ["nose_tip", "c"], ["lower_lip", "v"], ["left_jaw", "b"],
  ["", ""], ["", ""], ["chin", "n"], ["", ""], ["", ""],
];

/** The keys that do nothing more while they are held down. */
export const ONCE = ["Enter", "x", "S-N", "S-S", "f", "c"];
/** The modifiers alone. */
export const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];

/** @param {Hands} hands @param {Words} words @returns {Group[]} */
export function keyGroups(hands, words) {
  return [
    ["Clip", clipKeys(hands)],
    ["Time", timeKeys(hands)],
    ["Contact", contactKeys(hands, words)],
    ["Outline", outlineKeys(hands)],
    ["View", viewKeys(hands)],
  ];
}

/** @param {Hands} hands @returns {Entry[]} */
const clipKeys = ({ contacts, verdicts, looks }) => [
  ["Enter", "Accept (as corrected where you changed something), next clip: wherever the focus is (Space presses a button)", () => verdicts.accept()],
  ["x", "Reject, with a reason", () => verdicts.reject()],
  ["S-N", "Back to the clip before", () => verdicts.back()],
  ["S-S", "Skip this clip", () => verdicts.skip()],
  ["f", "Flag for a reviewer", () => verdicts.flag()],
  ["c", "Comment", () => verdicts.comment()],
  ["C-z", "Undo", () => contacts.undo()],
  ["C-S-Z C-y", "Redo", () => contacts.redo()],
  ["C-s", "Save now (it saves by itself)", () => verdicts.saveNow()],
  ["?", "This sheet", () => looks.help()],
];

/** @param {Hands} hands @returns {Entry[]} */
const timeKeys = ({ outlines, time, looks }) => [
  ["Space", "Play or pause; with loop on, only the selected contact", () => time.toggle()],
  ["ArrowLeft", "One frame back", () => outlines.nudgePoint(-1, 0) || time.step(-1)],
  ["ArrowRight", "One frame on", () => outlines.nudgePoint(1, 0) || time.step(1)],
  ["PageUp", "Ten frames back, or as many as were chosen", () => time.stride(-1)],
  ["PageDown", "Ten frames on", () => time.stride(1)],
  [":", "Go to a frame (36), a time (1.5 s, 1:20), on by some (+25); step 25: Page keys go by 25", () => time.goTo()],
  ["7", "More of the timeline", () => looks.span(1 / 1.5)],
  ["9", "Less of the timeline, larger (the wheel over the ruler; sideways: along)", () => looks.span(1.5)],
  ["8", "Timeline: the selected touches, or all of it", () => looks.fitSpan()],
  ["S-F", "Fold the rows of the timeline, or unfold them (one: a click on its name)", () => looks.fold()],
  ["Home", "First frame", () => time.go(0)],
  ["End", "Last frame", () => time.go(Infinity)],
  ["[", "First frame of the contact", () => time.goEdge("start")],
  ["]", "Last frame of the contact", () => time.goEdge("end")],
  ["j", "Next outline (keyframe)", () => time.goKey(1)],
  ["S-J", "Outline before", () => time.goKey(-1)],
  ["S-U", "Next interval in which the prediction is unsure", () => time.goUnsure()],
  ["y", "Loop the selected contact, or not", () => looks.option("loop")],
  ["t", "Slow motion: ½, ¼, full speed", () => time.slower()],
];

/** @param {Hands} hands @param {Words} words @returns {Entry[]} */
const contactKeys = ({ contacts, outlines, time }, { fingers }) => [
  ["Tab .", "Next touch", () => time.selectNext(1)],
  ["S-Tab ,", "Touch before", () => time.selectNext(-1)],
  ["n", "Next touch that you have not looked at", () => time.selectUnseen()],
  [">", "Select the next touch too", () => time.extend(1)],
  ["<", "Select the touch before too", () => time.extend(-1)],
  ["C-a", "Select all touches: they are moved, trimmed, changed, deleted together", () => time.selectAll()],
  [";", "Next contact of the touch: the one whose outline is worked on", () => time.turn(1)],
  ["i", "Begins at this frame", () => contacts.markEdge("start")],
  ["o", "Ends at this frame", () => contacts.markEdge("end")],
  ["l", "Begin one frame earlier", () => contacts.nudgeEdge("start", -1)],
  ["S-L", "Begin one frame later", () => contacts.nudgeEdge("start", 1)],
  ["r", "End one frame later", () => contacts.nudgeEdge("end", 1)],
  ["S-R", "End one frame earlier", () => contacts.nudgeEdge("end", -1)],
  ["A-ArrowLeft", "Move it one frame earlier", () => contacts.shift(-1)],
  ["A-ArrowRight", "Move it one frame later", () => contacts.shift(1)],
  ["1 2 3 4 5 6", "Thumb, index, middle, ring, little finger, palm: one more, or one less", (key) => contacts.toggle("finger", fingers[Number(key) - 1])],
  ["S-1 S-2 S-3 S-4 S-5 S-6", "This finger alone", (key) => contacts.set("finger", fingers[Number(key.at(-1)) - 1])],
  ["h", "The other hand", () => contacts.otherHand()],
  ["g", "Region: then the key that lies where it is on the face; with Shift one more, or one less", () => contacts.chooseRegion()],
  ["ArrowUp", "Region before (in a row of the timeline above)", () => outlines.nudgePoint(0, -1) || contacts.nextRegion(-1)],
  ["ArrowDown", "Next region", () => outlines.nudgePoint(0, 1) || contacts.nextRegion(1)],
  ["a", "Add a touch from this frame", () => contacts.add()],
  ["q", "Join: the selected touches that meet are one; with one selected, it and the next", () => contacts.join()],
  ["S-Q", "Part: a touch a finger, or a region", () => contacts.part()],
  ["C-c", "Copy", () => contacts.copy()],
  ["C-v", "Paste at this frame, in any clip", () => contacts.paste()],
  ["C-d", "Double at this frame", () => contacts.double()],
  ["s", "Split at this frame", () => contacts.split()],
  ["S-ArrowLeft", "Join with the one before in its row", () => outlines.nudgePoint(-10, 0) || contacts.merge(-1)],
  ["S-ArrowRight", "Join with the next one in its row", () => outlines.nudgePoint(10, 0) || contacts.merge(1)],
  ["Delete Backspace", "Delete the selected point, else the touch", () => outlines.removeSelectedPoint() || contacts.remove()],
];

/** @param {Hands} hands @returns {Entry[]} */
const outlineKeys = ({ outlines }) => [
  ["p", "Next point", () => outlines.nextPoint(1)],
  ["S-P", "Point before", () => outlines.nextPoint(-1)],
  ["S-ArrowUp", "Selected point ten pixels up (arrows: one pixel)", () => outlines.nudgePoint(0, -10)],
  ["S-ArrowDown", "Selected point ten pixels down", () => outlines.nudgePoint(0, 10)],
  ["C-ArrowUp C-ArrowDown C-ArrowLeft C-ArrowRight", "The whole outline one pixel (with Shift ten)", (key) => outlines.move(...wayOf(key, 1))],
  ["C-S-ArrowUp C-S-ArrowDown C-S-ArrowLeft C-S-ArrowRight", "", (key) => outlines.move(...wayOf(key, 10))],
  ["( )", "Turn the whole outline", (key) => outlines.reshape(key === ")" ? 5 : -5, 1)],
  ["/ *", "The whole outline smaller, larger", (key) => outlines.reshape(0, key === "*" ? 1.08 : 1 / 1.08)],
  ["'", "Snap the outlines of this frame to the tracked hand", () => outlines.snap(false)],
  ["\"", "Snap all outlines of the touch to the tracked hand", () => outlines.snap(true)],
  ["S-C", "Carry this outline on by the skin inside it, to the end of the contact", () => outlines.carry()],
  ["e", "Add a point after the selected one", () => outlines.addPoint()],
  ["k", "Keep the outline of this frame as a keyframe, or make a new outline", () => outlines.addKey()],
  ["S-K", "Remove the outline of this frame", () => outlines.removeKey()],
  ["w", "Move points in this frame only, or in every outline of the contact", () => outlines.everywhere()],
  ["b", "Brush", () => outlines.takeBrush(false)],
  ["S-B", "Eraser", () => outlines.takeBrush(true)],
  ["{ }", "Smaller, larger brush", (key) => outlines.sizeBrush(key === "}" ? 1.25 : 0.8)],
  ["Escape", "Let go of the point, the brush, the contact", () => outlines.letGo()],
];

/** px to the right and down. @param {string} name of an arrow @param {number} by px @returns {[number, number]} */
function wayOf(name, by) {
  const [dx, dy] = { Up: [0, -1], Down: [0, 1], Left: [-1, 0], Right: [1, 0] }[name.split("Arrow")[1]] ?? [0, 0];
  return [dx * by, dy * by];
}

/** @param {Hands} hands @returns {Entry[]} */
const viewKeys = ({ looks }) => [
  ["+ =", "Closer", () => looks.zoom(1.5)],
  ["-", "Farther", () => looks.zoom(1 / 1.5)],
  ["0", "All of it, or close to the contact", () => looks.fit()],
  ["v", "Regions of the face", () => looks.option("regions")],
  ["z", "Outlines", () => looks.option("outlines")],
  ["u", "Contact heat", () => looks.option("heat")],
  ["d", "Landmarks", () => looks.option("landmarks")],
  ["m", "Mirrored view", () => looks.option("mirrored")],
];

/**
 * A key's name, as it is listed; Shift is named where it does not show in the key itself.
 * @param {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey"> & { code?: string }} event
 */
export function nameOf({ key, code, shiftKey, ctrlKey, metaKey, altKey }) {
  const digit = code?.match(/^Digit([1-6])$/)?.[1]; // what Shift makes of a digit is another thing on every keyboard
  if (digit && shiftKey && !(ctrlKey || metaKey || altKey)) return `S-${digit}`;
  const shift = shiftKey && (key.length > 1 || key.toLowerCase() !== key.toUpperCase());
  return `${ctrlKey || metaKey ? "C-" : ""}${altKey ? "A-" : ""}${shift ? "S-" : ""}${key === " " ? "Space" : key}`;
}

/** @type {Record<string, string>} */
const CAPS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del", Backspace: "⌫", PageUp: "PgUp", PageDown: "PgDn" };

/**
 * What is written on a key.
 * @param {string} name
 */
export function capOf(name) {
  const [, modifiers, key] = /** @type {RegExpMatchArray} */ (name.match(/^((?:[CAS]-)*)(.+)$/));
  const held = [["C-", "Ctrl "], ["A-", "Alt "], ["S-", "⇧ "]].map(([letter, words]) => (modifiers.includes(letter) ? words : ""));
  return `${held.join("")}${CAPS[key] ?? (key.length === 1 ? key.toUpperCase() : key)}`;
}

/** @param {Group[]} groups @returns {Map<string, Act>} */
export function actsOf(groups) {
  const entries = groups.flatMap(([, listed]) => listed);
  return new Map(entries.flatMap(([keys, , act]) => keys.split(" ").map((key) => [key, act])));
}
