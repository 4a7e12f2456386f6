// The desk: one clip at a time, its labels, what is done to them.

import { drawWho, openBars } from "./bars.js";
import { Brush } from "./brush.js";
import { ContactEdits } from "./contact_edits.js";
import { Dialogs } from "./dialogs.js";
import { part } from "./dom.js";
import { Filters } from "./filters.js";
import { listenToKeys, sheet } from "./keyboard.js";
import { keyGroups } from "./keys.js";
import { Notices } from "./notices.js";
import { OutlineEdits } from "./outline_edits.js";
import { Panel } from "./panel.js";
import { Queue } from "./queue.js";
import { Saving } from "./saving.js";
import { drawSent } from "./sent.js";
import { Server } from "./server.js";
import { Stage } from "./stage.js";
import { openStore } from "./store.js";
import { Time } from "./time.js";
import { Timeline } from "./timeline.js";
import { INITIAL, toggled } from "./transitions.js";
import { Verdicts } from "./verdicts.js";
import { outlineOf } from "./work.js";

/** @import { Option, Store, Words } from "./types.d.ts" */

const RENEW = 60_000; // ms between renewals of the leases
const LOOK = 10_000; // ms between looks at an empty queue
const CLOSER = 1.5;

/**
 * Open the desk in its markup; it speaks to the app that its own scripts came from.
 * @param {HTMLElement} root @param {Words} words
 */
export function mount(root, words) {
  const store = openStore(INITIAL);
  const parts = openParts(root, words, store, new Server(new URL("../../../../", import.meta.url).href));
  const looks = openLooks(store, parts, () => parts.dialogs.help(sheet(groups)));
  const groups = keyGroups({ ...parts, looks }, words);
  store.watch((now, before) => {
    if (now.session && now.session !== before.session) {
      drawWho(root, now.session);
      drawSent(root, now.session, (clip) => parts.verdicts.withdraw(clip));
    }
    if (now.work?.claim !== before.work?.claim) {
      root.dataset.drawn = ""; // what is drawn is of the clip before
      parts.bars.drawHead(now.work);
    }
    if (!now.work && before.work) drawEmpty(parts);
    parts.render();
  });
  drawEmpty(parts);
  listenToButtons(root, store, parts, looks);
  listenToKeys(root, groups, {
    working: () => store.state.work !== null,
    hasNext: (by) => parts.time.hasNext(by),
    takesRegion: (name, key) => parts.contacts.takesRegion(name, key),
  });
  stay(root, store, parts);
  parts.queue.begin();
}

/** @typedef {ReturnType<typeof openParts>} Parts */

/**
 * The desk's parts; each is given what it needs of the others.
 * @param {HTMLElement} root @param {Words} words @param {Store} store @param {Server} server
 */
function openParts(root, words, store, server) {
  const render = eachFrame(() => draw(root, store, parts));
  const notices = new Notices(root);
  const say = (/** @type {string} */ text) => notices.say(text);
  const dialogs = new Dialogs(root, () => stage.focus());
  const time = new Time(store, say, () => dialogs.place());
  const pause = () => time.pause();
  const saving = new Saving(store, server.ask, notices, dialogs, {
    leave: () => queue.leave(), openClip: (clip) => queue.openClip(clip), loadHistory: () => verdicts.loadHistory(),
  });
  const contacts = new ContactEdits(root, store, words, say, () => saving.settle());
  const commit = (/** @type {string} */ name) => contacts.commit(name);
  const outlines = new OutlineEdits(store, contacts, notices, server.ask, pause, () => stage.scale);
  const brush = new Brush(store, (outline, erased) => outlines.painted(outline, erased));
  const filters = new Filters(root, words, server.ask, () => queue.choose());
  /** @type {Queue} */
  const queue = new Queue(store, server, notices, saving, filters, part(root, ".rv-shelf"), words.entry, {
    opened: () => {
      stage.fit();
      stage.focus();
      if (panel.showsHistory && !store.state.work?.looking) verdicts.loadHistory();
    },
    ready: (clip, ms) => Object.assign(root.dataset, { ready: clip, readyMs: Math.round(ms) }),
    render,
  });
  const verdicts = new Verdicts(store, server.ask, notices, dialogs, saving, queue);
  const stage = new Stage(root, store, brush, (frame) => queue.imageOf(frame), (frame) => queue.isExact(frame), {
    render, pause, commit, select: (id, too) => (too ? time.selectAlso(id) : time.select(id)),
    pickRegion: (region, too) => (too ? contacts.toggle("region", region) : contacts.set("region", region)), removePoint: (i) => outlines.removePoint(i),
  });
  const timeline = new Timeline(root, store, words, { pause, commit, go: (frame) => time.go(frame), select: (id, too) => (too ? time.selectAlso(id) : time.select(id, false)) });
  const panel = new Panel(root, store, words, {
    set: (field, value) => contacts.set(field, value), toggle: (field, value) => contacts.toggle(field, value), edit: (name, labels) => contacts.edit(name, labels),
    compare: (number) => verdicts.compare(number), restore: (number) => verdicts.restore(number),
    gold: (number) => verdicts.gold(number), loadHistory: () => verdicts.loadHistory(),
  });
  const parts = { render, notices, bars: openBars(root), time, dialogs, saving, contacts, outlines, queue, verdicts, stage, timeline, panel };
  return parts;
}

