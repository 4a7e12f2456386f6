// What was filmed, over and over, with where it is seen to touch.

import { part } from "./page.js";

/** @import { Overlay } from "./types.d.ts" */

export class Player {
  #video;
  #canvas;
  #marks;
  /** @type {Overlay | null} */
  #labels = null;
  #url = "";

  /** @param {ParentNode} root */
  constructor(root) {
    this.#video = part(root, ".rc-clip", HTMLVideoElement);
    this.#canvas = part(root, ".rc-over", HTMLCanvasElement);
    this.#marks = part(root, ".rc-marks");
    this.#video.addEventListener("click", () => this.toggle());
  }

  /** @param {string} url of this page, which is given back by `close` @param {Overlay} labels */
  open(url, labels) {
    this.close();
    [this.#url, this.#labels] = [url, labels];
    [this.#canvas.width, this.#canvas.height] = [labels.width, labels.height];
    this.#marks.replaceChildren(...labels.contacts.map((contact) => bar(contact, labels)), document.createElement("b"));
    this.#video.src = url;
    this.#follow();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.#video.play().catch(() => {});
  }

  toggle() {
    if (this.#video.paused) this.#video.play().catch(() => {});
    else this.#video.pause();
  }

  close() {
    this.#labels = null;
    this.#video.pause();
    this.#video.removeAttribute("src");
    this.#video.load();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
  }

  // Called for every frame that is really on the screen: its time says which one it is.
  #follow() {
    this.#video.requestVideoFrameCallback((_, shown) => {
      if (!this.#labels) return;
      this.#draw(this.#labels, Math.min(Math.round(shown.mediaTime * this.#labels.fps), this.#labels.frames - 1));
      this.#follow();
    });
  }

  /** @param {Overlay} labels @param {number} frame */
  #draw(labels, frame) {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    pen.clearRect(0, 0, labels.width, labels.height);
    part(this.#marks, "b").style.left = `${(100 * (frame + 0.5)) / labels.frames}%`;
    pen.fillStyle = "rgb(255 96 56 / 0.38)";
    pen.strokeStyle = "white";
    pen.lineWidth = labels.width / 260;
    for (const contact of labels.contacts) {
      const outline = contact.polygons[frame - contact.start] ?? [];
      pen.beginPath();
      outline.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.fill();
      pen.stroke();
    }
  }
}

/**
 * A contact's place in the time of the clip.
 * @param {Overlay["contacts"][number]} contact @param {Overlay} labels
 */
function bar(contact, labels) {
  const node = document.createElement("i");
  node.style.left = `${(100 * contact.start) / labels.frames}%`;
  node.style.width = `${(100 * (contact.end + 1 - contact.start)) / labels.frames}%`;
  return node;
}
