// The timeline's arithmetic: frames across a line, the lines and their order, what a drag makes of the labels.

import { clamp } from "./geometry.js";
import { find } from "./labels.js";
import { whole } from "./span_view.js";
import { cellsOf, changed, rowOfTouch, touchesOf, withEdges, withShift, withTouch } from "./touches.js";

/** @import { Contact, Edge, Labels, Words } from "./types.d.ts" */
/** @import { Span as View } from "./span_view.js" */

const TICKS = [5, 10, 25, 50, 100, 250, 500, 1000, 5000]; // frames
const MOST = 10_000;
const APART = 52; // px between ticks
const AROUND = 3; // frames before and after a contact in its loop

/** A frame's place on the line, in percent. @param {number} frame @param {number} frames */
export const percent = (frame, frames) => `${(100 * frame) / frames}%`;

/**
 * The frame under a point of the line.
 * @param {number} x px from the line's left end @param {number} width px @param {number} frames @param {View} view
 */
export const frameAt = (x, width, frames, view = whole(frames)) => clamp(Math.floor(view.from + (x / width) * view.span), 0, frames - 1);

/**
 * Frames from one number of the ruler to the next.
 * @param {number} frames @param {number} width px
 */
export const tickEvery = (frames, width) => TICKS.find((step) => frames / step <= width / APART) ?? MOST;

/**
 * First and last frame that are played: the contact with some frames around it, or the clip.
 * @param {Pick<Contact, "start" | "end"> | null} contact @param {number} frames
 */
export const loopOf = (contact, frames) =>
  contact ? [Math.max(contact.start - AROUND, 0), Math.min(contact.end + AROUND, frames - 1)] : [0, frames - 1];

/**
 * Name and touches of every row, in the order of regions and fingers; rows of the pre-label stay, without touches.
 * @param {Labels} labels @param {Labels} prelabel @param {Words} words @returns {[name: string, touches: Contact[][]][]}
 */
export function rowsOf(labels, prelabel, words) {
  /** @type {Map<string, Contact[][]>} */
  const rows = new Map([...touchesOf(prelabel).values()].map((touch) => [rowOfTouch(touch), []]));
  for (const touch of touchesOf(labels).values()) rows.set(rowOfTouch(touch), [...(rows.get(rowOfTouch(touch)) ?? []), touch]);
  const rank = (/** @type {string} */ name) => {
    const { region, finger, hand } = cellsOf(name)[0];
    return (words.regions.indexOf(region) * words.fingers.length + words.fingers.indexOf(finger)) * 2 + Number(hand === "right");
  };
  return [...rows].sort(([a], [b]) => rank(a) - rank(b) || a.length - b.length);
}

/**
 * A bar that is dragged, with all others that are selected, or one that is made: from which frame, the labels as they were.
 * @typedef {{ labels: Labels, from: number, row: string } & ({ id: string, names: ReadonlySet<string>, edge: Edge | null } | { id: null })} Span
 */

/**
 * The labels with what is dragged at a frame, over a row.
 * @param {Span} span @param {number} frame @param {string | undefined} over
 */
export function dragged(span, frame, over) {
  const { labels, from } = span;
  if (span.id === null) return withTouch(labels, Math.min(from, frame), Math.max(from, frame), cellsOf(span.row));
  const { edge, names } = span;
  const grabbed = find(labels, span.id);
  if (edge && grabbed) return withEdges(labels, names, edge, (base) => base[edge] + frame - grabbed[edge]);
  const moved = withShift(labels, names, frame - from);
  if (!over || over === span.row) return moved;
  return changed(moved, names, (contacts, now) => asRow(contacts, now, over));
}

/**
 * A touch as those of a row: a contact for each finger on each region, of which it keeps what is the same.
 * @param {Contact[]} contacts @param {Labels} labels @param {string} row
 */
function asRow(contacts, labels, row) {
  const [first] = contacts;
  const fresh = withTouch(labels, first.start, first.end, cellsOf(row)).contacts.slice(labels.contacts.length);
  return fresh.map((cell, i) => {
    const own = contacts.find(({ finger, region }) => finger === cell.finger && region === cell.region) ?? (fresh.length === contacts.length ? contacts[i] : null);
    const { hand, finger, region } = cell;
    return { ...(own ?? cell), hand, finger, region, touch: first.touch };
  });
}
