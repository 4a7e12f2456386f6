// Which clip is on the desk: what this tab had, the next one, and the one after it, decoded ahead.

import { Frames } from "./frames.js";
import { readHands } from "./hands.js";
import { holdClip } from "./locks.js";
import { Refused } from "./server.js";
import { ofTab } from "./storage.js";
import { readTrack } from "./track.js";
import { SPEEDS, closed, grasped, left, opened, signedIn, tracked } from "./transitions.js";
import { keptUndo } from "./undo.js";
import { isVisitor } from "./words.js";
import { newWork } from "./work.js";

/** @import { Claim, Prepared, Store } from "./types.d.ts" */
/** @import { Filters } from "./filters.js" */
/** @import { Notices } from "./notices.js" */
/** @import { Saving } from "./saving.js" */
/** @import { Server } from "./server.js" */

const CURRENT = "studio.review.current"; // which clip this tab was on: a reload goes on with it
const NOTHING = /** @type {const} */ (["Nothing waits for you", "Send a generated clip to review, import clips, or choose another queue on the right."]);
const CLOSED = "No clip is open to visitors here";
const KEPT = "What you did is kept in this browser, and sent later.";

/**
 * What the page does as clips come and go.
 * @typedef {object} Shown
 * @property {() => void} opened a clip lies on the desk
 * @property {() => void} render a frame is there that is to be drawn
 * @property {(clip: number, ms: number) => void} ready the next clip is drawn, ms after the last verdict
 */

export class Queue {
  #store;
  #server;
  #notices;
  #saving;
  #filters;
  #shelf;
  #entry;
  #shown;
  #person = "";
  #turns = 0;
  #wish = 0; // how often other clips were wanted
  /** @type {Prepared | null} */
  #current = null;
  /** @type {Prepared | null} */
  #next = null;
  /** @type {Promise<void> | null} */
  #preparing = null;

  /**
   * @param {Store} store @param {Server} server @param {Notices} notices @param {Saving} saving @param {Filters} filters
   * @param {Element} shelf where videos are decoded @param {string} entry what a visitor is told for whom nothing is open
   * @param {Shown} shown
   */
  constructor(store, server, notices, saving, filters, shelf, entry, shown) {
    this.#store = store;
    this.#server = server;
    this.#notices = notices;
    this.#saving = saving;
    this.#filters = filters;
    this.#shelf = shelf;
    this.#entry = entry;
    this.#shown = shown;
    store.watch(({ work }, { work: before }) => {
      const moved = work?.turn === before?.turn && (work?.frame !== before?.frame || before?.playing);
      if (work && moved && !work.playing) this.#current?.frames.rest(work.frame);
      if (work?.playing) this.#current?.frames.play(work.frame, SPEEDS[store.state.speed]);
    });
  }

  /** The picture of a frame of the clip at hand, null while it is not there. @param {number} frame */
  imageOf(frame) {
    return this.#current?.frames.at(frame) ?? null;
  }

  /** Whether that picture is of the frame. @param {number} frame */
  isExact(frame) {
    return this.#current?.frames.exact(frame) ?? false;
  }

  /** What this tab had, or the next clip. */
  async begin() {
    this.#notices.note(null);
    this.#blank("opening", "Opening…");
    try {
      const session = await this.#server.openSession();
      this.#person = session.person;
      this.#saving.begin(session.person);
      this.#store.apply(signedIn, session);
      this.#filters.draw(session.role);
      const prepared = await this.#resumed(session.mine);
      if (prepared) await this.#open(prepared);
      else await this.#advance();
      this.#saving.all(true);
      this.#prepareNext();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#blank("failed", error.status === 401 ? "You are logged out" : "The clip could not be opened", error.message, true);
    }
  }

