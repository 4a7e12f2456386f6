// The booth: consent, a code, then pattern after pattern is filmed, looked at, and kept or done again.

import { closed, filmed, hindrance, named, opened } from "./camera.js";
import { after, button, element, part, remembered } from "./page.js";
import { Player } from "./player.js";
import { Refused, Server } from "./server.js";
import { count, list, resting, tell } from "./standing.js";

/** @import { Standing, State, Take, Words } from "./types.d.ts" */
/** @typedef {"plain" | "good" | "bad"} Kind how something is said */
const ENVIRONMENT = "studio.record.environment";
const COUNT = 3; // s before it films
const LOOK = 400; // ms between two questions how far a take is
const PATIENCE = 20; // such questions without an answer, until it is given up

/** @param {HTMLElement} root @param {Words} words */
export function mount(root, words) {
  return new Booth(root, words);
}

class Booth {
  #root;
  #words;
  #server = new Server();
  #player;
  #mirror;
  #go;
  #where;
  #device;
  #stopping = new AbortController();
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Standing | null} */
  #standing = null;

  /** @param {HTMLElement} root @param {Words} words */
  constructor(root, words) {
    this.#root = root;
    this.#words = words;
    this.#player = new Player(root);
    this.#mirror = part(root, ".rc-mirror", HTMLVideoElement);
    this.#go = part(root, ".rc-go");
    this.#where = part(root, "select[name=environment]", HTMLSelectElement);
    this.#device = part(root, "input[name=device]", HTMLInputElement);
    this.#where.append(...words.environments.map((name) => element("option", name)));
    this.#where.value = remembered.get(ENVIRONMENT);
    this.#where.addEventListener("change", () => remembered.set(ENVIRONMENT, this.#where.value));
    tell(root, words.consent);
    part(root, ".rc-agree").addEventListener("submit", (event) => this.#agree(event));
    part(root, ".rc-return").addEventListener("submit", (event) => this.#return(event));
    root.addEventListener("click", (event) => this.#press(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.#is("count", "film") && this.#stopping.abort());
    new ResizeObserver(() => root.offsetParent === null && this.#stream && this.#rest()).observe(root); // another tab
    this.#try(() => this.#begin());
  }

  // ---- what is shown ----

  /** @param {...State} states */
  #is = (...states) => states.some((state) => state === this.#root.dataset.state);

  /**
   * @param {State} state @param {string} words @param {Kind} kind
   * @param {HTMLButtonElement[]} buttons the first is what one wants, most often
   */
  #show(state, words, kind, buttons = []) {
    const pressed = this.#root.contains(document.activeElement);
    this.#root.dataset.state = state;
    this.#say(words, kind);
    buttons[0]?.classList.add("rc-primary");
    this.#go.replaceChildren(...buttons);
    if (pressed) buttons[0]?.focus({ preventScroll: true });
    if (state !== "seen") this.#player.close();
    part(this.#root, ".rc-number").textContent = "";
    this.#progress(0);
    const code = this.#server.code;
    this.#root.dataset.code = String(Boolean(code));
    for (const place of this.#root.querySelectorAll(".rc-code")) place.textContent = code;
    part(this.#root, ".rc-count").textContent = this.#standing?.subject ? count(this.#standing) : "";
    part(this.#root, ".rc-agreement").textContent = this.#standing?.subject ? `${this.#standing.agreed}.` : "";
  }

  /** @param {string} words @param {Kind} kind */
  #say(words, kind) {
    const place = part(this.#root, ".rc-say");
    place.textContent = words;
    place.dataset.kind = kind;
  }

  /** @param {number} share */
  #progress(share) {
    const bar = part(this.#root, ".rc-bar");
    bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    part(bar, "i").style.width = `${100 * share}%`;
  }

  /**
   * Do it; what goes wrong is said.
   * @param {() => Promise<void>} what
   */
  async #try(what) {
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof Refused && [401, 403, 404].includes(error.status) && !this.#is("seen", "look")) this.#welcome(error.message, "bad");
      else if (this.#is("opening")) this.#show("failed", error.message, "bad", []);
      else if (this.#is("count", "film", "look", "seen")) this.#ready(error.message, "bad");
      else this.#say(error.message, "bad");
    }
  }

  // ---- who it is ----

  async #begin() {
    const standing = await this.#server.ask("state");
    this.#standing = standing;
    if (!standing.subject) this.#welcome("", "plain");
    else if (standing.next) this.#camera(`Welcome back, ${standing.subject}.`);
    else this.#rest();
  }

  /** @param {string} words @param {Kind} kind */
  #welcome(words, kind) {
    this.#close();
    this.#standing = null;
    this.#show("consent", words, kind);
  }

  /** @param {Event} event */
  #agree(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    this.#try(async () => {
      const told = await this.#server.ask("enrol", { version: this.#words.consent.version, adult: true });
      form.reset();
      this.#server.code = told.code;
      this.#standing = told;
      this.#show("told", `Thank you. Here you are called ${told.subject}.`, "plain");
      part(this.#root, "[data-act=told]").focus();
    });
  }

  /** @param {Event} event */
  #return(event) {
    event.preventDefault();
    const field = part(this.#root, "input[name=code]", HTMLInputElement);
    this.#server.code = field.value.trim().toUpperCase();
    this.#try(async () => {
      await this.#begin();
      field.value = "";
    }).finally(() => this.#is("consent") && this.#server.leave());
  }

  async #leave() {
    const code = this.#server.code;
    const kept = code ? `This browser forgets your code: have you kept it? It is ${code}.` : "You go on by your login.";
    if (!(await this.#sure("Somebody else records here?", kept, "Yes, go on"))) return;
    this.#server.leave();
    this.#welcome("", "plain");
  }

  async #withdraw() {
    const clips = this.#standing?.kept.length ?? 0;
    const what = `All that you recorded here (${clips === 1 ? "1 clip" : `${clips} clips`}), its labels and your consent are deleted for good. Nobody can bring it back.`;
    if (!(await this.#sure("Withdraw everything?", what, "Delete it all"))) return;
    const { words } = await this.#server.ask("withdraw");
    this.#server.code = "";
    this.#welcome(words, "good");
  }

  /** @param {string} head @param {string} text @param {string} yes @returns {Promise<boolean>} */
  #sure(head, text, yes) {
    const dialog = part(this.#root, ".rc-ask", HTMLDialogElement);
    part(dialog, "h3").textContent = head;
    part(dialog, "p").textContent = text;
    part(dialog, "button[value=yes]").textContent = yes;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  // ---- the way of a film ----

  /** @param {string} words */
  #camera(words) {
    const why = hindrance();
    const open = button("Open the camera", () => this.#try(() => this.#open()));
    this.#task();
    if (why) this.#show("camera", why, "bad", [button("Stop for now", () => this.#rest())]);
    else this.#show("camera", words, "plain", [open, button("Stop for now", () => this.#rest())]);
  }

  async #open() {
    this.#stream = await opened();
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => this.#is("ready") && this.#camera("The camera stopped."));
    this.#mirror.srcObject = this.#stream;
    await this.#mirror.play();
    part(this.#root, ".rc-stage").style.aspectRatio = `${this.#mirror.videoWidth} / ${this.#mirror.videoHeight}`;
    this.#device.value ||= await named(this.#stream);
    this.#ready("", "plain");
  }

  #close() {
    if (this.#stream) closed(this.#stream);
    this.#stream = null;
    this.#mirror.srcObject = null;
  }

  #task() {
    const pattern = this.#words.patterns[this.#standing?.next ?? ""];
    if (!pattern) return;
    part(this.#root, ".rc-title").textContent = pattern.title;
    part(this.#root, ".rc-do").textContent = `${pattern.do}.`;
    part(this.#root, ".rc-now").textContent = pattern.do;
    part(this.#root, ".rc-film").style.backgroundImage = pattern.film ? `url("${pattern.film}")` : "";
  }

  /** @param {string} words @param {Kind} kind */
  #ready(words, kind) {
    if (!this.#standing?.next) return this.#rest();
    if (!this.#stream) return this.#camera(words);
    this.#task();
    this.#show("ready", words || "When you are ready:", kind, [
      button("Film it", () => this.#try(() => this.#film())),
      button("Skip this one", () => this.#try(() => this.#skip())),
      button("Stop for now", () => this.#rest()),
    ]);
  }

  async #film() {
    const pattern = this.#standing?.next;
    if (!pattern || !this.#stream) return;
    if (!this.#where.value) {
      this.#say("Choose first where you are: light and background.", "bad");
      this.#where.focus();
      return;
    }
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#show("count", "Get ready.", "plain", [button("Stop", () => this.#stopping.abort())]);
    for (let left = COUNT; left > 0 && !signal.aborted; left--) {
      part(this.#root, ".rc-number").textContent = String(left);
      await after(1000);
    }
    if (signal.aborted) return this.#ready("", "plain");
    this.#show("film", "Now.", "plain", [button("Stop", () => this.#stopping.abort())]);
    const film = await filmed(this.#stream, signal);
    if (signal.aborted) return this.#ready("", "plain");
    await this.#look(film, pattern, signal);
  }

  /** @param {Blob} film @param {string} pattern @param {AbortSignal} signal */
  async #look(film, pattern, signal) {
    this.#show("look", "Sending it…", "plain", [button("Cancel", () => this.#stopping.abort())]);
    let take = await this.#server.send(film, { pattern, environment: this.#where.value, device: this.#device.value.trim() }, signal).catch((error) => {
      if (signal.aborted) return null;
      throw error;
    });
    let silent = 0;
    while (take && !signal.aborted && !["done", "failed"].includes(take.step)) {
      this.#say(take.step === "wait" ? "Waiting for its turn…" : "Looking at it…", "plain");
      this.#progress(take.fraction);
      await after(LOOK);
      const id = take.take;
      take = await this.#server.ask("look", { take: id }).then((told) => { silent = 0; return told; }, (error) => {
        if (!(error instanceof Refused) || error.status !== 0 || ++silent > PATIENCE) throw error;
        return take;
      });
    }
    if (!take || signal.aborted) {
      await this.#server.ask("drop");
      return this.#ready("", "plain");
    }
    if (take.step === "failed") return this.#ready(take.error ?? "", "bad");
    await this.#seen(take);
  }

  /** @param {Take} take */
  async #seen(take) {
    const url = await this.#server.video(take.take);
    const keep = button(take.done ? "Keep it" : "Keep it anyway", () => this.#try(() => this.#keep(take)));
    const again = button("Once more", () => this.#try(() => this.#again()));
    const skip = button("Skip this one", () => this.#try(() => this.#skip()));
    this.#show("seen", take.words ?? "", take.done ? "good" : "bad", take.done ? [keep, again, skip] : [again, keep, skip]);
    if (take.labels) this.#player.open(url, take.labels);
  }

  /** @param {Take} take */
  async #keep(take) {
    this.#disable();
    this.#standing = await this.#server.ask("keep", { take: take.take });
    this.#ready("Kept. The next one:", "good");
  }

  async #again() {
    this.#disable();
    this.#standing = await this.#server.ask("drop");
    this.#ready("", "plain");
  }

  async #skip() {
    const { next, skipped } = /** @type {Standing} */ (this.#standing);
    this.#disable();
    if (this.#is("seen")) await this.#server.ask("drop");
    this.#standing = await this.#server.ask("skip", { patterns: [...skipped, next] });
    this.#ready("Skipped. The next one:", "plain");
  }

  async #unskip() {
    this.#standing = await this.#server.ask("skip", { patterns: [] });
    this.#camera("");
  }

  #rest() {
    this.#stopping.abort();
    this.#close();
    const standing = this.#standing;
    if (!standing?.subject) return this.#welcome("", "plain");
    part(this.#root, ".rc-list").replaceChildren(...list(standing, this.#words));
    const on = button("Go on", () => this.#camera(""));
    const rest = button("Do what I skipped", () => this.#try(() => this.#unskip()));
    this.#show("rest", resting(standing, this.#server.code), standing.next ? "plain" : "good", [
      ...(standing.next ? [on] : []), ...(standing.skipped.length ? [rest] : []),
    ]);
  }

  /** Nothing is pressed twice. */
  #disable() {
    for (const node of this.#go.querySelectorAll("button")) node.disabled = true;
  }

  /** @param {Event} event */
  #press(event) {
    const act = event.target instanceof Element ? event.target.closest("[data-act]")?.getAttribute("data-act") : null;
    const copy = async () => {
      await navigator.clipboard.writeText(this.#server.code);
      this.#say("Copied.", "plain");
    };
    const acts = /** @type {Record<string, () => Promise<void>>} */ ({
      copy: () => copy().catch(() => this.#say("The browser does not let it be copied: write it down.", "bad")),
      told: async () => this.#camera("Now open the camera."),
      leave: () => this.#leave(),
      withdraw: () => this.#withdraw(),
    });
    if (act && acts[act]) this.#try(acts[act]);
  }
}
