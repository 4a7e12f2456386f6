// The picture: draws it, and does what the pointer does to it.

import { part } from "./dom.js";
import { contains, nearestEdge, nearestPoint } from "./geometry.js";
import { nudged, polygonAt, replaceContact, withKey, withPoint } from "./labels.js";
import { canvasOf, paintFrame, paintLabels } from "./painting.js";
import { pointed, previewed } from "./transitions.js";
import { ALL, centreOf, closeTo, panned, scaleOf, toClip, zoomed } from "./view.js";
import { contactOf, mayEdit, outlineOf, shownLabels } from "./work.js";

/** @import { Labels, Lens, Point, State, Store, Work } from "./types.d.ts" */
/** @import { Brush } from "./brush.js" */

const GRAB = 9; // px around a point
const STILL = 4; // px, a press that moves less is a click
const WHEEL = 1.2; // how much closer by a turn of the wheel
/** @type {Record<Under["kind"], string>} */
const CURSORS = { point: "grab", edge: "copy", inside: "move", contact: "pointer", region: "pointer", nothing: "default" };

/**
 * What lies under the pointer: a point or an edge of the selected outline, a contact, a region.
 * @typedef {{ at: Point } & ({ kind: "point" | "edge", i: number } | { kind: "inside" | "nothing" }
 *   | { kind: "contact", id: string } | { kind: "region", region: string })} Under
 */

/**
 * What is dragged: the picture, the brush, or the outline with the labels as they were.
 * @typedef {{ kind: "pan", there: Under, from: Point, centre: Point, moved: boolean } | { kind: "brush" }
 *   | { kind: "outline", there: Under, labels: Labels }} Drag
 */

/**
 * What the pointer asks for.
 * @typedef {object} Asked
 * @property {() => void} render
 * @property {() => void} pause
 * @property {(name: string) => void} commit what was previewed
 * @property {(id: string, too: boolean) => void} select a contact, alone or with what is selected
 * @property {(region: string, too: boolean) => void} pickRegion alone, or one more or less
 * @property {(i: number) => void} removePoint
 */

export class Stage {
  #root;
  #canvas;
  #pen;
  #store;
  #brush;
  #imageOf;
  #isExact;
  #asked;
  #view = ALL;
  /** @type {string | null} */
  #hover = null; // region
  /** @type {Drag | null} */
  #drag = null;

  /**
   * @param {HTMLElement} root @param {Store} store @param {Brush} brush
   * @param {(frame: number) => CanvasImageSource | null} imageOf @param {(frame: number) => boolean} isExact whether it is of that frame
   * @param {Asked} asked
   */
  constructor(root, store, brush, imageOf, isExact, asked) {
    this.#root = root;
    this.#canvas = part(root, ".rv-canvas", HTMLCanvasElement);
    this.#pen = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    this.#store = store;
    this.#brush = brush;
    this.#imageOf = imageOf;
    this.#isExact = isExact;
    this.#asked = asked;
    this.#listen();
  }

  /** How much closer than all of the clip. */
  get zoomed() {
    return this.#view.zoom;
  }

