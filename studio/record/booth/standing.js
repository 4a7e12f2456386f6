// Where somebody stands, in words and as a list.

import { element } from "./page.js";

/** @import { Standing, Words } from "./types.d.ts" */

/** @param {Standing} standing */
export function count(standing) {
  const skipped = standing.skipped.length ? `, ${standing.skipped.length} skipped` : "";
  return `${standing.kept.length} of ${standing.plan.length} recorded${skipped}`;
}

/** @param {Standing} standing @param {string} code */
export function resting(standing, code) {
  const way = code ? `with your code ${code}` : "by your login or your code";
  if (standing.next) return `Go on whenever you like, tomorrow too: here, or ${way}.`;
  if (standing.skipped.length) return "That was all but what you skipped. Thank you.";
  return "That was all of them. Thank you.";
}

/** @param {Standing} standing @param {Words} words */
export function list(standing, words) {
  return standing.plan.map((pattern) => {
    const state = standing.kept.includes(pattern) ? "recorded" : standing.skipped.includes(pattern) ? "skipped" : "open";
    const line = element("li", words.patterns[pattern]?.title ?? pattern);
    line.dataset.state = state;
    line.append(element("small", state));
    return line;
  });
}

/** @param {ParentNode} root @param {Words["consent"]} consent */
export function tell(root, consent) {
  const said = consent.points.flatMap(([head, text]) => [element("dt", head), element("dd", text)]);
  root.querySelector(".rc-points")?.replaceChildren(...said);
  root.querySelector(".rc-adult")?.replaceChildren(consent.adult);
  root.querySelector(".rc-agreed")?.replaceChildren(consent.agreed);
}
