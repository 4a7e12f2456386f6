// Drafts and verdicts on their way, and what becomes of them.

import { Courier, PAUSE } from "./courier.js";
import { Outbox } from "./outbox.js";
import { Refused } from "./server.js";
import { conflicted, stored, told } from "./transitions.js";
import { plain } from "./touches.js";
import { keepUndo } from "./undo.js";
import { draftOf } from "./work.js";

/** @import { Labels, News, State, Store, Work } from "./types.d.ts" */
/** @import { Ask } from "./server.js" */
/** @import { Dialogs } from "./dialogs.js" */
/** @import { Notices } from "./notices.js" */

/**
 * Where saving leads to.
 * @typedef {object} Ways
 * @property {() => Promise<void>} leave this clip
 * @property {(clip: number) => Promise<void>} openClip
 * @property {() => void} loadHistory
 */

const LOST = ["conflict", "refused"]; // a person has to decide
const LATER = ["offline", "failing"];

export class Saving {
  #store;
  #ask;
  #notices;
  #dialogs;
  #ways;
  #person = "";
  /** @type {Outbox | null} */
  #outbox = null;
  /** @type {Courier | null} */
  #courier = null;
  /** @type {number | null} */
  #settling = null; // turn of the work whose conflict is decided

  /** @param {Store} store @param {Ask} ask @param {Notices} notices @param {Dialogs} dialogs @param {Ways} ways */
  constructor(store, ask, notices, dialogs, ways) {
    this.#store = store;
    this.#ask = ask;
    this.#notices = notices;
    this.#dialogs = dialogs;
    this.#ways = ways;
    store.watch((now, before) => this.#watch(now, before));
  }

  /** Whose drafts these are. @param {string} person */
  begin(person) {
    this.#person = person;
    this.#outbox ??= new Outbox(person);
    this.#courier ??= new Courier(this.#outbox, this.#ask, (clip, news) => this.#hear(clip, news));
  }

  /** Whether the browser keeps what waits. */
  get kept() {
    return this.#outbox?.kept ?? true;
  }

  /** Whether something would be lost with this tab. */
  get atRisk() {
    return Boolean(this.#outbox && !this.#outbox.kept && this.#outbox.clips().length);
  }

  /** What waits to be sent of a clip. @param {number} clip */
  draft(clip) {
    return this.#outbox?.get(clip) ?? null;
  }

  /** The verdict on a clip is taken back, as far as it was not sent. @param {number} clip */
  reopen(clip) {
    const { verdict, note: _, seconds: __, ...draft } = this.draft(clip) ?? {};
    if (verdict) this.#outbox?.put(/** @type {import("./types.d.ts").Draft} */ (draft));
  }

  /** What waits of a clip is sent; whether there was anything. @param {number} clip */
  now(clip) {
    return this.#courier?.now(clip) ?? false;
  }

  /** Everything that waits is sent. @param {boolean} stuck with what a person has to decide on */
  all(stuck = false) {
    this.#courier?.all(stuck);
  }

  /** Asks what becomes of a conflict; until then nothing else can be changed. */
  settle() {
    const { work } = this.#store.state;
    if (!work?.conflict || this.#dialogs.busy || this.#settling === work.turn) return;
    const { turn } = work;
    this.#settling = turn;
    this.#decide(turn).finally(() => {
      if (this.#settling === turn) this.#settling = null;
    });
  }

  /** @param {State} now @param {State} before */
  #watch({ work }, { work: before }) {
    if (!work || work.turn !== before?.turn) return;
    if (work.labels !== before.labels || work.sequence !== before.sequence) keepUndo(this.#person, work);
    if (work.sequence !== before.sequence) this.#courier?.post(draftOf(work), work.verdict ? 0 : PAUSE);
  }

  /** @param {number} clip @param {News} news */
  #hear(clip, news) {
    if (this.#store.state.work?.claim.clip.id === clip) this.#hearOfThis(clip, news);
    else this.#hearOfOther(clip, news);
  }

  /** @param {number} clip @param {News} news */
  #hearOfThis(clip, news) {
    this.#store.apply(told, clip, news);
    if (news.revision && this.#store.state.work?.history) this.#ways.loadHistory();
    if (news.kind === "conflict") this.settle();
    if (news.kind === "refused" && news.status === 401) this.#notices.loginEnded(news.words ?? "");
    else if (news.kind === "refused") this.#notices.note(news.words ?? "");
  }

  /** @param {number} clip @param {News} news */
  #hearOfOther(clip, { kind, words }) {
    const waits = `Clip ${clip} is kept`;
    if (LOST.includes(kind)) {
      this.#notices.note(`Clip ${clip}: ${words}`, [["Open clip", () => this.#ways.openClip(clip)], ["Later", () => {}]]);
    } else if (LATER.includes(kind)) {
      this.#notices.note(`${waits} in this browser and sent later. ${words}`);
    } else if (kind === "saved" && this.#notices.noted.startsWith(waits)) {
      this.#notices.note(null);
    }
  }

  /** @param {number} turn @returns {Work | null} the work, where it is still at hand */
  #workOf(turn) {
    const { work } = this.#store.state;
    return work?.turn === turn ? work : null;
  }

  /** @param {number} turn @returns {Promise<void>} */
  async #decide(turn) {
    const conflict = this.#workOf(turn)?.conflict;
    if (!conflict) return;
    const next = conflict.lost && (await this.#dialogs.lost(conflict.error));
    const chosen = conflict.lost ? null : await this.#dialogs.conflict(conflict);
    const work = this.#workOf(turn);
    if (!work) return;
    if (next) {
      this.#outbox?.forget(work.claim.clip.id);
      return this.#ways.leave();
    }
    if (!chosen) return this.#notices.note("Saved by two people: both versions are kept.", [["Decide now", () => this.settle()]]);
    if (await this.#merge(work, chosen)) return this.#decide(turn);
  }

  /**
   * Stores what was chosen; whether somebody saved meanwhile and it is to be decided again.
   * @param {Work} work @param {Labels} chosen
   */
  async #merge(work, chosen) {
    const { turn, lease, claim: { clip }, conflict } = work;
    if (!conflict || conflict.lost) return false;
    const body = { clip: clip.id, labels: plain(chosen), yours: conflict.yours.number, seen: conflict.head.number, lease };
    const saved = await this.#notices.attempt(async () => {
      try {
        return await this.#ask("merge", body);
      } catch (error) {
        if (error instanceof Refused && error.status === 409) return error;
        throw error;
      }
    });
    if (saved instanceof Refused) {
      this.#store.apply(conflicted, turn, saved.answer);
      return true;
    }
    if (!saved) return false;
    this.#outbox?.forget(clip.id);
    this.#store.apply(stored, turn, chosen, saved.number);
    this.#notices.note(null);
    this.#ways.loadHistory();
    return false;
  }
}
