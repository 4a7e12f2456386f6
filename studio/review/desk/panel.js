// The side panel: the selected contact's hand, finger and region; changes, history and comments of the clip.

import { difference } from "./difference.js";
import { button, element, mark, part, parts } from "./dom.js";
import { FACE_KEYS } from "./keys.js";
import { mayWithdraw } from "./sent.js";
import { contactOf, mayEdit, selectedContacts, selectionOf, touchOf } from "./work.js";
import { COLOURS, REVISIONS, describeTouch, spoken, when, withoutOutline } from "./words.js";

/** @import { Change, History, Labels, Revision, Store, Touch, Work, Words } from "./types.d.ts" */

const SAID = ["comment", "flag", "unflag", "skip", "rejected"];

/**
 * What the panel's buttons ask for.
 * @typedef {object} Asked
 * @property {(field: keyof Touch, value: string) => void} set this alone
 * @property {(field: "finger" | "region", value: string) => void} toggle one more, or one less
 * @property {(name: string, labels: Labels) => void} edit
 * @property {(number: number) => void} compare with a revision
 * @property {(number: number) => void} restore a revision
 * @property {(number: number) => void} gold a revision, 0 for none
 * @property {() => void} loadHistory
 */

export class Panel {
  #root;
  #store;
  #asked;
  /** @type {[field: keyof Touch, value: string, node: HTMLElement][]} */
  #choices;
  /** @type {unknown[]} */
  #drawn = [];