  /** Screen px for one px of the clip. */
  get scale() {
    const work = this.#store.state.work;
    return work ? scaleOf(this.#lens(work)) : 1;
  }

  /** @param {number} factor @param {Point | null} at that stays where it is */
  zoom(factor, at = null) {
    const { work } = this.#store.state;
    if (work) this.#view = zoomed(this.#view, work.claim.clip, factor, this.#drag ? null : at);
    this.#asked.render();
  }

  /** The whole clip, or close to the selected outline. */
  fit(close = false) {
    const { work } = this.#store.state;
    const polygon = close && work ? outlineOf(work) : null;
    this.#view = work && polygon ? closeTo(work.claim.clip, polygon) : ALL;
    this.#asked.render();
  }

  focus() {
    this.#canvas.focus({ preventScroll: true });
  }

  draw() {
    const canvas = this.#canvas;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const ratio = canvas.width / (canvas.clientWidth || 1);
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    const { state } = this.#store;
    if (!state.work) return;
    const image = this.#imageOf(state.work.frame);
    this.#root.dataset.drawn = image && this.#isExact(state.work.frame) ? String(state.work.frame) : "";
    const to = canvasOf(this.#pen, this.#lens(state.work));
    if (image) paintFrame(to, image);
    paintLabels(to, state, this.#hover);
    this.#brush.draw(to);
  }

  /** @param {Work} work @returns {Lens} */
  #lens(work) {
    const { clientWidth: wide, clientHeight: high } = this.#canvas;
    return { view: this.#view, clip: work.claim.clip, wide, high, across: this.#store.state.show.mirrored ? -1 : 1 };
  }

  #listen() {
    const canvas = this.#canvas;
    const withWork = (/** @type {(event: PointerEvent, work: Work) => void} */ act) => (/** @type {PointerEvent} */ event) => {
      const { work } = this.#store.state;
      if (work) act(event, work);
    };
    canvas.addEventListener("pointerdown", withWork((event, work) => this.#press(event, work)));
    canvas.addEventListener("pointermove", withWork((event, work) => (this.#drag ? this.#move(event, work, this.#drag) : this.#point(event, work))));
    canvas.addEventListener("pointerup", (event) => this.#lift(event.shiftKey));
    canvas.addEventListener("pointercancel", () => this.#lift());
    canvas.addEventListener("pointerleave", () => {
      this.#hover = null;
      this.#brush.hover(null);
      this.#asked.render();
    });
    canvas.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
    new ResizeObserver(() => this.#asked.render()).observe(canvas);
  }

  /** @param {MouseEvent} event @param {Work} work @returns {Point} */
  #at(event, work) {
    const box = this.#canvas.getBoundingClientRect();
    return toClip(this.#lens(work), [event.clientX - box.left, event.clientY - box.top]);
  }

  /** @param {PointerEvent} event @param {Work} work */
  #under(event, work) {
    const reach = ((event.pointerType === "touch" ? 2 : 1) * GRAB) / this.scale;
    return under(this.#store.state, work, this.#at(event, work), reach);
  }

  /** @param {PointerEvent} event @param {Work} work */
  #press(event, work) {
    if (event.button > 1) return;
    this.focus();
    const there = this.#under(event, work);
    if (this.#store.state.brush.on && event.button === 0 && contactOf(work)) {
      this.#begin(event, { kind: "brush" });
      this.#brush.begin(there.at);
    } else if (event.button === 1 || ["nothing", "region", "contact"].includes(there.kind)) {
      const centre = centreOf(this.#view, work.claim.clip);
      this.#begin(event, { kind: "pan", there, from: [event.clientX, event.clientY], centre, moved: false });
    } else if (there.kind === "point" && event.altKey) {
      this.#asked.removePoint(there.i);
    } else if (mayEdit(work)) {
      if (there.kind === "point" || there.kind === "edge") this.#store.apply(pointed, there.kind === "edge" ? there.i + 1 : there.i);
      this.#begin(event, { kind: "outline", there, labels: work.labels });
    }
  }

  /** @param {PointerEvent} event @param {Drag} drag */
  #begin(event, drag) {
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#asked.pause();
    this.#drag = drag;
    this.#asked.render();
  }

  /** @param {PointerEvent} event @param {Work} work @param {Drag} drag */
  #move(event, work, drag) {
    const at = this.#at(event, work);
    if (drag.kind === "pan") return this.#pan([event.clientX, event.clientY], work, drag);
    if (drag.kind === "brush") this.#brush.extend(at);
    else this.#store.apply(previewed, dragged(work, drag, at));
    this.#asked.render();
  }

  /** @param {Point} to @param {Work} work @param {Drag & { kind: "pan" }} drag */
  #pan(to, work, drag) {
    drag.moved ||= Math.hypot(to[0] - drag.from[0], to[1] - drag.from[1]) > STILL;
    if (!drag.moved || this.#view.zoom === 1) return;
    this.#view = panned(this.#lens(work), drag.centre, drag.from, to);
    this.#asked.render();
  }

  /** @param {PointerEvent} event @param {Work} work */
  #point(event, work) {
    const there = this.#under(event, work);
    const brushing = this.#store.state.brush.on;
    this.#canvas.style.cursor = brushing ? "crosshair" : CURSORS[there.kind];
    if (brushing) this.#brush.hover(there.at);
    const region = there.kind === "region" ? there.region : null;
    if (region === this.#hover && !brushing) return;
    this.#hover = region;
    this.#asked.render();
  }

  /** @param {WheelEvent} event */
  #turn(event) {
    const { work } = this.#store.state;
    if (!work) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? WHEEL : 1 / WHEEL, this.#at(event, work));
  }

  /** @param {boolean} too with Shift */
  #lift(too = false) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    if (drag.kind === "brush") this.#brush.end();
    else if (drag.kind === "outline") this.#asked.commit(drag.there.kind === "edge" ? "add point" : "move outline");
    else if (!drag.moved) this.#click(drag.there, too);
    this.#asked.render();
  }

  /** @param {Under} there @param {boolean} too */
  #click(there, too) {
    if (there.kind === "contact") this.#asked.select(there.id, too);
    else if (there.kind === "region") this.#asked.pickRegion(there.region, too);
    else this.#store.apply(pointed, null);
  }
}

/**
 * What lies at a point of the clip; points are grabbed within `reach` px of the clip, edges within half of it.
 * @param {Pick<State, "show">} state @param {Work} work @param {Point} at @param {number} reach @returns {Under}
 */
export function under({ show }, work, at, reach) {
  const polygon = show.outlines ? outlineOf(work) : null;
  if (polygon) {
    const i = nearestPoint(polygon, at);
    if (Math.hypot(polygon[i][0] - at[0], polygon[i][1] - at[1]) < reach) return { kind: "point", at, i };
    const edge = nearestEdge(polygon, at);
    if (edge.distance < reach / 2) return { kind: "edge", at, i: edge.i };
    if (contains(polygon, at)) return { kind: "inside", at };
  }
  const other = show.outlines && shownLabels(work).contacts.find((c) => contains(polygonAt(c, work.frame) ?? [], at));
  if (other) return { kind: "contact", at, id: other.id };
  const region = show.regions ? work.track?.regionAt(work.frame, at) : null;
  return region ? { kind: "region", at, region } : { kind: "nothing", at };
}

/**
 * The labels with the dragged point, new point or outline where the pointer is.
 * @param {Work} work @param {Drag & { kind: "outline" }} drag @param {Point} at
 */
function dragged(work, { there, labels }, at) {
  return replaceContact(labels, work.selected, (contact) => {
    const polygon = polygonAt(contact, work.frame);
    if (there.kind === "edge") return polygon ? withKey(contact, work.frame, withPoint(polygon, there.i, at)) : contact;
    const [dx, dy] = [at[0] - there.at[0], at[1] - there.at[1]];
    return nudged(contact, work.frame, there.kind === "point" ? there.i : null, dx, dy, work.everywhere);
  });
}
