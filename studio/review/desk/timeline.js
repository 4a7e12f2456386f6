// The timeline: a row for each region and finger; bars are dragged to make, move, trim; edges snap to frames.

import { element, part } from "./dom.js";
import { rowOf } from "./labels.js";
import { dragged, frameAt, percent, rowsOf, tickEvery } from "./spans.js";
import { previewed } from "./transitions.js";
import { unsureRow } from "./unsure.js";
import { mayEdit, shownLabels } from "./work.js";
import { COLOURS, describe, spoken } from "./words.js";

/** @import { Contact, Edge, Store, Work, Words } from "./types.d.ts" */
/** @import { Span } from "./spans.js" */

const STILL = 3; // px, a press that moves less drags nothing
const UNSURE = 0.5; // confidence

/**
 * What the pointer asks for.
 * @typedef {object} Asked
 * @property {() => void} pause
 * @property {(frame: number) => void} go
 * @property {(id: string) => void} select without going there
 * @property {(name: string) => void} commit what was previewed
 */

export class Timeline {
  #store;
  #words;
  #asked;
  #box;
  #ruler;
  #head;
  /** @type {unknown[]} */
  #drawn = [];
  /** @type {(Span & { x: number, moved: boolean }) | null} */
  #drag = null;

  /** @param {HTMLElement} root @param {Store} store @param {Words} words @param {Asked} asked */
  constructor(root, store, words, asked) {
    this.#store = store;
    this.#words = words;
    this.#asked = asked;
    this.#box = part(root, ".rv-rows");
    this.#ruler = part(root, ".rv-ruler");
    this.#head = part(root, ".rv-head");
    this.#listen();
  }

  draw() {
    const { work } = this.#store.state;
    if (!work) {
      this.#drawn = [];
      return this.#box.replaceChildren();
    }
    const { frames, id } = work.claim.clip;
    const key = [shownLabels(work), work.selected, id];
    if (key.some((value, i) => value !== this.#drawn[i])) {
      this.#drawn = key;
      this.#drawRows(work);
      this.#drawTicks(frames);
    }
    this.#head.style.left = percent(work.frame + 0.5, frames);
    this.#head.dataset.frame = String(work.frame);
  }

  /** @param {Work} work */
  #drawRows(work) {
    const rows = rowsOf(shownLabels(work), work.prelabel, this.#words);
    this.#box.replaceChildren(...unsureRow(work, this.#asked.go), ...rows.map(([name, sample]) => rowNode(work, name, sample)));
    if (!rows.length) this.#box.append(element("div", "rv-empty-rows", "No contact in this clip. Press A to add one at this frame."));
  }

  /** @param {number} frames */
  #drawTicks(frames) {
    const every = tickEvery(frames, this.#ruler.clientWidth);
    const marks = Array.from({ length: Math.ceil(frames / every) }, (_, i) => {
      const mark = element("i", "", String(i * every));
      mark.style.left = percent(i * every, frames);
      return mark;
    });
    this.#ruler.replaceChildren(...marks);
  }

  #listen() {
    this.#box.addEventListener("pointerdown", (event) => this.#press(event));
    this.#box.addEventListener("pointermove", (event) => this.#move(event));
    this.#box.addEventListener("pointerup", () => this.#lift());
    this.#box.addEventListener("pointercancel", () => this.#lift());
    this.#ruler.addEventListener("pointerdown", (event) => {
      this.#ruler.setPointerCapture(event.pointerId);
      this.#asked.pause();
      this.#scrub(event);
    });
    this.#ruler.addEventListener("pointermove", (event) => this.#scrub(event));
  }

  /** @param {PointerEvent} event @param {Work} work */
  #frameAt(event, work) {
    const line = this.#ruler.getBoundingClientRect();
    return frameAt(event.clientX - line.left, line.width, work.claim.clip.frames);
  }

  /** @param {PointerEvent} event */
  #scrub(event) {
    const { work } = this.#store.state;
    if (work && event.buttons) this.#asked.go(this.#frameAt(event, work));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const { work } = this.#store.state;
    if (!work || event.button || !(event.target instanceof Element)) return;
    const row = rowUnder(event.target);
    const id = closest(event.target, ".rv-bar")?.dataset.contact;
    const from = this.#frameAt(event, work);
    if (id) {
      this.#asked.select(id);
      this.#begin(event, { id, edge: edgeOf(event.target), row: row ?? "", from, labels: work.labels });
    } else if (row !== undefined && event.target.closest(".rv-track")) {
      this.#asked.go(from);
      const sample = rowsOf(work.labels, work.prelabel, this.#words).find(([name]) => name === row)?.[1];
      if (sample) this.#begin(event, { touch: sample, row, from, labels: work.labels });
    }
  }

  /** @param {PointerEvent} event @param {Span} span */
  #begin(event, span) {
    if (!mayEdit(this.#store.state.work)) return;
    event.preventDefault();
    this.#box.setPointerCapture(event.pointerId);
    this.#asked.pause();
    this.#drag = { ...span, x: event.clientX, moved: false };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { work } = this.#store.state;
    const drag = this.#drag;
    if (!drag || !work) return;
    const over = rowUnder(document.elementFromPoint(event.clientX, event.clientY));
    const toOtherRow = "id" in drag && !drag.edge && over !== undefined && over !== drag.row;
    drag.moved ||= Math.abs(event.clientX - drag.x) > STILL || toOtherRow;
    if (!drag.moved) return;
    const labels = dragged(drag, this.#frameAt(event, work), over);
    this.#store.apply(previewed, labels, "id" in drag ? drag.id : labels.contacts.at(-1)?.id);
  }

  #lift() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.moved) this.#asked.commit("touch" in drag ? "add contact" : drag.edge ? "trim" : "move contact");
  }
}

