// Accept, reject, skip, go back, flag, comment; what the clip was before.

import { isChanged } from "./bars.js";
import { difference } from "./difference.js";
import { element } from "./dom.js";
import { changeList } from "./panel.js";
import { cameBack, decided, described, remembered, signedIn, stored } from "./transitions.js";
import { inConflict, mayEdit } from "./work.js";
import { withoutOutline } from "./words.js";

/** @import { Store } from "./types.d.ts" */
/** @import { Ask } from "./server.js" */
/** @import { Dialogs } from "./dialogs.js" */
/** @import { Notices } from "./notices.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Saving } from "./saving.js" */

export class Verdicts {
  #store;
  #ask;
  #notices;
  #dialogs;
  #saving;
  #queue;

  /**
   * @param {Store} store @param {Ask} ask @param {Notices} notices @param {Dialogs} dialogs @param {Saving} saving
   * @param {Queue} queue
   */
  constructor(store, ask, notices, dialogs, saving, queue) {
    this.#store = store;
    this.#ask = ask;
    this.#notices = notices;
    this.#dialogs = dialogs;
    this.#saving = saving;
    this.#queue = queue;
  }

  async accept() {
    const { work } = this.#store.state;
    if (!work || !this.#mayDecide()) return;
    const without = work.labels.contacts.filter((contact) => !contact.keyframes.length).length;
    this.#decide(isChanged(work) ? "corrected" : "accepted", "");
    await this.#queue.leave();
    if (without) this.#notices.say(`Clip ${work.claim.clip.id}: ${withoutOutline(without)} Shift N goes back to it.`);
  }

  async reject() {
    if (!this.#mayDecide()) return;
    const reason = await this.#dialogs.reason();
    if (reason === null) return;
    if (!reason) return this.#notices.say("Say why the clip is rejected.");
    this.#decide("rejected", reason);
    await this.#queue.leave();
  }

  async skip() {
    const { work } = this.#store.state;
    if (!work) return;
    const body = { clip: work.claim.clip.id, lease: work.lease };
    if (!work.looking && !(await this.#notices.attempt(() => this.#ask("skip", body)))) return;
    await this.#queue.leave();
  }

  async back() {
    const { done, work: left } = this.#store.state;
    const clip = done.at(-1);
    if (clip === undefined) return this.#notices.say("There is no clip before this one.");
    if (this.#saving.draft(clip)) return this.#notices.say(`Clip ${clip} is still being sent: try again in a moment.`);
    this.#store.apply(cameBack);
    await this.#queue.openClip(clip);
    const now = this.#store.state.work;
    if (!left || now?.turn === left.turn || left.looking || left.claim.clip.id === clip) return;
    this.#ask("release", { clip: left.claim.clip.id, lease: left.lease }).catch(() => {});
  }

  async flag() {
    const { work } = this.#store.state;
    if (!work) return;
    const { id, flagged } = work.claim.clip;
    const done = await this.#notices.attempt(() => this.#ask("flag", { clip: id, flagged: !flagged }));
    if (done) this.#store.apply(described, id, { flagged: !flagged });
  }

  /** The revision that annotators are checked against. @param {number} revision 0 for none */
  async gold(revision) {
    const { work } = this.#store.state;
    if (!work) return;
    const { id } = work.claim.clip;
    if (!(await this.#notices.attempt(() => this.#ask("gold", { clip: id, revision })))) return;
    this.#store.apply(described, id, { gold: revision });
    this.#notices.say(revision ? `Revision ${revision} is gold: others get this clip as a check.` : "This clip is gold no more.");
    this.loadHistory();
  }

  async comment() {
    const { work } = this.#store.state;
    if (!work) return;
    const text = await this.#dialogs.comment();
    if (!text) return;
    const revision = this.#store.state.work?.turn === work.turn ? this.#store.state.work.seen : work.seen;
    if (!(await this.#notices.attempt(() => this.#ask("comment", { clip: work.claim.clip.id, text, revision })))) return;
    this.#notices.say("Comment sent.");
    this.loadHistory();
  }

  /** Takes a clip back for good, by default the one at hand. @param {number | undefined} clip */
  async withdraw(clip = this.#store.state.work?.claim.clip.id) {
    const words = "The video, its labels, its history and what was said of it are deleted for good.";
    if (clip === undefined || !(await this.#dialogs.sure(`Withdraw clip ${clip}?`, words, "Withdraw it"))) return;
    const gone = await this.#notices.attempt(() => this.#ask("withdraw", { clip }));
    if (!gone) return;
    const { session, work } = this.#store.state;
    if (session) this.#store.apply(signedIn, { ...session, sent: session.sent.filter((id) => id !== clip) });
    if (work?.claim.clip.id === clip) await this.#queue.begin();
    this.#notices.note(gone.words, [["Good", () => {}]]);
  }

  saveNow() {
    const { work } = this.#store.state;
    if (work && !this.#saving.now(work.claim.clip.id)) this.#notices.say("Everything is saved.");
  }

  async loadHistory() {
    const { work } = this.#store.state;
    const history = work && (await this.#notices.attempt(() => this.#ask("history", { clip: work.claim.clip.id })));
    if (history) this.#store.apply(remembered, work.turn, history);
  }

  /** @param {number} number of a revision */
  async compare(number) {
    const clip = this.#store.state.work?.claim.clip.id;
    const found = await this.#notices.attempt(() => this.#ask("revision", { clip, number }));
    const { work } = this.#store.state;
    if (!found || !work) return;
    const changes = difference(found.labels, work.labels);
    const list = changes.length ? changeList(changes) : element("p", "rv-quiet", "The contacts are the same.");
    this.#dialogs.show(`From revision ${number} by ${found.author} to now`, [list]);
  }

  /** @param {number} number of a revision */
  async restore(number) {
    const { work } = this.#store.state;
    if (!work) return;
    const clip = work.claim.clip.id;
    if (this.#saving.draft(clip)) return this.#notices.say("Your last change is still being saved: try again in a moment.");
    const saved = await this.#notices.attempt(() => this.#ask("restore", { clip, number, seen: work.seen, lease: work.lease }));
    if (!saved) return;
    this.#store.apply(stored, work.turn, saved.labels, saved.number);
    this.loadHistory();
  }

  #mayDecide() {
    const { work } = this.#store.state;
    if (!work || !mayEdit(work)) return false;
    if (!inConflict(work)) return true;
    this.#saving.settle();
    return false;
  }

  /** @param {string} verdict @param {string} note */
  #decide(verdict, note) {
    this.#store.apply(decided, verdict, note, performance.now());
  }
}
