// The timeline: a row for each kind of touch; bars are dragged to make, move, trim; edges snap to frames.

import { element, part } from "./dom.js";
import { following, scrolledSpan, spanAround, whole, zoomedSpan } from "./span_view.js";
import { dragged, frameAt, percent, rowsOf, tickEvery } from "./spans.js";
import { drawStrip } from "./strip.js";
import { find } from "./labels.js";
import { nameOfTouch, rowOfTouch, touchesOf, valuesOf } from "./touches.js";
import { previewed } from "./transitions.js";
import { unsureRow } from "./unsure.js";
import { mayEdit, selectedContacts, selectionOf, shownLabels } from "./work.js";
import { COLOURS, describeTouch, spoken } from "./words.js";

/** @import { Contact, Edge, Store, Work, Words } from "./types.d.ts" */
/** @import { Span } from "./spans.js" */
/** @import { Span as View } from "./span_view.js" */

const STILL = 3; // px, a press that moves less drags nothing
const UNSURE = 0.5; // confidence
const NAMED = 2; // fingers that a row names one by one
const WHEEL = 1.25; // how much closer by a turn of the wheel
const SCROLL = 1 / 800; // of what is shown, by a pixel of the wheel

/**
 * What the pointer asks for.
 * @typedef {object} Asked
 * @property {() => void} pause
 * @property {(frame: number) => void} go
 * @property {(id: string, too: boolean) => void} select a touch by a contact of it, without going there; `too`: with the others
 * @property {(name: string) => void} commit what was previewed
 */

