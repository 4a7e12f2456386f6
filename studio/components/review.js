// The desk: one clip at a time, its labels, what is done to them. Comes last of the review_*.js scripts.

const STEPS = [1, 0.5, 0.25];
const RENEW = 60_000; // ms between renewals of the leases
const TOAST = 2600; // ms
const OPTIONS = { loop: true, regions: true, outlines: true, heat: false, landmarks: false, mirrored: false, prelabel: true };

function openDesk(root) {
  const part = (name) => root.querySelector(name);
  const desk = { work: null, next: null, show: { ...OPTIONS }, done: [], speed: 0 };
  let asked = 0; // the request to draw, 0 for none
  let person = null;
  let outbox = null;
  let courier = null;
  let preparing = null;
  let picking = false;
  let clock = null;
  let lastEdit = { name: "", at: 0 };

  // ---- drawing ----
  desk.render = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };

  function draw() {
    const { work } = desk;
    root.dataset.state = work ? "working" : root.dataset.state === "working" ? "opening" : root.dataset.state;
    stage.draw();
    if (!work) return;
    timeline.draw();
    panel.draw();
    const { clip } = work.claim;
    root.dataset.frame = work.frame;
    part(".rv-frame").textContent = `${String(work.frame).padStart(2, "0")} / ${clip.frames - 1} · ${(work.frame / clip.fps).toFixed(2)} s`;
    part(".rv-zoom").textContent = `${Math.round(stage.zoomed * 10) / 10}×`;
    part(".rv-speed").textContent = ["1×", "½×", "¼×"][desk.speed];
    root.dataset.playing = work.playing;
    for (const button of root.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", desk.show[button.dataset.show]);
    part("[data-act=flag]").setAttribute("aria-pressed", clip.flagged);
    part("[data-act=everywhere]").setAttribute("aria-pressed", work.everywhere);
    part("[data-act=brush]").setAttribute("aria-pressed", desk.brush.on && !desk.brush.erase);
    part("[data-act=eraser]").setAttribute("aria-pressed", desk.brush.on && desk.brush.erase);
    part("[data-act=undo]").disabled = !work.undo.length;
    part("[data-act=redo]").disabled = !work.redo.length;
    part("[data-act=accept] span").textContent = changed() ? "Correct" : "Accept";
    const save = part(".rv-save");
    save.textContent = saveWords(work, outbox);
    save.dataset.kind = work.save.kind;
    save.dataset.revision = work.seen;
  }

  function drawHead() {
    const { clip, prelabel } = { clip: desk.work.claim.clip, prelabel: desk.work.prelabel };
    part(".rv-name").textContent = `${clip.pattern.replace("-", " · ").replaceAll("-", " ")}`;
    const facts = [`clip ${clip.id}`, clip.subject, clip.environment, `${prelabel.source} by ${prelabel.author}`, clip.state === "unreviewed" ? "" : clip.state];
    part(".rv-facts").textContent = facts.filter(Boolean).join(" · ");
    part(".rv-facts").title = clip.file_name;
  }

  desk.say = (words) => {
    const toast = part(".rv-toast");
    toast.textContent = words;
    toast.classList.add("rv-there");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => toast.classList.remove("rv-there"), TOAST);
  };

  function note(words, actions = []) {
    const line = part(".rv-note");
    line.hidden = !words;
    line.replaceChildren(words ?? "", ...actions.map(([name, press]) => panel.button(name, "", () => (note(null), press()), "rv-small")));
  }

  function blank(state, head, text = "", again = false) {
    desk.work = null;
    root.dataset.state = state;
    part(".rv-blank-head").textContent = head;
    part(".rv-blank-text").textContent = text;
    part("[data-act=again]").hidden = !again;
    part(".rv-name").textContent = "Review";
    part(".rv-facts").textContent = part(".rv-save").textContent = "";
    timeline.draw();
    panel.draw();
    desk.render();
  }

  // ---- the clip at hand ----
  desk.state = () => ({ labels: desk.work.preview ?? desk.work.labels, frame: desk.work.frame, track: desk.work.track });
  desk.contact = () => (desk.work ? find(desk.state().labels, desk.work.selected) : null);
  desk.mayEdit = () => Boolean(desk.work && !desk.work.looking);
  desk.focus = () => part(".rv-canvas").focus({ preventScroll: true });
  const changed = () => difference(desk.work.prelabel, desk.work.labels).length > 0;

  function prepare(claim, release) {
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
    const draft = outbox.get(clip.id);
    if (draft && !work.looking) {
      Object.assign(work, { labels: draft.labels, seen: draft.seen, client: draft.client, sequence: draft.sequence, lease: claim.lease || draft.lease });
      work.save.kind = "saving";
    }
    const first = work.labels.contacts[0];
    if (first) Object.assign(work, { selected: first.id, frame: first.start });
    work.frames = openFrames(`studio/clips/${clip.id}/video?${clip.sha256.slice(0, 12)}`, clip, part(".rv-shelf"), (k) => desk.work === work && (k === work.frame || !work.playing) && desk.render());
    work.frames.at(work.frame);
    work.tracking = fetch(`studio/clips/${clip.id}/track`)
      .then((answer) => (answer.ok ? answer.json() : { points: null }))
      .then((answer) => {
        work.track = readTrack(answer);
        if (desk.work === work) desk.render();
      })
      .catch(() => {});
    return work;
  }

  async function show(work) {
    stop();
    desk.work?.frames.close();
    desk.work?.release?.();
    desk.work = work;
    Object.assign(work, { began: performance.now() });
    remember(work.claim.clip.id);
    desk.brush.on = false;
    stage.fit();
    drawHead();
    work.visited.add(work.selected);
    desk.render();
    desk.focus();
    courier.now(work.claim.clip.id);
    if (work.looking) note(`${work.claim.held_by} has this clip open: you can look, and take the next one.`, [["Next clip", () => desk.skip()]]);
    else if (!root.querySelector("[data-page=history]").hidden || !root.querySelector("[data-page=comments]").hidden) desk.loadHistory();
    await work.frames.first.catch((error) => note(error.message));
  }

  // Which clip this tab was on: a reload goes on with it.
  function remember(id) {
    try {
      sessionStorage.setItem("studio.review.current", id);
    } catch {}
  }

  // ---- beginning, and the next clip ----
  async function begin() {
    blank("opening", "Opening…");
    try {
      const session = await ask("session");
      person = session.person;
      desk.role = session.role;
      outbox ??= openOutbox(person);
      courier ??= openCourier(outbox, heard);
      part(".rv-who").textContent = `${person} · ${session.role}`;
      filters.draw(session.role);
      courier.all();
      const work = await resumed(session.mine);
      if (work) await show(work);
      else await advance();
      prepareNext();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const login = error.status === 401;
      blank("failed", login ? "You are logged out" : "The clip could not be opened", error.message, true);
    }
  }

  // The clip this tab had, else one that is held and open in no other tab.
  async function resumed(mine) {
    const current = Number(sessionStorage.getItem("studio.review.current"));
    const claims = mine.filter((claim) => !outbox.get(claim.clip.id)?.verdict);
    claims.sort((a, b) => (b.clip.id === current) - (a.clip.id === current));
    for (const claim of claims) {
      const release = await holdClip(person, claim.clip.id);
      if (release) return prepare(claim, release);
    }
    return null;
  }

  async function take() {
    const claim = await ask("claim", filters.chosen());
    if (!claim.clip) return null;
    const release = await holdClip(person, claim.clip.id);
    const work = prepare(claim, release);
    work.wanted = filters.key();
    return work;
  }

  // Claims the clip after this one, and decodes it while this one is worked on.
  function prepareNext() {
    preparing ??= take()
      .then((work) => (desk.next = work))
      .catch(() => null)
      .finally(() => (preparing = null));
    return preparing;
  }

  async function advance() {
    const since = performance.now();
    if (preparing) await preparing;
    const work = desk.next ?? (await take());
    desk.next = null;
    if (!work) {
      desk.work?.frames.close();
      desk.work?.release?.();
      remember("");
      return blank("empty", "Nothing waits for you", "Send a generated clip to review, import clips, or choose another queue on the right.", true);
    }
    await show(work);
    root.dataset.ready = work.claim.clip.id;
    root.dataset.readyMs = Math.round(performance.now() - since);
    filters.count();
    prepareNext();
  }

  async function attempt(what) {
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) note(error.message, [["Log in", () => location.reload()]]);
      else note(error.message);
      return null;
    }
  }

  async function leave() {
    const left = desk.work;
    if (left) desk.done = [...desk.done.filter((id) => id !== left.claim.clip.id), left.claim.clip.id].slice(-10);
    note(null);
    const gone = await attempt(async () => (await advance(), true));
    if (!gone && desk.work === left) blank("failed", "The next clip could not be opened", "What you did is kept in this browser, and sent later.", true);
  }

  // ---- saving ----
  function post(verdict = null, words = "") {
    const { work } = desk;
    const record = {
      clip: work.claim.clip.id, labels: work.labels, seen: work.seen, lease: work.lease,
      client: work.client, sequence: ++work.sequence,
    };
    if (verdict) Object.assign(record, { verdict, note: words, seconds: (performance.now() - work.began) / 1000 });
    courier.post(record, verdict ? 0 : PAUSE);
  }

  // What became of a record.
  function heard(clip, news) {
    const work = desk.work?.claim.clip.id === clip ? desk.work : null;
    if (work) {
      work.save = { kind: news.kind, words: news.words ?? "" };
      if (news.revision) {
        work.seen = news.revision.number;
        if (work.history) desk.loadHistory();
      }
      if (news.kind === "conflict") settleConflict(work, news);
      if (news.kind === "refused") note(news.words, news.status === 401 ? [["Log in", () => location.reload()]] : []);
      desk.render();
    } else if (["conflict", "refused"].includes(news.kind)) {
      note(`Clip ${clip}: ${news.words}`, [["Open clip", () => openClip(clip)], ["Later", () => {}]]);
    } else if (["offline", "failing"].includes(news.kind)) {
      note(`Clip ${clip} is kept in this browser and sent later. ${news.words}`);
    } else if (news.kind === "saved" && part(".rv-note").textContent.startsWith(`Clip ${clip} is kept`)) {
      note(null);
    }
  }

  async function settleConflict(work, news) {
    if (dialogs.busy()) return;
    const chosen = await dialogs.conflict(news.answer);
    if (desk.work !== work) return;
    if (chosen === "next") {
      outbox.forget(work.claim.clip.id);
      return leave();
    }
    if (!chosen) return note("Saved by two people: both versions are kept.", [["Decide now", () => settleConflict(work, news)]]);
    const { head, yours } = news.answer;
    const saved = await attempt(() => ask("merge", { clip: work.claim.clip.id, labels: chosen, yours: yours.number, seen: head.number, lease: work.lease }));
    if (!saved) return;
    outbox.forget(work.claim.clip.id);
    if (!same(work.labels, chosen)) work.undo.push(work.labels);
    Object.assign(work, { labels: chosen, redo: [], seen: saved.number, save: { kind: "saved", words: "" } });
    desk.loadHistory();
    desk.render();
  }

  async function openClip(clip) {
    await attempt(async () => {
      const claim = await ask("open", { clip });
      const release = await holdClip(person, clip);
      if (!release) return note(`Clip ${clip} is open in another tab of this browser.`);
      const draft = outbox.get(clip);
      if (draft?.verdict) outbox.put({ ...draft, verdict: undefined, note: undefined, seconds: undefined });
      await show(prepare(claim, release));
    });
  }

  // ---- editing ----
  desk.edit = (name, labels) => {
    const { work } = desk;
    if (!desk.mayEdit() || same(labels, work.labels)) return;
    const now = performance.now();
    const goesOn = name === lastEdit.name && name.endsWith("…") && now - lastEdit.at < 1500 && work.undo.length;
    if (!goesOn) work.undo.push(work.labels);
    lastEdit = { name, at: now };
    Object.assign(work, { labels, redo: [], preview: null });
    post();
    desk.render();
  };
  desk.change = (name, change) => {
    const contact = desk.contact();
    if (!contact) return desk.say("Select a contact first (Tab), or add one (A).");
    desk.edit(name, replaceContact(desk.work.labels, contact.id, change));
  };
  desk.preview = (labels, selected = desk.work.selected) => {
    desk.work.preview = labels;
    if (selected === "new") desk.work.selected = labels.contacts.at(-1).id;
    desk.render();
  };
  desk.commitPreview = (name) => {
    const { preview } = desk.work;
    desk.work.preview = null;
    if (preview) desk.edit(name, preview);
    desk.render();
  };
  desk.undo = () => travel("undo", "redo");
  desk.redo = () => travel("redo", "undo");

  function travel(from, to) {
    const { work } = desk;
    if (!desk.mayEdit() || !work[from].length) return;
    work[to].push(work.labels);
    work.labels = work[from].pop();
    Object.assign(work, { point: null, preview: null });
    lastEdit = { name: "", at: 0 };
    if (!find(work.labels, work.selected)) work.selected = work.labels.contacts[0]?.id ?? null;
    post();
    desk.render();
  }

  desk.set = (field, value) => {
    const contact = desk.contact();
    if (contact && contact[field] === value) return;
    if (field === "hand") desk.work.hand = value;
    desk.change(field, (c) => ({ ...c, [field]: value }));
  };
  desk.otherHand = () => desk.contact() && desk.set("hand", desk.contact().hand === "left" ? "right" : "left");
  desk.pickRegion = (region) => desk.set("region", region);
  desk.nextRegion = (by) => {
    const at = WORDS.regions.indexOf(desk.contact()?.region);
    if (at >= 0) desk.set("region", WORDS.regions.at((at + by + WORDS.regions.length) % WORDS.regions.length));
  };
  desk.chooseRegion = () => {
    if (!desk.contact()) return desk.say("Select a contact first (Tab).");
    picking = true;
    root.classList.add("rv-picking");
  };
  desk.pickingRegion = (event, name) => {
    if (!picking || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return false;
    picking = false;
    root.classList.remove("rv-picking");
    const region = FACE_KEYS.find(([, key]) => key === name)?.[0];
    if (region) desk.pickRegion(region);
    return true;
  };

  desk.newContact = (start, end, words) => ({ id: freshId(desk.work.labels), confidence: 1, keyframes: [], start, end, ...words });
  desk.add = () => {
    const { work } = desk;
    const like = desk.contact() ?? work.labels.contacts[0] ?? { hand: "left", finger: "index", region: "left_cheek" };
    const end = Math.min(work.frame + Math.round(work.claim.clip.fps / 2), work.claim.clip.frames - 1);
    const fresh = desk.newContact(work.frame, end, { hand: like.hand, finger: like.finger, region: like.region });
    desk.edit("add contact", addContact(work.labels, fresh));
    if (desk.mayEdit()) desk.select(fresh.id, { goThere: false });
  };
  desk.remove = () => {
    const { work } = desk;
    if (work.point !== null) return desk.removePoint(work.point);
    if (!desk.contact()) return;
    const at = work.labels.contacts.indexOf(desk.contact());
    desk.edit("delete contact", removeContact(work.labels, work.selected));
    work.selected = work.labels.contacts[Math.min(at, work.labels.contacts.length - 1)]?.id ?? null;
  };
  desk.split = () => {
    const parts = desk.contact() && split(desk.work.labels, desk.work.selected, desk.work.frame);
    if (parts) desk.edit("split", parts);
    else desk.say("Go to a frame inside the selected contact, then split.");
  };
  desk.merge = (step) => {
    const joined = desk.contact() && merged(desk.work.labels, desk.work.selected, step);
    if (joined) desk.edit("merge", joined);
    else desk.say("There is no other contact in this row on that side.");
  };
  desk.shift = (by) => desk.change("move contact…", (contact) => shifted(contact, by, desk.work.labels.frames));
  desk.markEdge = (edge) => trim(`mark ${edge}`, edge, desk.work.frame);

  // Nudges of one edge count from where the edge was: what is trimmed and given back keeps its outlines.
  let nudging = null;
  desk.nudgeEdge = (edge, by) => {
    const contact = desk.contact();
    if (!contact) return desk.say("Select a contact first (Tab).");
    if (nudging?.labels !== desk.work.labels || nudging.edge !== edge || nudging.id !== contact.id) nudging = { edge, id: contact.id, from: contact, by: 0 };
    nudging.by += by;
    trim(`${edge} ${contact.id}…`, edge, nudging.from[edge] + nudging.by, nudging.from);
    nudging.labels = desk.work.labels;
    nudging.by = desk.contact()[edge] - nudging.from[edge];
  };

  function trim(name, edge, frame, from = null) {
    desk.change(name, (contact) => {
      const base = from ?? contact;
      const ends = edge === "start" ? [Math.min(frame, base.end), base.end] : [base.start, Math.max(frame, base.start)];
      return { ...trimmed(base, ...ends, desk.work.labels.frames), hand: contact.hand, finger: contact.finger, region: contact.region };
    });
    const now = desk.contact();
    if (now) desk.go(edge === "start" ? now.start : now.end);
  }

  // ---- outlines ----
  const outline = () => desk.contact() && polygonAt(desk.contact(), desk.work.frame);
  desk.nextPoint = (by) => {
    const polygon = outline();
    if (!polygon) return desk.say("There is no outline in this frame: press K to make one.");
    desk.pause();
    const { point } = desk.work;
    desk.work.point = point === null ? (by > 0 ? 0 : polygon.length - 1) : (point + by + polygon.length) % polygon.length;
    desk.render();
  };
  desk.nudgePoint = (dx, dy) => {
    const way = desk.show.mirrored ? -1 : 1;
    desk.change("move point…", (contact) => nudged(contact, desk.work.frame, desk.work.point, dx * way, dy, desk.work.everywhere));
  };
  desk.addPoint = () => {
    const polygon = outline();
    if (!polygon) return;
    const i = desk.work.point ?? 0;
    const [p, q] = [polygon[i], polygon[(i + 1) % polygon.length]];
    desk.change("add point", (contact) => withKey(contact, desk.work.frame, polygon.toSpliced(i + 1, 0, [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2])));
    desk.work.point = i + 1;
  };
  desk.removePoint = (i) => {
    const polygon = outline();
    if (!polygon || polygon.length <= 3) return desk.say("An outline has at least three points. Shift+K removes it.");
    desk.change("delete point", (contact) => withKey(contact, desk.work.frame, polygon.toSpliced(i, 1)));
    desk.work.point = Math.min(i, polygon.length - 2);
  };
  desk.addKey = () => {
    const contact = desk.contact();
    const { frame, track, claim } = desk.work;
    if (!contact || frame < contact.start || frame > contact.end) return desk.say("Go to a frame inside the selected contact.");
    desk.change("keyframe", (c) => withKey(c, frame, outline() ?? freshOutline(track, c.region, frame, claim.clip)));
  };
  desk.removeKey = () => {
    if (desk.contact()?.keyframes.some((key) => key.frame === desk.work.frame)) desk.change("remove keyframe", (contact) => withoutKey(contact, desk.work.frame));
    else desk.say("This frame has no outline of its own: J goes to the next one.");
  };
  desk.goKey = (by) => {
    const keys = desk.contact()?.keyframes.map((key) => key.frame) ?? [];
    const to = by > 0 ? keys.find((frame) => frame > desk.work.frame) : keys.findLast((frame) => frame < desk.work.frame);
    if (to !== undefined) desk.go(to);
  };
  desk.everywhere = () => {
    desk.work.everywhere = !desk.work.everywhere;
    desk.say(desk.work.everywhere ? "Points move in every outline of the contact." : "Points move in this frame.");
    desk.render();
  };
  desk.toggleBrush = (erase) => {
    if (!desk.mayEdit() || !desk.contact()) return desk.say("Select a contact first (Tab).");
    desk.brush.on = !(desk.brush.on && desk.brush.erase === erase);
    desk.brush.erase = erase;
    desk.pause();
    desk.render();
  };
  desk.brushSize = (factor) => {
    desk.brush.radius = clamp(desk.brush.radius * factor, 1, 80);
    desk.render();
  };
  desk.letGo = () => {
    if (desk.work.point !== null) desk.work.point = null;
    else if (desk.brush.on) desk.brush.on = false;
    else desk.work.selected = null;
    desk.render();
  };

  // ---- selecting, time ----
  desk.select = (id, { goThere = true } = {}) => {
    const { work } = desk;
    Object.assign(work, { selected: id, point: null });
    work.visited.add(id);
    const contact = desk.contact();
    if (goThere && contact && (work.frame < contact.start || work.frame > contact.end)) desk.go(contact.start);
    desk.render();
  };
  const ordered = () => desk.work.labels.contacts.toSorted((a, b) => a.start - b.start);
  const neighbour = (by) => {
    const at = ordered().findIndex((contact) => contact.id === desk.work.selected);
    return at < 0 ? (by > 0 ? ordered()[0] : ordered().at(-1)) : ordered()[at + by];
  };
  desk.hasNext = (by) => Boolean(neighbour(by));
  desk.selectNext = (by) => {
    const contact = neighbour(by) ?? (by > 0 ? ordered()[0] : ordered().at(-1));
    if (contact) desk.select(contact.id);
  };
  desk.selectUnseen = () => {
    const left = ordered().filter((contact) => !desk.work.visited.has(contact.id));
    if (left.length) desk.select(left[0].id);
    else desk.say("You have looked at every contact of this clip.");
  };
  desk.go = (frame) => {
    const { work } = desk;
    const to = clamp(frame, 0, work.claim.clip.frames - 1);
    if (to !== work.frame && work.point !== null) work.point = null;
    work.frame = to;
    work.frames.rest(to);
    desk.render();
  };
  desk.pause = () => stop();
  desk.toggle = () => (desk.work.playing ? stop() : play());
  desk.slower = () => {
    desk.speed = (desk.speed + 1) % STEPS.length;
    desk.render();
  };

  function stop() {
    cancelAnimationFrame(clock);
    if (desk.work) desk.work.playing = false;
    desk.render();
  }

  function play() {
    const { work } = desk;
    const { clip } = work.claim;
    work.playing = true;
    work.point = null;
    let last = performance.now();
    let exact = work.frame;
    const tick = (now) => {
      if (desk.work !== work || !work.playing || !root.isConnected) return;
      const contact = desk.show.loop ? desk.contact() : null;
      const [from, to] = contact ? [Math.max(contact.start - 3, 0), Math.min(contact.end + 3, clip.frames - 1)] : [0, clip.frames - 1];
      exact += ((now - last) / 1000) * clip.fps * STEPS[desk.speed];
      last = now;
      if (exact >= to + 1 || exact < from) exact = from;
      const frame = Math.min(Math.floor(exact), to);
      if (frame !== work.frame) {
        work.frame = frame;
        desk.render();
      }
      clock = requestAnimationFrame(tick);
    };
    clock = requestAnimationFrame(tick);
    desk.render();
  }

  desk.option = (name) => {
    desk.show[name] = !desk.show[name];
    desk.render();
  };
  desk.zoom = (factor) => {
    const polygon = outline();
    if (factor > 1 && polygon && stage.zoomed === 1) stage.fit(polygon);
    else stage.zoom(factor);
  };
  desk.fit = () => stage.fit(stage.zoomed === 1 ? outline() : null);

  // ---- verdicts and what is said ----
  desk.accept = () => {
    if (!desk.mayEdit()) return;
    if (desk.work.save.kind === "conflict") return desk.say("Settle the conflict first.");
    post(changed() ? "corrected" : "accepted");
    return leave();
  };
  desk.reject = async () => {
    if (!desk.mayEdit()) return;
    const reason = await dialogs.reason();
    if (reason === null) return;
    if (!reason) return desk.say("Say why the clip is rejected.");
    post("rejected", reason);
    return leave();
  };
  desk.skip = async () => {
    const { claim, lease, looking } = desk.work;
    if (!looking && !(await attempt(() => ask("skip", { clip: claim.clip.id, lease })))) return;
    return leave();
  };
  desk.back = async () => {
    const clip = desk.done.at(-1);
    if (!clip) return desk.say("There is no clip before this one.");
    const left = desk.work;
    if (outbox.get(clip)) return desk.say(`Clip ${clip} is still being sent: try again in a moment.`);
    desk.done = desk.done.slice(0, -1);
    await openClip(clip);
    if (left && desk.work !== left && !left.looking && left.claim.clip.id !== clip) ask("release", { clip: left.claim.clip.id, lease: left.lease }).catch(() => {});
  };
  desk.flag = async () => {
    const { clip } = desk.work.claim;
    if (await attempt(() => ask("flag", { clip: clip.id, flagged: !clip.flagged }))) clip.flagged = !clip.flagged;
    desk.render();
  };
  desk.comment = async () => {
    const { work } = desk;
    const text = await dialogs.comment();
    if (text && (await attempt(() => ask("comment", { clip: work.claim.clip.id, text, revision: work.seen })))) {
      desk.say("Comment sent.");
      desk.loadHistory();
    }
  };
  desk.saveNow = () => {
    if (courier.now(desk.work.claim.clip.id) === null) desk.say("Everything is saved.");
  };
  desk.help = () => dialogs.help(sheet());
  desk.loadHistory = async () => {
    const { work } = desk;
    const history = work && (await attempt(() => ask("history", { clip: work.claim.clip.id })));
    if (history) work.history = history;
    desk.render();
  };
  desk.compare = async (number) => {
    const found = await attempt(() => ask("revision", { clip: desk.work.claim.clip.id, number }));
    if (!found) return;
    const changes = difference(found.labels, desk.work.labels);
    const list = changes.length ? panel.changeList(changes) : element_("p", "rv-quiet", "The contacts are the same.");
    dialogs.show(`From revision ${number} by ${found.author} to now`, [list]);
  };
  desk.restore = async (number) => {
    const { work } = desk;
    if (outbox.get(work.claim.clip.id)) return desk.say("Your last change is still being saved: try again in a moment.");
    const saved = await attempt(() => ask("restore", { clip: work.claim.clip.id, number, seen: work.seen, lease: work.lease }));
    if (!saved) return;
    work.undo.push(work.labels);
    Object.assign(work, { labels: saved.labels, redo: [], seen: saved.number, save: { kind: "saved", words: "" } });
    if (!find(work.labels, work.selected)) work.selected = work.labels.contacts[0]?.id ?? null;
    desk.loadHistory();
  };

  // ---- parts and events ----
  const stage = openStage(root, desk);
  desk.brush = openBrush(desk);
  const timeline = openTimeline(root, desk);
  const panel = openPanel(root, desk);
  desk.changeList = panel.changeList;
  const dialogs = openDialogs(root, desk);
  const sheet = openKeys(root, desk);
  const filters = openFilters(root, async () => {
    const { next } = desk;
    desk.next = null;
    next?.frames.close();
    next?.release?.();
    if (next) await ask("release", { clip: next.claim.clip.id, lease: next.lease }).catch(() => {});
    if (desk.work) prepareNext();
    else begin();
  });

  const acts = {
    zoomIn: () => desk.zoom(1.5), zoomOut: () => desk.zoom(1 / 1.5), brush: () => desk.toggleBrush(false),
    eraser: () => desk.toggleBrush(true), mergeNext: () => desk.merge(1), again: () => begin(),
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.closest("dialog")) return;
    const { act, show: option } = button.dataset;
    if (act === "again" || act === "help" || desk.work) {
      if (act) (acts[act] ?? desk[act])();
      if (option) desk.option(option);
    }
    // By mouse: the keys go on working on the clip. By keyboard: the focus stays where it is.
    if (event.detail && !button.closest("form") && !dialogs.busy()) desk.focus();
  });
  root.addEventListener("submit", (event) => event.target.method !== "dialog" && event.preventDefault());

  const renew = setInterval(() => {
    if (!root.isConnected) return clearInterval(renew);
    for (const work of [desk.work, desk.next]) {
      if (!work?.lease || work.looking) continue;
      ask("renew", { clip: work.claim.clip.id, lease: work.lease }).catch((error) => {
        if (error.status === 410 && work === desk.work) note(error.message, [["Next clip", leave]]);
      });
    }
  }, RENEW);
  const hurry = () => courier?.all();
  addEventListener("online", hurry);
  addEventListener("focus", hurry);
  addEventListener("beforeunload", (event) => outbox && !outbox.kept && outbox.clips().length && event.preventDefault());
  begin();
}

// A first outline where the region is, or in the middle.
function freshOutline(track, region, frame, clip) {
  const around = track?.names.includes(region) ? track.outline(region, frame) : [[clip.width / 2, clip.height / 2]];
  const [x, y] = [0, 1].map((axis) => around.reduce((sum, p) => sum + p[axis], 0) / around.length);
  const radius = clip.width / 30;
  return Array.from({ length: 8 }, (_, i) => [x + radius * Math.cos((i * Math.PI) / 4), y + radius * Math.sin((i * Math.PI) / 4)]);
}

const WORDS = props.value;
openDesk(element.querySelector(".rv"));
