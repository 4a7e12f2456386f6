// The brush: paints or erases touched skin; what comes out is the polygon around it.

import { polygonAt } from "./labels.js";
import { line } from "./painting.js";
import { FINE, traced } from "./tracing.js";
import { contactOf } from "./work.js";
import { COLOURS } from "./words.js";

/** @import { Point, Polygon, State, Store } from "./types.d.ts" */
/** @import { Canvas } from "./painting.js" */

export class Brush {
  #store;
  #finished;
  /** @type {Point[] | null} */
  #stroke = null;
  /** @type {Point | null} */
  #at = null;

  /**
   * @param {Store} store
   * @param {(outline: Polygon | null, erased: boolean) => void} finished hears of the outline that a stroke leaves, null for none
   */
  constructor(store, finished) {
    this.#store = store;
    this.#finished = finished;
  }

  /** @param {Point} point */
  begin(point) {
    this.#stroke = [point];
  }

  /** @param {Point} point */
  extend(point) {
    this.#at = point;
    this.#stroke?.push(point);
  }

  /** @param {Point | null} point */
  hover(point) {
    this.#at = point;
  }

  end() {
    const picture = this.#stroke && painted(this.#store.state, this.#stroke);
    this.#stroke = null;
    if (picture) this.#finished(traced(picture), this.#store.state.brush.erase);
  }

  /** @param {Canvas} canvas */
  draw(canvas) {
    const { brush, work } = this.#store.state;
    const contact = contactOf(work);
    if (!brush.on || brush.radius === null || !contact) return;
    const { pen, place, scale } = canvas;
    const colour = brush.erase ? "#ffffff" : COLOURS[contact.finger];
    Object.assign(pen, { strokeStyle: `${colour}aa`, lineCap: "round", lineJoin: "round", lineWidth: 2 * brush.radius * scale });
    if (this.#stroke) {
      line(canvas, this.#stroke.length > 1 ? this.#stroke : [this.#stroke[0], this.#stroke[0]]);
      pen.stroke();
    }
    if (!this.#at) return;
    pen.lineWidth = 1.5;
    pen.strokeStyle = "white";
    pen.beginPath();
    pen.arc(...place(this.#at), brush.radius * scale, 0, 7);
    pen.stroke();
  }
}

/**
 * The selected outline with a stroke of the brush, FINE times the clip's size.
 * @param {State} state @param {Point[]} stroke
 */
function painted({ work, brush }, stroke) {
  const contact = contactOf(work);
  if (!work || !contact || brush.radius === null) return null;
  const { width, height } = work.claim.clip;
  const sheet = new OffscreenCanvas(width * FINE, height * FINE);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext("2d", { willReadFrequently: true }));
  pen.scale(FINE, FINE);
  const path = (/** @type {Polygon} */ points) => {
    pen.beginPath();
    points.forEach((p, i) => (i ? pen.lineTo(...p) : pen.moveTo(...p)));
  };
  const polygon = polygonAt(contact, work.frame);
  if (polygon) {
    path(polygon);
    pen.fill();
  }
  if (brush.erase) pen.globalCompositeOperation = "destination-out";
  Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: 2 * brush.radius });
  path(stroke.length > 1 ? stroke : [stroke[0], [stroke[0][0] + 0.01, stroke[0][1]]]);
  pen.stroke();
  return pen.getImageData(0, 0, sheet.width, sheet.height);
}