  /** @param {HTMLElement} root @param {Store} store @param {Words} words @param {Asked} asked */
  constructor(root, store, words, asked) {
    this.#root = root;
    this.#store = store;
    this.#asked = asked;
    this.#choices = [...this.#hands(words), ...this.#fingers(words), ...this.#regions(words)];
    for (const tab of parts(root, "[data-tab]")) tab.addEventListener("click", () => this.#turnTo(tab.dataset.tab ?? ""));
  }

  /** Whether history or comments are looked at. */
  get showsHistory() {
    return ["history", "comments"].some((name) => !this.#part(`[data-page=${name}]`).hidden);
  }

  draw() {
    const { work } = this.#store.state;
    const contact = contactOf(work);
    const editable = mayEdit(work);
    const key = [work?.turn, work?.labels, contact, work?.history, work?.selected, work?.also, work?.preview, editable];
    if (this.#drawn.length && key.every((value, i) => value === this.#drawn[i])) return;
    this.#drawn = key;
    part(this.#root, ".rv-editor", HTMLFieldSetElement).disabled = !contact || !editable;
    this.#part(".rv-what").textContent = whatIs(work);
    const chosen = selectedContacts(work);
    for (const [field, value, node] of this.#choices) mark(node, "aria-pressed", chosen.some((one) => one[field] === value));
    if (!work) return;
    const without = work.labels.contacts.filter((one) => !one.keyframes.length).length;
    this.#part(".rv-missing").hidden = !without;
    this.#part(".rv-missing").textContent = withoutOutline(without);
    this.#part("[data-act=withdraw]").hidden = !mayWithdraw(this.#store.state, work.claim.clip.id);
    this.#drawChanges(work, editable);
    if (work.history) this.#drawHistory(work, work.history, editable);
    this.#drawRivals(work);
  }

  /** @param {string} selector */
  #part(selector) {
    return part(this.#root, selector);
  }

  /** @param {Words} words */
  #hands({ hands }) {
    const nodes = hands.map((hand) => this.#choice("hand", hand, `${hand} hand`, ""));
    this.#part(".rv-hands").replaceChildren(...nodes.map(([, , node]) => node));
    return nodes;
  }

  /** @param {Words} words */
  #fingers({ fingers }) {
    const nodes = fingers.map((finger, i) => this.#choice("finger", finger, finger, `${i + 1}`));
    for (const [, finger, node] of nodes) node.style.setProperty("--finger", COLOURS[finger]);
    this.#part(".rv-fingers").replaceChildren(...nodes.map(([, , node]) => node));
    return nodes;
  }

  /** Those that have a key as they lie on the face, then all others. @param {Words} words */
  #regions({ regions }) {
    const others = regions.filter((region) => !FACE_KEYS.some(([its]) => its === region));
    const cells = [...FACE_KEYS, ...others.map((region) => [region, ""])].map(([region, key]) => (region ? this.#choice("region", region, shortName(region), key) : null));
    for (const cell of cells) {
      if (!cell) continue;
      const [, region, node] = cell;
      node.dataset.region = region;
      // Who speaks to the page says what is seen.
      const seen = [...node.children].map((child) => child.textContent).join(" ");
      if (shortName(region) !== spoken(region)) node.setAttribute("aria-label", `${seen}, ${spoken(region)}`);
    }
    this.#part(".rv-regions").replaceChildren(...cells.map((cell) => cell?.[2] ?? element("span")));
    return cells.filter((cell) => cell !== null);
  }

  /** @param {keyof Touch} field @param {string} value @param {string} words @param {string} key @returns {[keyof Touch, string, HTMLElement]} */
  #choice(field, value, words, key) {
    const press = (/** @type {MouseEvent} */ { shiftKey }) => {
      // As the keys: fingers are more or less, Shift is one alone; a region is one alone, Shift is more or less.
      if (field === "hand" || shiftKey === (field === "finger")) this.#asked.set(field, value);
      else this.#asked.toggle(field, value);
    };
    return [field, value, button(words, key, press, "rv-choice")];
  }

  /** @param {string} name of a tab */
  #turnTo(name) {
    for (const tab of parts(this.#root, "[data-tab]")) mark(tab, "aria-selected", tab.dataset.tab === name);
    for (const page of parts(this.#root, "[data-page]")) page.hidden = page.dataset.page !== name;
    if (name !== "changes") this.#asked.loadHistory();
  }

  /** @param {Work} work @param {boolean} editable */
  #drawChanges({ prelabel, labels }, editable) {
    const changes = difference(prelabel, labels);
    this.#part("[data-tab=changes] b").textContent = changes.length ? String(changes.length) : "";
    const none = element("p", "rv-quiet", `As pre-labelled by ${prelabel.author} (${prelabel.source}).`);
    const page = this.#part("[data-page=changes]");
    page.replaceChildren(changes.length ? changeList(changes) : none);
    if (!changes.length || !editable) return;
    const back = () => this.#asked.edit("back to the pre-label", { ...labels, contacts: prelabel.contacts });
    page.append(button("Back to the pre-label", "", back, "rv-small"));
  }

  /** @param {Work} work @param {History} history @param {boolean} editable */
  #drawHistory(work, history, editable) {
    const items = history.revisions.map((revision) => this.#revisionNode(work, revision, history.conflicts.includes(revision.number), editable));
    this.#part(".rv-revisions").replaceChildren(...items);
    const said = history.events.filter((event) => SAID.includes(event.action));
    const lines = said.length ? said.map(eventNode) : [element("li", "rv-quiet", "Nothing was said about this clip.")];
    this.#part(".rv-comments").replaceChildren(...lines);
    const comments = said.filter((event) => event.action === "comment").length;
    this.#part("[data-tab=comments] b").textContent = comments ? String(comments) : "";
  }

  /** @param {Work} work @param {Revision} revision @param {boolean} unsettled @param {boolean} editable */
  #revisionNode(work, revision, unsettled, editable) {
    const { number, kind, author, created, note } = revision;
    const item = element("li");
    item.append(element("b", "", `Revision ${number}`), element("span", "", `${REVISIONS[kind] ?? kind} by ${author}, ${when(created)}`));
    if (note) item.append(element("q", "", note));
    if (unsettled) item.append(element("em", "", "not merged"));
    const isGold = number === work.claim.clip.gold;
    if (isGold) item.append(element("em", "", "gold: annotators are checked against it"));
    const row = element("span", "rv-do");
    row.append(button("Compare", "", () => this.#asked.compare(number), "rv-small"));
    if (number !== work.seen && editable) row.append(button("Restore", "", () => this.#asked.restore(number), "rv-small"));
    if (this.#store.state.session?.role === "admin") row.append(button(isGold ? "Not gold" : "Make gold", "", () => this.#asked.gold(isGold ? 0 : number), "rv-small"));
    item.append(row);
    return item;
  }

  /**
   * What an adjudicator decides between.
   * @param {Work} work
   */
  #drawRivals({ claim: { rivals }, labels }) {
    const place = this.#part(".rv-rivals");
    place.hidden = !rivals.length;
    place.replaceChildren(
      element("b", "", "Two people labelled this clip differently: take one, then correct it."),
      ...rivals.map((rival) => {
        const take = () => this.#asked.edit(`take ${rival.author}'s`, { ...labels, contacts: rival.labels.contacts });
        return button(`${rival.author}: ${rival.state}, ${rival.labels.contacts.length} contacts`, "", take, "rv-small");
      }),
      ...(rivals.length === 2 ? [changeList(difference(rivals[0].labels, rivals[1].labels))] : []),
    );
  }
}

/** What is selected, in words. @param {Work | null} work */
function whatIs(work) {
  const touch = touchOf(work);
  if (!work || !touch.length) return work?.labels.contacts.length ? "No contact selected" : "No contacts yet";
  const others = selectionOf(work).size - 1;
  return others ? `${describeTouch(touch)}, and ${others} more` : describeTouch(touch);
}

/** @param {readonly Change[]} changes */
export function changeList(changes) {
  const list = element("ul", "rv-changes");
  for (const change of changes) {
    const item = element("li", `rv-${change.kind}`);
    item.append(element("b", "", `${change.id} ${change.kind}`), ...change.lines.map((line) => element("span", "", line)));
    list.append(item);
  }
  return list;
}

/** @param {History["events"][number]} event */
function eventNode({ action, person, detail, created }) {
  const item = element("li");
  item.append(element("b", "", person), element("span", "", `${action === "comment" ? "" : `${action}, `}${when(created)}`));
  if (detail) item.append(element("p", "", detail));
  return item;
}

/** @param {string} region */
function shortName(region) {
  const short = spoken(region).replace("left ", "L ").replace("right ", "R ").replace("nose ", "");
  return region.startsWith("nose") ? `nose ${short}` : short;
}
