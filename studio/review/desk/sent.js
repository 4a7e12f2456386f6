// The clips that one sent to review oneself, and may take back.

import { button, element, part } from "./dom.js";

/** @import { Session, State } from "./types.d.ts" */

/**
 * @param {HTMLElement} root @param {Session} session
 * @param {(clip: number) => void} withdraw
 */
export function drawSent(root, { sent }, withdraw) {
  const place = part(root, ".rv-sent");
  place.hidden = !sent.length;
  const buttons = sent.map((clip) => button(`Withdraw clip ${clip}`, "", () => withdraw(clip), "rv-small"));
  place.replaceChildren(element("p", "rv-quiet", "You sent to review:"), ...buttons);
}

/**
 * Whether one may take a clip back: it is one's own, or one is admin.
 * @param {State} state @param {number} clip
 */
export const mayWithdraw = ({ session }, clip) => session !== null && (session.role === "admin" || session.sent.includes(clip));
