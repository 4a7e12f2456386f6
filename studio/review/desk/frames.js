// A clip's frames, every one decoded once to a bitmap, so that scrubbing and playing are exact and instant. Of a long clip
// that would take minutes, and leave little of each: its video is sought where one is, and plays by itself.

/** @import { Clip } from "./types.d.ts" */

const PIXELS = 24e6; // kept for one clip; larger clips are kept smaller, and drawn sharp where one rests
const LONG = 1200; // frames
const DRIFT = 0.15; // s that a playing video may be off
const PATIENCE = 1000; // ms for a frame to be shown; pages in the background are not painted
const LOOK = 4; // ms between looks for the first frame

export class Frames {
  /** Resolves when the frame that is wanted is there; rejects where the video cannot be had. */
  first;
  #clip;
  #video;
  #onFrame;
  #smaller;
  #long;
  #ready = false; // the video of a long clip
  #size;
  /** @type {(ImageBitmap | null)[]} */
  #bitmaps;
  #wanted = 0;
  #closed = false;
  #url = "";
  /** @type {number | null} */
  #resting = null; // the frame that the video element shows
  /** @type {number | null} */
  #aim = null; // the one that it shall show
  #aiming = false;

  /**
   * @param {string} url @param {Record<string, string>} headers that it is asked with @param {Clip} clip @param {Element} shelf where the video element lies
   * @param {(frame: number) => void} onFrame hears of every frame that is there
   */
  constructor(url, headers, clip, shelf, onFrame) {
    this.#clip = clip;
    this.#onFrame = onFrame;
    this.#video = document.createElement("video");
    Object.assign(this.#video, { muted: true, preload: "auto", playsInline: true });
    this.#video.setAttribute("aria-hidden", "true");
    shelf.append(this.#video);
    const scale = Math.min(1, Math.sqrt(PIXELS / (clip.width * clip.height * clip.frames)));
    this.#long = clip.frames > LONG;
    this.#smaller = scale < 1;
    this.#size = /** @type {const} */ ({ resizeWidth: Math.round(clip.width * scale), resizeHeight: Math.round(clip.height * scale), resizeQuality: "high" });
    this.#bitmaps = new Array(clip.frames).fill(null);
    this.first = this.#firstOf(this.#fill(url, headers));
    this.first.catch(() => {}); // told when the clip is shown
  }

  /**
   * What to draw for a frame, or null while it is not there.
   * @param {number} frame
   */
  at(frame) {
    this.#wanted = frame;
    if (this.#long) return this.#ready ? this.#video : null;
    return this.#resting === frame && !this.#aiming ? this.#video : this.#bitmaps[frame];
  }

  /** Whether what is drawn for a frame is that frame. @param {number} frame */
  exact(frame) {
    return !this.#long || (this.#resting === frame && !this.#aiming) || !this.#video.paused;
  }

  /**
   * A long clip plays by itself; its frame is the one that the clock says.
   * @param {number} frame @param {number} speed
   */
  play(frame, speed) {
    if (!this.#long || !this.#ready) return;
    const time = frame / this.#clip.fps;
    this.#resting = null;
    this.#video.playbackRate = speed;
    if (Math.abs(this.#video.currentTime - time) > DRIFT) this.#video.currentTime = time;
    if (this.#video.paused) this.#video.play().catch(() => {});
  }

  /**
   * A clip that is kept smaller is shown at full size where one stays.
   * @param {number} frame
   */
  async rest(frame) {
    if (this.#closed || (this.#long ? !this.#ready : !this.#smaller || this.#bitmaps.includes(null))) return;
    if (!this.#video.paused) this.#video.pause();
    this.#aim = frame;
    if (this.#aiming) return;
    this.#aiming = true;
    while (!this.#closed && this.#resting !== this.#aim) {
      this.#resting = null;
      const to = this.#aim;
      await this.#seek(to);
      this.#resting = to;
    }
    this.#aiming = false;
    if (!this.#closed && this.#resting !== null) this.#onFrame(this.#resting);
  }

  close() {
    this.#closed = true;
    for (const bitmap of this.#bitmaps) bitmap?.close();
    this.#video.removeAttribute("src");
    this.#video.load();
    this.#video.remove();
    if (this.#url) URL.revokeObjectURL(this.#url);
  }

  /** @param {string} url @param {Record<string, string>} headers */
  async #load(url, headers) {
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "The video did not arrive.");
    this.#url = URL.createObjectURL(await answer.blob());
    await new Promise((resolve, reject) => {
      this.#video.onloadeddata = resolve;
      this.#video.onerror = () => reject(new Error("This browser cannot play the clip's video."));
      this.#video.src = this.#url;
    });
  }

  /** @param {string} url @param {Record<string, string>} headers */
  async #fill(url, headers) {
    await this.#load(url, headers);
    if (this.#long) {
      await this.#seek(this.#wanted);
      [this.#ready, this.#resting] = [true, this.#wanted];
      return this.#onFrame(this.#wanted);
    }
    for (let left = this.#clip.frames; left > 0 && !this.#closed; left--) {
      const k = this.#nextMissing();
      await this.#seek(k);
      if (this.#closed) return;
      this.#bitmaps[k] = await createImageBitmap(this.#video, this.#size);
      this.#onFrame(k);
    }
    if (this.#smaller) this.rest(this.#wanted);
  }

  #nextMissing() {
    for (let d = 0; ; d++) {
      for (const k of [this.#wanted + d, this.#wanted - d]) if (this.#bitmaps[k] === null) return k;
    }
  }

  /**
   * Resolves when a frame is on the video element.
   * @param {number} k @returns {Promise<void>}
   */
  #seek(k) {
    const { fps } = this.#clip;
    const video = this.#video;
    return new Promise((resolve) => {
      const done = () => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => (this.#closed || !video.seeking) && done(), PATIENCE);
      const time = Math.min((k + 0.5) / fps, video.duration - 0.001);
      // The frame of an earlier seek may still come: its time tells.
      const shown = (/** @type {number} */ _, /** @type {VideoFrameCallbackMetadata} */ { mediaTime }) =>
        mediaTime <= time && time - mediaTime < 1.5 / fps ? done() : video.requestVideoFrameCallback(shown);
      if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(shown);
      else /** @type {HTMLVideoElement} */ (video).onseeked = done;
      video.currentTime = time;
    });
  }

  /** @param {Promise<void>} ready @returns {Promise<void>} */
  #firstOf(ready) {
    return new Promise((resolve, reject) => {
      const look = setInterval(() => {
        if (!this.#ready && !this.#bitmaps[this.#wanted]) return;
        clearInterval(look);
        resolve();
      }, LOOK);
      ready.catch((error) => {
        clearInterval(look);
        reject(error);
      });
    });
  }
}