  /** On to the next clip; this one may be come back to. */
  async leave() {
    const { work } = this.#store.state;
    if (work) this.#store.apply(left, work.claim.clip.id);
    this.#notices.note(null);
    const gone = await this.#notices.attempt(async () => {
      await this.#advance();
      return true;
    });
    if (!gone && this.#store.state.work?.turn === work?.turn) this.#blank("failed", "The next clip could not be opened", KEPT, true);
  }

  /** A clip of this person's own choice. @param {number} clip */
  async openClip(clip) {
    await this.#notices.attempt(async () => {
      const claim = await this.#server.ask("open", { clip });
      const release = await holdClip(this.#person, clip);
      if (!release) return this.#notices.note(`Clip ${clip} is open in another tab of this browser.`);
      this.#saving.reopen(clip);
      await this.#open(this.#prepare(claim, release));
    });
  }

  /** Other clips are wanted: the next one goes back, also one that is still being claimed; another is claimed. */
  async choose() {
    this.#wish++;
    const next = this.#next;
    this.#next = null;
    if (next) await this.#giveBack(next);
    if (this.#preparing) await this.#preparing;
    if (this.#store.state.work) this.#prepareNext();
    else this.begin();
  }

  /** The tab is closed, or the page loaded again: the server lets go of its clips, unless they are taken up at once. */
  leaveAll() {
    for (const work of [this.#store.state.work, this.#next?.work]) {
      if (!work?.lease || work.looking) continue;
      this.#server.ask("leave", { clip: work.claim.clip.id, lease: work.lease }, { keepalive: true }).catch(() => {});
    }
  }

  /** Looks again where nothing waited, as soon as something does. */
  async lookAgain() {
    const answer = await this.#server.ask("waiting", this.#filters.chosen()).catch(() => null);
    if (answer?.waiting && !this.#store.state.work) await this.begin();
  }

  /** @param {Prepared} prepared */
  async #giveBack(prepared) {
    putAway(prepared);
    await this.#server.ask("release", { clip: prepared.work.claim.clip.id, lease: prepared.work.lease }).catch(() => {});
  }

  /** Says to the server that the clips are still worked on. */
  renew() {
    for (const work of [this.#store.state.work, this.#next?.work]) {
      if (!work?.lease || work.looking) continue;
      this.#server.ask("renew", { clip: work.claim.clip.id, lease: work.lease }).catch((error) => {
        if (error.status !== 410 || this.#store.state.work?.turn !== work.turn) return;
        this.#notices.note(error.message, [["Next clip", () => this.leave()]]);
      });
    }
  }

  /** @param {Claim} claim @param {(() => void) | null} release @returns {Prepared} */
  #prepare(claim, release) {
    const { clip } = claim;
    const turn = ++this.#turns;
    const client = crypto.randomUUID?.() ?? `${Math.random()}${Date.now()}`;
    const work = newWork(turn, claim, client, this.#saving.draft(clip.id), (labels) => keptUndo(this.#person, clip.id, labels));
    const frames = new Frames(this.#server.videoUrl(clip), this.#server.named, clip, this.#shelf, (frame) => this.#decoded(turn, frame));
    frames.at(work.frame);
    const tracking = this.#measured(this.#server.trackUrl(clip)).then((answer) => answer && readTrack(answer));
    const grasping = () => this.#measured(this.#server.handsUrl(clip)).then((answer) => answer && readHands(answer));
    return { work, frames, release, tracking, grasping };
  }

  /** What the server has measured, null where there is none. @param {string} url @returns {Promise<any>} */
  #measured = (url) => fetch(url, { headers: this.#server.named }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

  /** @param {number} turn @param {number} frame */
  #decoded(turn, frame) {
    const { work } = this.#store.state;
    if (work?.turn === turn && (frame === work.frame || !work.playing)) this.#shown.render();
  }

  /** @param {Prepared} prepared */
  async #open(prepared) {
    if (this.#current) putAway(this.#current);
    this.#current = prepared;
    const { turn, claim } = prepared.work;
    const { clip } = claim;
    ofTab.set(CURRENT, String(clip.id));
    this.#store.apply(opened, prepared.work, performance.now());
    prepared.tracking
      .then((track) => this.#store.apply(tracked, turn, track))
      .then(() => (this.#store.state.work?.turn === turn ? prepared.grasping() : null))
      .then((hands) => hands && this.#store.apply(grasped, turn, hands));
    this.#shown.opened();
    this.#saving.now(clip.id);
    if (claim.held_by) this.#notices.note(`${claim.held_by} has this clip open: you can look, and take the next one.`, [["Next clip", () => this.leave()]]);
    await prepared.frames.first.catch((error) => this.#notices.note(error.message));
  }

  /**
   * The clip this tab had, else one that is held and open in no other tab; a second one is the next.
   * @param {readonly Claim[]} mine newest first
   */
  async #resumed(mine) {
    const current = Number(ofTab.get(CURRENT));
    const rank = (/** @type {Claim} */ { clip }) => (clip.id === current ? 2 : this.#saving.draft(clip.id) ? 1 : 0);
    const claims = mine.filter(({ clip }) => !this.#saving.draft(clip.id)?.verdict).reverse(); // the one that was claimed first
    /** @type {Prepared[]} */
    const prepared = [];
    for (const claim of claims.sort((a, b) => rank(b) - rank(a))) {
      const release = await holdClip(this.#person, claim.clip.id);
      if (release && prepared.push(this.#prepare(claim, release)) === 2) break;
    }
    this.#next = prepared[1] ?? this.#next;
    return prepared[0] ?? null;
  }

  async #take() {
    const claim = await this.#server.ask("claim", this.#filters.chosen());
    if (!claim.clip) return null;
    return this.#prepare(claim, await holdClip(this.#person, claim.clip.id));
  }

  /** Claims the clip after this one, and decodes it while this one is worked on. */
  #prepareNext() {
    if (this.#next) return;
    const wish = this.#wish;
    this.#preparing ??= this.#take()
      .then(
        (prepared) => {
          if (prepared && wish !== this.#wish) return this.#giveBack(prepared);
          this.#next = prepared;
        },
        () => {},
      )
      .finally(() => {
        this.#preparing = null;
        this.#filters.count();
      });
  }

  async #advance() {
    const since = performance.now();
    if (this.#preparing) await this.#preparing;
    const prepared = this.#next ?? (await this.#take());
    this.#next = null;
    if (!prepared) {
      ofTab.set(CURRENT, "");
      const [head, text] = isVisitor(this.#person) ? [CLOSED, this.#entry] : NOTHING;
      return this.#blank("empty", head, text, true);
    }
    await this.#open(prepared);
    await new Promise(requestAnimationFrame); // it is drawn
    this.#shown.ready(prepared.work.claim.clip.id, performance.now() - since);
    this.#prepareNext();
  }

  /** @param {"opening" | "empty" | "failed"} state @param {string} head */
  #blank(state, head, text = "", again = false) {
    if (this.#current) putAway(this.#current);
    this.#current = null;
    this.#store.apply(closed);
    this.#notices.blank(state, head, text, again);
  }
}

/** @param {Prepared} prepared */
function putAway({ frames, release }) {
  frames.close();
  release?.();
}
