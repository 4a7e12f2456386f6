// The camera: opened, named, filmed with; and why there is none.

import { after } from "./page.js";

export const SECONDS = 3;
const WANTED = { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"]; // what browsers film, the cheapest first
const BITS = 6e6; // a second
const REFUSED = /** @type {Record<string, string>} */ ({
  NotAllowedError: "The camera was not allowed. Allow it for this page in the browser, by the sign beside the address, then try again.",
  NotFoundError: "No camera was found. Connect one, or open this page on a phone.",
  NotReadableError: "The camera is in use by another program, or does not start. Close the other program, then try again.",
});
const OTHERWISE = /** @type {Record<string, string>} */ ({
  SecurityError: "NotAllowedError", OverconstrainedError: "NotFoundError", AbortError: "NotReadableError", TrackStartError: "NotReadableError",
});

/** Why this page can have no camera whatever is allowed; empty where it can. */
export function hindrance() {
  if (!window.isSecureContext) {
    return "Browsers give the camera only to pages that come encrypted (https) or from this machine (localhost). Open this page by its https address.";
  }
  if (!navigator.mediaDevices?.getUserMedia) return "This browser gives pages no camera. Use a current Chrome, Edge, Firefox or Safari.";
  if (typeof MediaRecorder === "undefined") return "This browser cannot film. Use a current Chrome, Edge, Firefox or Safari.";
  return "";
}

/**
 * The camera's picture, without sound; raises an error with a sentence.
 * @returns {Promise<MediaStream>}
 */
export async function opened() {
  const why = hindrance();
  if (why) throw new Error(why);
  try {
    return await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw new Error(REFUSED[OTHERWISE[name] ?? name] ?? "The camera cannot be opened. Try again, or use another browser.", { cause: error });
  }
}

/** @param {MediaStream} stream */
export const closed = (stream) => stream.getTracks().forEach((track) => track.stop());

/**
 * What the browser tells of the device: a phone by its model, a webcam by its name.
 * @param {MediaStream} stream @returns {Promise<string>}
 */
export async function named(stream) {
  const agent = /** @type {any} */ (navigator).userAgentData;
  const told = await agent?.getHighEntropyValues?.(["model"]).catch(() => null);
  const apple = /\b(iPhone|iPad)\b/.exec(navigator.userAgent)?.[1];
  const phone = told?.model || apple;
  const camera = stream.getVideoTracks()[0].label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "");
  return (phone ? `phone: ${phone}` : `webcam: ${camera || "not told"}`).slice(0, 100);
}

/**
 * What the camera sees from now on, for SECONDS; raises an error with a sentence where it stops before.
 * @param {MediaStream} stream @param {AbortSignal} signal @returns {Promise<Blob>}
 */
export async function filmed(stream, signal) {
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), videoBitsPerSecond: BITS });
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener("stop", resolve);
    recorder.addEventListener("error", () => reject(new Error("The camera stopped while it filmed. Once more?")));
  });
  const begun = new Promise((resolve) => { recorder.addEventListener("start", resolve); });
  recorder.start();
  await Promise.race([begun, stopped]);
  await Promise.race([after(SECONDS * 1000), stopped, new Promise((resolve) => { signal.addEventListener("abort", resolve); })]);
  const early = recorder.state === "inactive" && !signal.aborted; // its only track ended
  if (recorder.state !== "inactive") recorder.stop();
  await stopped;
  if (early || document.hidden) throw new Error("The camera stopped, or the page was out of sight. Once more?");
  return new Blob(parts, { type: recorder.mimeType });
}