/**
 * What draws with the browser's next frame, however often it is asked.
 * @param {() => void} paint
 */
function eachFrame(paint) {
  let asked = 0; // the request, 0 for none
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      paint();
    });
  };
}

/** @param {HTMLElement} root @param {Store} store @param {Parts} parts */
function draw(root, store, { stage, timeline, panel, bars, saving }) {
  const { state } = store;
  const { work } = state;
  if (work) root.dataset.state = "working";
  stage.draw();
  if (!work) return;
  timeline.draw();
  panel.draw();
  bars.draw(state, work, stage.zoomed, saving.kept);
  root.dataset.frame = String(work.frame);
  root.dataset.playing = String(work.playing);
}

/** Without a clip. @param {Parts} parts */
function drawEmpty({ timeline, panel }) {
  timeline.draw();
  panel.draw();
}

/** @typedef {ReturnType<typeof openLooks>} Looks */

/**
 * How it is looked at.
 * @param {Store} store @param {Parts} parts @param {() => void} help
 */
function openLooks(store, { stage, timeline }, help) {
  return {
    help,
    /** @param {Option} name */
    option: (name) => store.apply(toggled, name),
    /** Closer or farther; at first close to the selected outline. @param {number} factor */
    zoom(factor) {
      const { work } = store.state;
      if (factor > 1 && stage.zoomed === 1 && work && outlineOf(work)) stage.fit(true);
      else stage.zoom(factor);
    },
    /** All of it, or close to the selected outline. */
    fit: () => stage.fit(stage.zoomed === 1),
    /** Of the timeline. @param {number} factor */
    span: (factor) => timeline.zoom(factor),
    fitSpan: () => timeline.fit(),
    fold: () => timeline.fold(),
  };
}

/** @param {Parts} parts @param {Looks} looks @returns {Record<string, () => unknown>} what the buttons do, by `data-act` */
const buttonActs = ({ contacts, outlines, time, verdicts, queue }, looks) => ({
  accept: () => verdicts.accept(), reject: () => verdicts.reject(), skip: () => verdicts.skip(), back: () => verdicts.back(),
  flag: () => verdicts.flag(), comment: () => verdicts.comment(), again: () => queue.begin(), help: () => looks.help(),
  withdraw: () => verdicts.withdraw(),
  farther: () => looks.span(1 / CLOSER), closer: () => looks.span(CLOSER), span: () => looks.fitSpan(), fold: () => looks.fold(), goTo: () => time.goTo(),
  toggle: () => time.toggle(), slower: () => time.slower(),
  zoomIn: () => looks.zoom(CLOSER), zoomOut: () => looks.zoom(1 / CLOSER), fit: () => looks.fit(),
  addKey: () => outlines.addKey(), brush: () => outlines.takeBrush(false), eraser: () => outlines.takeBrush(true),
  everywhere: () => outlines.everywhere(), snap: () => outlines.snap(true), carry: () => outlines.carry(),
  add: () => contacts.add(), split: () => contacts.split(),
  remove: () => outlines.removeSelectedPoint() || contacts.remove(), join: () => contacts.join(), part: () => contacts.part(), undo: () => contacts.undo(), redo: () => contacts.redo(),
});

/** @param {HTMLElement} root @param {Store} store @param {Parts} parts @param {Looks} looks */
function listenToButtons(root, store, parts, looks) {
  const acts = buttonActs(parts, looks);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.closest("dialog")) return;
    const { act, show } = button.dataset;
    if (act && (store.state.work || ["again", "help"].includes(act))) acts[act]();
    if (show && store.state.work) looks.option(/** @type {Option} */ (show));
    // By mouse: the keys go on working on the clip. By keyboard: the focus stays where it is.
    if (event.detail && !button.closest("form") && !parts.dialogs.busy) parts.stage.focus();
  });
  root.addEventListener("submit", (event) => {
    if (/** @type {HTMLFormElement} */ (event.target).method !== "dialog") event.preventDefault();
  });
}

/**
 * What goes on while the page is open: leases are renewed, what waits is sent, an empty queue is looked at again.
 * @param {HTMLElement} root @param {Store} store @param {Parts} parts
 */
function stay(root, store, { queue, saving, stage }) {
  const renew = setInterval(() => (root.isConnected ? queue.renew() : clearInterval(renew)), RENEW);
  let visible = false;
  new ResizeObserver(() => {
    const now = root.offsetParent !== null;
    if (now && !visible && store.state.work) stage.focus();
    if (now && !visible && ["empty", "failed"].includes(root.dataset.state ?? "")) queue.begin();
    visible = now;
  }).observe(root);
  const look = setInterval(() => {
    if (!root.isConnected) clearInterval(look);
    else if (visible && root.dataset.state === "empty") queue.lookAgain();
  }, LOOK);
  for (const event of ["online", "focus", "pagehide"]) addEventListener(event, () => saving.all());
  root.addEventListener("studio:open", (event) => queue.openClip(/** @type {CustomEvent<number>} */ (event).detail)); // by the gallery
  addEventListener("pagehide", () => queue.leaveAll());
  addEventListener("pageshow", ({ persisted }) => persisted && queue.renew());
  addEventListener("beforeunload", (event) => saving.atRisk && event.preventDefault());
}