/** @param {Element} node @param {string} selector */
const closest = (node, selector) => /** @type {HTMLElement | null} */ (node.closest(selector));

/** @param {Element | null} node */
const rowUnder = (node) => (node ? closest(node, ".rv-row")?.dataset.row : undefined);

/** @param {Element} node @returns {Edge | null} */
const edgeOf = (node) => (node.classList.contains("rv-left") ? "start" : node.classList.contains("rv-right") ? "end" : null);

/** @param {Work} work @param {string} name @param {Contact} sample of what the row is */
function rowNode(work, name, sample) {
  const node = element("div", "rv-row");
  node.dataset.row = name;
  const head = element("div", "rv-row-name");
  const dot = element("div", "rv-dot");
  dot.style.background = COLOURS[sample.finger];
  head.append(dot, `${spoken(sample.region)} · ${sample.hand === work.hand ? "" : `${sample.hand} `}${sample.finger}`);
  const track = element("div", "rv-track");
  const { frames } = work.claim.clip;
  const ghosts = work.prelabel.contacts.filter((c) => rowOf(c) === name);
  const bars = shownLabels(work).contacts.filter((c) => rowOf(c) === name);
  track.append(
    ...ghosts.map((c) => placed(element("div", "rv-ghost"), c, frames)),
    ...bars.map((c) => barNode(c, c.id === work.selected, frames)),
  );
  node.append(head, track);
  return node;
}

/** @param {HTMLElement} node @param {Contact} contact @param {number} frames */
function placed(node, contact, frames) {
  node.style.left = percent(contact.start, frames);
  node.style.width = percent(contact.end + 1 - contact.start, frames);
  return node;
}

/** @param {Contact} contact @param {boolean} chosen @param {number} frames */
function barNode(contact, chosen, frames) {
  const node = placed(element("div", "rv-bar"), contact, frames);
  node.dataset.contact = contact.id;
  node.style.setProperty("--finger", COLOURS[contact.finger]);
  node.classList.toggle("rv-chosen", chosen);
  node.classList.toggle("rv-unsure", contact.confidence < UNSURE);
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", describe(contact));
  node.title = `${describe(contact)} · confidence ${Math.round(contact.confidence * 100)} %`;
  node.append(element("div", "rv-edge rv-left"), element("div", "rv-edge rv-right"));
  for (const key of contact.keyframes) {
    const mark = element("div", "rv-key");
    mark.style.left = percent(key.frame + 0.5 - contact.start, contact.end + 1 - contact.start);
    mark.title = `outline at frame ${key.frame}`;
    node.append(mark);
  }
  return node;
}
