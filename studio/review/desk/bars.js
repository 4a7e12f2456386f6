// What stands above and below the picture: which clip it is, where saving stands, what the buttons say.

import { secondsAt } from "./clock.js";
import { difference } from "./difference.js";
import { mark, part, parts } from "./dom.js";
import { isVisitor, saveWords } from "./words.js";

/** @import { Clip, Labels, Option, Session, State, Work } from "./types.d.ts" */

const SPEED_WORDS = ["1×", "½×", "¼×"];

/**
 * Whether the labels are others than the pre-label.
 * @param {Work} work
 */
export const isChanged = ({ prelabel, labels }) => difference(prelabel, labels).length > 0;

/** @param {HTMLElement} root */
export function openBars(root) {
  const act = (/** @type {string} */ name) => part(root, `[data-act=${name}]`, HTMLButtonElement);
  const buttons = { flag: act("flag"), everywhere: act("everywhere"), brush: act("brush"), eraser: act("eraser"), undo: act("undo"), redo: act("redo") };
  const texts = { frame: part(root, ".rv-frame"), zoom: part(root, ".rv-zoom"), speed: part(root, ".rv-speed"), accept: part(root, "[data-act=accept] span") };
  const options = parts(root, "[data-show]");
  const save = part(root, ".rv-save");
  /** @type {[Labels, Labels, boolean] | null} */
  let compared = null; // pre-label, labels, whether they differ

  /** @param {Work} work */
  function changed(work) {
    if (compared?.[0] !== work.prelabel || compared[1] !== work.labels) compared = [work.prelabel, work.labels, isChanged(work)];
    return compared[2];
  }

  /** @param {State} state @param {Work} work @param {number} zoom @param {boolean} kept whether what waits is kept by the browser */
  function draw({ brush, show, speed }, work, zoom, kept) {
    const { clip } = work.claim;
    texts.frame.textContent = `${String(work.frame).padStart(2, "0")} / ${clip.frames - 1} · ${secondsAt(clip, work.frame).toFixed(2)} s`;
    texts.zoom.textContent = `${Math.round(zoom * 10) / 10}×`;
    texts.speed.textContent = SPEED_WORDS[speed];
    texts.accept.textContent = changed(work) ? "Correct" : "Accept";
    for (const button of options) mark(button, "aria-pressed", show[/** @type {Option} */ (button.dataset.show)]);
    mark(buttons.flag, "aria-pressed", clip.flagged);
    mark(buttons.everywhere, "aria-pressed", work.everywhere);
    mark(buttons.brush, "aria-pressed", brush.on && !brush.erase);
    mark(buttons.eraser, "aria-pressed", brush.on && brush.erase);
    buttons.undo.disabled = !work.undo.length;
    buttons.redo.disabled = !work.redo.length;
    save.textContent = saveWords(work, kept);
    save.dataset.kind = work.save.kind;
    save.dataset.revision = String(work.seen);
  }

  /**
   * Which clip it is.
   * @param {Work | null} work
   */
  function drawHead(work) {
    const facts = part(root, ".rv-facts");
    if (work) {
      const { clip } = work.claim;
      part(root, ".rv-name").textContent = titleOf(clip);
      facts.textContent = factsOf(clip, work.prelabel).filter(Boolean).join(" · ");
      facts.title = clip.file_name;
    } else {
      part(root, ".rv-name").textContent = "Review";
      facts.textContent = save.textContent = "";
    }
  }

  return { draw, drawHead };
}

/**
 * The pattern; of a clip that shows none, the file's own name.
 * @param {Clip} clip
 */
const titleOf = ({ pattern, file_name }) =>
  pattern === "none" ? (file_name.split("/").at(-1) ?? file_name) : pattern.replace("-", " · ").replaceAll("-", " ");

/** @param {Clip} clip @param {Labels} prelabel */
const factsOf = (clip, prelabel) => [
  `clip ${clip.id}`, clip.subject, clip.environment, `${prelabel.source} by ${prelabel.author}`,
  clip.state === "unreviewed" ? "" : clip.state, clip.gold ? "gold" : "",
];

/**
 * Whose name stands under what is done.
 * @param {HTMLElement} root @param {Session} session
 */
export function drawWho(root, { person, role }) {
  part(root, ".rv-who").textContent = isVisitor(person) ? `${person}: this browser's name, nobody is logged in` : `${person} · ${role}`;
}
