// The picture: a frame of the clip, and its labels drawn over it.

import { clamp, middle, signedArea } from "./geometry.js";
import { polygonAt } from "./labels.js";
import { scaleOf, toScreen } from "./view.js";
import { contactOf, selectedContacts, shownLabels } from "./work.js";
import { COLOURS, spoken } from "./words.js";

/** @import { Contact, Labels, Lens, Point, Polygon, State, Track } from "./types.d.ts" */

const SPACED = 6; // px between points that are shown
const ROOM = 26; // px, outlines that are smaller on the screen show no points
const SHARP = 10; // from this zoom on single pixels are seen
const HEATED = 40; // frames of a contact that are enough for its heat

/**
 * What is drawn upon, and how.
 * @typedef {object} Canvas
 * @property {CanvasRenderingContext2D} pen
 * @property {Lens} lens
 * @property {(point: Point) => Point} place from the clip to the screen
 * @property {number} scale screen px for one px of the clip
 */

/** @param {CanvasRenderingContext2D} pen @param {Lens} lens @returns {Canvas} */
export const canvasOf = (pen, lens) => ({ pen, lens, place: toScreen(lens), scale: scaleOf(lens) });

/** @param {Canvas} canvas @param {CanvasImageSource} image */
export function paintFrame({ pen, lens, place, scale }, image) {
  const [x, y] = place([0, 0]);
  pen.save();
  pen.translate(x, y);
  pen.scale(lens.across * scale, scale);
  pen.imageSmoothingEnabled = lens.view.zoom < SHARP;
  pen.drawImage(image, 0, 0, lens.clip.width, lens.clip.height);
  pen.restore();
}

/**
 * The labels over a frame; `hover` is the region under the pointer.
 * @param {Canvas} canvas @param {State} state @param {string | null} hover
 */
export function paintLabels(canvas, { work, show, brush }, hover) {
  if (!work) return;
  const { frame, track } = work;
  const labels = shownLabels(work);
  const chosen = contactOf(work);
  const selected = new Set(selectedContacts(work));
  const regions = new Set([...selected].map(({ region }) => region));
  if (show.heat) paintHeat(canvas, labels);
  if (track && show.regions) paintRegions(canvas, track, frame, regions, hover);
  if (track && show.landmarks) paintLandmarks(canvas, track, frame);
  if (!show.outlines) return;
  for (const contact of labels.contacts) {
    const polygon = polygonAt(contact, frame);
    if (!polygon) continue;
    paintContact(canvas, contact, polygon, selected.has(contact));
    const isKey = contact.keyframes.some((key) => key.frame === frame);
    if (contact === chosen && !work.playing && !brush.on) paintHandles(canvas, polygon, isKey, work.point);
  }
}

/** @param {Canvas} canvas @param {Polygon} points */
export function line({ pen, place }, points) {
  pen.beginPath();
  points.forEach((p, i) => {
    const [x, y] = place(p);
    if (i) pen.lineTo(x, y);
    else pen.moveTo(x, y);
  });
}

/** @param {Canvas} canvas @param {Polygon} polygon */
function trace(canvas, polygon) {
  line(canvas, polygon);
  canvas.pen.closePath();
}

/** @param {Canvas} canvas @param {Track} track @param {number} frame @param {ReadonlySet<string>} chosen @param {string | null} hover */
function paintRegions(canvas, track, frame, chosen, hover) {
  const { pen } = canvas;
  pen.lineWidth = 1;
  for (const name of track.names) {
    trace(canvas, track.outline(name, frame));
    if (chosen.has(name) || name === hover) {
      pen.fillStyle = chosen.has(name) ? "rgb(255 255 255 / 0.16)" : "rgb(255 255 255 / 0.24)";
      pen.fill();
    }
    pen.strokeStyle = "rgb(0 0 0 / 0.35)";
    pen.stroke();
    pen.strokeStyle = "rgb(255 255 255 / 0.5)";
    pen.setLineDash([3, 3]);
    pen.stroke();
    pen.setLineDash([]);
  }
  if (hover) paintSign(canvas, spoken(hover), track.outline(hover, frame));
}

/** @param {Canvas} canvas @param {string} words @param {Polygon} polygon */
function paintSign({ pen, place }, words, polygon) {
  const [x, y] = middle(polygon.map(place));
  pen.font = "600 12px system-ui, sans-serif";
  pen.textAlign = "center";
  const half = pen.measureText(words).width / 2 + 7;
  pen.fillStyle = "rgb(0 0 0 / 0.72)";
  pen.beginPath();
  pen.roundRect(x - half, y - 11, 2 * half, 22, 8);
  pen.fill();
  pen.fillStyle = "white";
  pen.fillText(words, x, y + 4);
}

/** @param {Canvas} canvas @param {Track} track @param {number} frame */
function paintLandmarks({ pen, place }, track, frame) {
  pen.fillStyle = "#7fe7dc";
  for (const p of track.points(frame)) {
    const [x, y] = place(p);
    pen.fillRect(x - 1, y - 1, 2, 2);
  }
}

/**
 * How long each place is touched, over the whole clip.
 * @param {Canvas} canvas @param {Labels} labels
 */
function paintHeat(canvas, labels) {
  const { pen } = canvas;
  pen.save();
  pen.globalCompositeOperation = "screen";
  for (const contact of labels.contacts) {
    const frames = contact.end - contact.start + 1;
    const step = Math.max(1, Math.floor(frames / HEATED));
    pen.fillStyle = `rgb(255 70 20 / ${clamp((2.4 * step) / frames, 0.02, 0.5)})`;
    for (let k = contact.start; k <= contact.end; k += step) {
      const polygon = polygonAt(contact, k);
      if (!polygon) continue;
      trace(canvas, polygon);
      pen.fill();
    }
  }
  pen.restore();
}

/** @param {Canvas} canvas @param {Contact} contact @param {Polygon} polygon @param {boolean} chosen */
function paintContact(canvas, contact, polygon, chosen) {
  const { pen } = canvas;
  trace(canvas, polygon);
  pen.fillStyle = `${COLOURS[contact.finger]}${chosen ? "4d" : "33"}`;
  pen.fill();
  pen.strokeStyle = "rgb(0 0 0 / 0.55)";
  pen.lineWidth = chosen ? 3.5 : 2.5;
  pen.stroke();
  pen.strokeStyle = COLOURS[contact.finger];
  pen.lineWidth = chosen ? 2 : 1.25;
  pen.stroke();
}

/** @param {Canvas} canvas @param {Polygon} polygon @param {boolean} isKey @param {number | null} point that is selected */
function paintHandles({ pen, place, scale }, polygon, isKey, point) {
  const wide = Math.sqrt(Math.abs(signedArea(polygon))) * scale;
  const radius = clamp(wide * 0.05, 2, 4.5);
  let last = [-99, -99];
  polygon.forEach((p, i) => {
    const [x, y] = place(p);
    const chosen = point === i;
    const crowded = wide < ROOM || Math.hypot(x - last[0], y - last[1]) < SPACED;
    if (crowded && !chosen) return;
    last = [x, y];
    pen.beginPath();
    pen.arc(x, y, chosen ? radius + 3 : radius, 0, 7);
    pen.fillStyle = chosen ? "#ffe45c" : isKey ? "white" : "rgb(255 255 255 / 0.6)";
    pen.fill();
    pen.strokeStyle = "rgb(0 0 0 / 0.8)";
    pen.lineWidth = 1;
    pen.stroke();
  });
}