export class Timeline {
  #store;
  #words;
  #asked;
  #box;
  #ruler;
  #head;
  #strip;
  #view = whole(1);
  #clip = 0; // that the view is of
  /** @type {Set<string>} */
  #folded = new Set(); // rows, by name
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
    this.#strip = part(root, ".rv-strip", HTMLCanvasElement);
    this.#listen();
  }

  draw() {
    const { work } = this.#store.state;
    if (!work) {
      this.#drawn = [];
      return this.#box.replaceChildren();
    }
    const { frames, id } = work.claim.clip;
    if (this.#clip !== id) [this.#clip, this.#view] = [id, whole(frames)];
    if (!this.#drag && work.frame !== this.#drawn[0]) this.#view = following(this.#view, work.frame, frames);
    const key = [work.frame, shownLabels(work), work.selected, work.also, id, this.#view, work.hands, this.#ruler.clientWidth, this.#folded];
    const others = key.some((value, i) => i > 0 && value !== this.#drawn[i]);
    const chosen = work.selected !== this.#drawn[2];
    this.#drawn = key;
    if (others) {
      this.#drawRows(work);
      this.#drawTicks();
      drawStrip(this.#strip, this.#view, shownLabels(work), work.hands);
    }
    if (chosen) this.#box.querySelector(".rv-chosen")?.closest(".rv-row")?.scrollIntoView({ block: "nearest" });
    this.#head.style.left = percent(work.frame + 0.5 - this.#view.from, this.#view.span);
    this.#head.dataset.frame = String(work.frame);
  }

  /** Closer (factor > 1) or farther, around the frame at hand. @param {number} factor */
  zoom(factor) {
    const { work } = this.#store.state;
    if (work) this.#show(zoomedSpan(this.#view, factor, work.frame, work.claim.clip.frames));
  }

  /** The selected touches, or all of the clip. */
  fit() {
    const { work } = this.#store.state;
    if (!work) return;
    const { frames } = work.claim.clip;
    const chosen = selectedContacts(work);
    const close = this.#view.span === frames && chosen.length;
    const around = () => spanAround(Math.min(...chosen.map(({ start }) => start)), Math.max(...chosen.map(({ end }) => end)), frames);
    this.#show(close ? around() : whole(frames));
  }

  /** All rows thin but that of what is selected, or all as high as they are. */
  fold() {
    const { work } = this.#store.state;
    if (!work) return;
    this.#folded = new Set(this.#folded.size ? [] : rowsOf(work.labels, work.prelabel, this.#words).map(([name]) => name));
    this.draw();
  }

  /** @param {View} view */
  #show(view) {
    this.#view = view;
    this.draw();
  }

  /** @param {Work} work */
  #drawRows(work) {
    const rows = rowsOf(shownLabels(work), work.prelabel, this.#words);
    /** @type {Map<string, Contact[][]>} */
    const ghosts = new Map();
    for (const touch of touchesOf(work.prelabel).values()) ghosts.set(rowOfTouch(touch), [...(ghosts.get(rowOfTouch(touch)) ?? []), touch]);
    const look = { view: this.#view, selected: selectionOf(work), hand: work.hand };
    this.#box.replaceChildren(...unsureRow(work, this.#view, this.#asked.go), ...rows.map(([name, touches]) => rowNode(look, name, touches, ghosts.get(name) ?? [], this.#folded.has(name))));
    if (!rows.length) this.#box.append(element("div", "rv-empty-rows", "No contact in this clip. Press A to add one at this frame."));
  }

  #drawTicks() {
    const { from, span } = this.#view;
    const every = tickEvery(span, this.#ruler.clientWidth);
    const first = Math.ceil(from / every);
    const marks = Array.from({ length: Math.max(Math.ceil((from + span) / every) - first, 0) }, (_, i) => {
      const mark = element("i", "", String((first + i) * every));
      mark.style.left = percent((first + i) * every - from, span);
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
    for (const place of [this.#ruler, this.#box, this.#strip]) place.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
    this.#box.addEventListener("click", (event) => {
      const name = event.target instanceof Element && event.target.closest(".rv-row-name") ? rowUnder(event.target) : undefined;
      if (name === undefined) return;
      this.#folded = new Set(this.#folded);
      if (!this.#folded.delete(name)) this.#folded.add(name);
      this.draw();
    });
  }

  /** The wheel goes closer, over the rows with Ctrl; sideways or with Shift it goes along. @param {WheelEvent} event */
  #turn(event) {
    const { work } = this.#store.state;
    if (!work) return;
    const { frames } = work.claim.clip;
    const along = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (!along && event.currentTarget === this.#box && !event.ctrlKey) return; // the rows go up and down
    event.preventDefault();
    if (along) this.#show(scrolledSpan(this.#view, along * SCROLL, frames));
    else this.#show(zoomedSpan(this.#view, event.deltaY < 0 ? WHEEL : 1 / WHEEL, this.#frameAt(event, work), frames));
  }

  /** @param {MouseEvent} event @param {Work} work */
  #frameAt(event, work) {
    const line = this.#ruler.getBoundingClientRect();
    return frameAt(event.clientX - line.left, line.width, work.claim.clip.frames, this.#view);
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
      const grabbed = find(work.labels, id);
      const selected = grabbed && selectionOf(work).has(nameOfTouch(grabbed));
      if (event.shiftKey || !selected) this.#asked.select(id, event.shiftKey);
      const now = this.#store.state.work;
      if (now) this.#begin(event, { id, names: selectionOf(now), edge: edgeOf(event.target), row: row ?? "", from, labels: now.labels });
    } else if (row !== undefined && event.target.closest(".rv-track")) {
      this.#asked.go(from);
      this.#begin(event, { id: null, row, from, labels: work.labels });
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
    const toOtherRow = drag.id && !drag.edge && over !== undefined && over !== drag.row;
    drag.moved ||= Math.abs(event.clientX - drag.x) > STILL || Boolean(toOtherRow);
    if (!drag.moved) return;
    const labels = dragged(drag, this.#frameAt(event, work), over);
    this.#store.apply(previewed, labels, drag.id ? undefined : labels.contacts.at(-1)?.id);
  }

  #lift() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.moved) this.#asked.commit(!drag.id ? "add contact" : drag.edge ? "trim" : "move contact");
  }
}

/** @param {Element} node @param {string} selector */
const closest = (node, selector) => /** @type {HTMLElement | null} */ (node.closest(selector));

/** @param {Element | null} node */
const rowUnder = (node) => (node ? closest(node, ".rv-row")?.dataset.row : undefined);

/** @param {Element} node @returns {Edge | null} */
const edgeOf = (node) => (node.classList.contains("rv-left") ? "start" : node.classList.contains("rv-right") ? "end" : null);

/**
 * @param {{ view: View, selected: ReadonlySet<string>, hand: string }} look `hand` goes without saying
 * @param {string} name @param {Contact[][]} touches that lie in the row @param {Contact[][]} before those of the pre-label
 * @param {boolean} folded
 */
function rowNode({ view, selected, hand: usual }, name, touches, before, folded) {
  const node = element("div", "rv-row");
  const chosen = touches.some(([first]) => selected.has(nameOfTouch(first)));
  node.classList.toggle("rv-folded", !chosen && (folded || !touches.length));
  node.dataset.row = name;
  const [regions, fingers, hand] = name.split(" ").map((words) => words.split("+"));
  const head = element("div", "rv-row-name");
  const dots = fingers.map((finger) => {
    const dot = element("div", "rv-dot");
    dot.style.background = COLOURS[finger];
    return dot;
  });
  const words = `${regions.map(spoken).join(", ")} · ${hand[0] === usual ? "" : `${hand} `}${fingers.join(", ")}`;
  const short = fingers.length > NAMED ? words.replace(fingers.join(", "), `${fingers.length} fingers`) : words;
  head.append(...dots, element("span", "", short));
  head.title = `${words} (click: folded or not)`;
  const track = element("div", "rv-track");
  const seen = (/** @type {Contact[]} */ [first]) => first.end >= view.from && first.start < view.from + view.span;
  track.append(
    ...before.filter(seen).map(([first]) => placed(element("div", "rv-ghost"), first, view)),
    ...touches.filter(seen).map((touch) => barNode(touch, selected.has(nameOfTouch(touch[0])), view)),
  );
  node.append(head, track);
  return node;
}

/** @param {HTMLElement} node @param {Contact} contact @param {View} view */
function placed(node, contact, { from, span }) {
  node.style.left = percent(contact.start - from, span);
  node.style.width = percent(contact.end + 1 - contact.start, span);
  return node;
}

/** @param {Contact[]} touch @param {boolean} chosen @param {View} view */
function barNode(touch, chosen, view) {
  const [first] = touch;
  const node = placed(element("div", "rv-bar"), first, view);
  const words = describeTouch(touch);
  const confidence = Math.min(...touch.map((contact) => contact.confidence));
  node.dataset.contact = first.id;
  const colours = valuesOf(touch, "finger").map((finger) => COLOURS[finger]);
  node.style.setProperty("--finger", colours[0]);
  if (colours.length > 1) node.style.setProperty("--fingers", striped(colours));
  node.classList.toggle("rv-chosen", chosen);
  node.classList.toggle("rv-unsure", confidence < UNSURE);
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", words);
  node.title = `${words} · confidence ${Math.round(confidence * 100)} %`;
  node.append(element("div", "rv-edge rv-left"), element("div", "rv-edge rv-right"));
  const shown = (/** @type {number} */ frame) => frame >= view.from - 1 && frame <= view.from + view.span;
  const keys = new Set(touch.flatMap((contact) => contact.keyframes.map((key) => key.frame)).filter(shown));
  for (const frame of keys) {
    const mark = element("div", "rv-key");
    mark.style.left = percent(frame + 0.5 - first.start, first.end + 1 - first.start);
    mark.title = `outline at frame ${frame}`;
    node.append(mark);
  }
  return node;
}

/** A stripe a finger, one below the other. @param {string[]} colours */
function striped(colours) {
  const stops = colours.map((colour, i) => `${colour} ${(100 * i) / colours.length}% ${(100 * (i + 1)) / colours.length}%`);
  return `linear-gradient(${stops.join(", ")})`;
}
