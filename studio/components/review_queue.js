// Which clip is on the desk: what this tab had, the next one, and the one after it, decoded ahead.

function addQueue(root, desk) {
  let preparing = null;

  desk.prepare = (claim, release) => {
    const { clip } = claim;
    const labels = claim.labels;
    const work = {
      claim, release, labels, prelabel: claim.prelabel ?? labels, seen: claim.seen, lease: claim.lease,
      client: crypto.randomUUID?.() ?? `${Math.random()}${Date.now()}`, sequence: 0, looking: Boolean(claim.held_by),
      frame: 0, selected: null, point: null, everywhere: false, playing: false, preview: null, track: null,
      undo: [], redo: [], visited: new Set(), history: null, began: null,
      save: { kind: claim.held_by ? "looking" : "clean", words: "" },
    };
    work.hand = labels.contacts[0]?.hand ?? "left";
    const draft = desk.outbox.get(clip.id);
    if (draft && !work.looking) {
      Object.assign(work, { labels: draft.labels, seen: draft.seen, client: draft.client, sequence: draft.sequence, lease: claim.lease || draft.lease });
      work.save.kind = "saving";
    }
    Object.assign(work, keptUndo(desk.person, clip.id, work.labels));
    const first = work.labels.contacts[0];
    if (first) Object.assign(work, { selected: first.id, frame: first.start });
    work.frames = openFrames(`studio/clips/${clip.id}/video?${clip.sha256.slice(0, 12)}`, clip, desk.part(".rv-shelf"), (k) => desk.work === work && (k === work.frame || !work.playing) && desk.render());
    work.frames.at(work.frame);
    work.tracking = fetch(`studio/clips/${clip.id}/track`)
      .then((answer) => (answer.ok ? answer.json() : { points: null }))
      .then((answer) => {
        work.track = readTrack(answer);
        if (desk.work === work) desk.render();
      })
      .catch(() => {});
    return work;
  };

  desk.open = async (work) => {
    desk.pause();
    desk.work?.frames.close();
    desk.work?.release?.();
    desk.work = work;
    Object.assign(work, { began: performance.now() });
    remember(work.claim.clip.id);
    desk.brush.on = false;
    desk.stage.fit();
    desk.drawHead();
    work.visited.add(work.selected);
    desk.render();
    desk.focus();
    desk.courier.now(work.claim.clip.id);
    if (work.looking) desk.note(`${work.claim.held_by} has this clip open: you can look, and take the next one.`, [["Next clip", () => desk.skip()]]);
    else if (!root.querySelector("[data-page=history]").hidden || !root.querySelector("[data-page=comments]").hidden) desk.loadHistory();
    await work.frames.first.catch((error) => desk.note(error.message));
  };

  // Which clip this tab was on: a reload goes on with it.
  function remember(id) {
    try {
      sessionStorage.setItem("studio.review.current", id);
    } catch {}
  }

  desk.begin = async () => {
    desk.note(null);
    desk.blank("opening", "Opening…");
    try {
      const session = await openSession();
      desk.person = session.person;
      desk.role = session.role;
      desk.outbox ??= openOutbox(desk.person);
      desk.courier ??= openCourier(desk.outbox, desk.heard);
      const nobody = desk.person.startsWith("visitor ");
      desk.part(".rv-who").textContent = nobody ? `${desk.person}: this browser's name, nobody is logged in` : `${desk.person} · ${session.role}`;
      desk.filters.draw(session.role);
      const work = await resumed(session.mine);
      if (work) await desk.open(work);
      else await advance();
      desk.courier.all(true);
      desk.prepareNext();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const login = error.status === 401;
      desk.blank("failed", login ? "You are logged out" : "The clip could not be opened", error.message, true);
    }
  };

  // The clip this tab had, else one that is held and open in no other tab; a second one is the next.
  async function resumed(mine) {
    const current = Number(sessionStorage.getItem("studio.review.current"));
    const claims = mine.filter((claim) => !desk.outbox.get(claim.clip.id)?.verdict);
    const rank = ({ clip }) => (clip.id === current ? 2 : desk.outbox.get(clip.id) ? 1 : 0);
    claims.reverse().sort((a, b) => rank(b) - rank(a)); // then the one that was claimed first
    const works = [];
    for (const claim of claims) {
      const release = await holdClip(desk.person, claim.clip.id);
      if (release && works.push(desk.prepare(claim, release)) === 2) break;
    }
    desk.next = works[1] ?? desk.next;
    return works[0] ?? null;
  }

  async function take() {
    const claim = await ask("claim", desk.filters.chosen());
    if (!claim.clip) return null;
    const release = await holdClip(desk.person, claim.clip.id);
    return desk.prepare(claim, release);
  }

  // Claims the clip after this one, and decodes it while this one is worked on.
  desk.prepareNext = () => {
    if (desk.next) return null;
    preparing ??= take()
      .then((work) => (desk.next = work))
      .catch(() => null)
      .finally(() => {
        preparing = null;
        desk.filters.count();
      });
    return preparing;
  };

  async function advance() {
    const since = performance.now();
    if (preparing) await preparing;
    const work = desk.next ?? (await take());
    desk.next = null;
    if (!work) {
      desk.work?.frames.close();
      desk.work?.release?.();
      remember("");
      return desk.blank("empty", "Nothing waits for you", "Send a generated clip to review, import clips, or choose another queue on the right.", true);
    }
    await desk.open(work);
    await new Promise(requestAnimationFrame); // it is drawn
    root.dataset.ready = work.claim.clip.id;
    root.dataset.readyMs = Math.round(performance.now() - since);
    desk.prepareNext();
  }

  desk.leave = async () => {
    const left = desk.work;
    if (left) desk.done = [...desk.done.filter((id) => id !== left.claim.clip.id), left.claim.clip.id].slice(-10);
    desk.note(null);
    const gone = await desk.attempt(async () => (await advance(), true));
    if (!gone && desk.work === left) desk.blank("failed", "The next clip could not be opened", "What you did is kept in this browser, and sent later.", true);
  };
}
