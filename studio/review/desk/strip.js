// The strip under the timeline: how fast the fastest tip goes over the face, and how likely it is that anything touches.

import { speedAt, touchAt } from "./hands.js";

/** @import { Hands, Labels } from "./types.d.ts" */
/** @import { Span } from "./span_view.js" */

const FASTEST = 600; // mm/s, the top of the strip

/**
 * The highest value of the frames of each column of the strip, 0 to 1.
 * @param {number} columns @param {Span} view @param {number} frames @param {(frame: number) => number} valueOf
 */
export function columnsOf(columns, { from, span }, frames, valueOf) {
  return Float32Array.from({ length: columns }, (_, x) => {
    const first = Math.floor(from + (span * x) / columns);
    const last = Math.min(Math.max(Math.ceil(from + (span * (x + 1)) / columns) - 1, first), frames - 1);
    let most = 0;
    for (let frame = first; frame <= last; frame++) most = Math.max(most, valueOf(frame));
    return Math.min(most, 1);
  });
}

/** How sure the labels are of a frame's contacts, 0 where there is none. @param {Labels} labels */
export function sureness({ contacts, frames }) {
  const sure = new Float32Array(frames);
  for (const { start, end, confidence } of contacts) for (let frame = start; frame <= end; frame++) sure[frame] = Math.max(sure[frame], confidence);
  return sure;
}

/**
 * @param {HTMLCanvasElement} canvas @param {Span} view @param {Labels} labels
 * @param {Hands | null} hands without them the confidence of the labels stands for that of the hand
 */
export function drawStrip(canvas, view, labels, hands) {
  const [wide, high] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
  Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  if (!pen || !wide) return;
  const style = getComputedStyle(canvas);
  const sure = hands ? null : sureness(labels);
  const likely = columnsOf(wide, view, labels.frames, (frame) => (hands ? touchAt(hands, frame) : /** @type {Float32Array} */ (sure)[frame]));
  pen.fillStyle = style.getPropertyValue("--ia-accent");
  pen.globalAlpha = 0.35;
  likely.forEach((value, x) => pen.fillRect(x, high * (1 - value), 1, high * value));
  if (!hands) return;
  pen.globalAlpha = 1;
  pen.strokeStyle = style.getPropertyValue("--ia-ink");
  pen.lineWidth = devicePixelRatio;
  pen.beginPath();
  columnsOf(wide, view, labels.frames, (frame) => speedAt(hands, frame) / FASTEST).forEach((value, x) => pen.lineTo(x, (high - 1) * (1 - value) + 0.5));
  pen.stroke();
}
