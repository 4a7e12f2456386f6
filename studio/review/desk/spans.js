// The timeline's arithmetic: frames across a line, the lines and their order, what a drag makes of the labels.

import { addContact, newContact, replaceContact, rowOf, shifted, withEdge } from "./labels.js";
import { clamp } from "./geometry.js";

/** @import { Contact, Edge, Labels, Touch, Words } from "./types.d.ts" */

const TICKS = [5, 10, 25, 50, 100, 250, 500, 1000, 5000]; // frames
const MOST = 10_000;
const APART = 52; // px between ticks
const AROUND = 3; // frames before and after a contact in its loop

/** A frame's place on the line, in percent. @param {number} frame @param {number} frames */
export const percent = (frame, frames) => `${(100 * frame) / frames}%`;

/**
 * The frame under a point of the line.
 * @param {number} x px from the line's left end @param {number} width px @param {number} frames
 */
export const frameAt = (x, width, frames) => clamp(Math.floor((x / width) * frames), 0, frames - 1);

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
 * Name and contact of every row, in the order of regions and fingers; rows of the pre-label stay.
 * @param {Labels} labels @param {Labels} prelabel @param {Words} words
 */
export function rowsOf(labels, prelabel, words) {
  const rows = new Map([...prelabel.contacts, ...labels.contacts].map((contact) => [rowOf(contact), contact]));
  const rank = (/** @type {Touch} */ c) =>
    (words.regions.indexOf(c.region) * words.fingers.length + words.fingers.indexOf(c.finger)) * 2 + Number(c.hand === "right");
  return [...rows].sort(([, a], [, b]) => rank(a) - rank(b));
}

/**
 * A bar that is dragged, or one that is made: what it is of, from which frame, the labels as they were.
 * @typedef {{ labels: Labels, from: number, row: string } & ({ id: string, edge: Edge | null } | { touch: Touch })} Span
 */

/**
 * The labels with the dragged bar at a frame, over a row.
 * @param {Span} span @param {number} frame @param {string | undefined} over
 */
export function dragged(span, frame, over) {
  const { labels } = span;
  if ("touch" in span) {
    const [start, end] = [Math.min(span.from, frame), Math.max(span.from, frame)];
    return addContact(labels, newContact(labels, start, end, span.touch));
  }
  return replaceContact(labels, span.id, (contact) => {
    if (span.edge) return withEdge(contact, span.edge, frame, labels.frames);
    const moved = shifted(contact, frame - span.from, labels.frames);
    if (!over || over === span.row) return moved;
    const [region, finger, hand] = over.split(" ");
    return { ...moved, region, finger, hand };
  });
}
