// Drafts and verdicts on their way, and what becomes of them.

function addSaving(desk) {
  desk.post = (verdict = null, words = "") => {
    const { work } = desk;
    const record = {
      clip: work.claim.clip.id, labels: work.labels, seen: work.seen, lease: work.lease,
      client: work.client, sequence: ++work.sequence,
    };
    keepUndo(desk.person, work);
    work.decided = Boolean(verdict); // what is pressed twice counts once
    if (verdict) Object.assign(record, { verdict, note: words, seconds: (performance.now() - work.began) / 1000 });
    desk.courier.post(record, verdict ? 0 : PAUSE);
  };

  // What became of a record.
  desk.heard = (clip, news) => {
    const work = desk.work?.claim.clip.id === clip ? desk.work : null;
    if (work) {
      work.save = { kind: news.kind, words: news.words ?? "" };
      if (news.revision) {
        work.seen = news.revision.number;
        if (work.history) desk.loadHistory();
      }
      if (news.kind === "conflict") {
        work.conflict = news;
        desk.settle();
      }
      if (news.kind === "refused") desk.note(news.words, news.status === 401 ? [["Log in", () => location.reload()]] : []);
      desk.render();
    } else if (["conflict", "refused"].includes(news.kind)) {
      desk.note(`Clip ${clip}: ${news.words}`, [["Open clip", () => desk.openClip(clip)], ["Later", () => {}]]);
    } else if (["offline", "failing"].includes(news.kind)) {
      desk.note(`Clip ${clip} is kept in this browser and sent later. ${news.words}`);
    } else if (news.kind === "saved" && desk.part(".rv-note").textContent.startsWith(`Clip ${clip} is kept`)) {
      desk.note(null);
    }
  };

  // Until it is settled nothing else can be changed: what is on the screen is what was stored as theirs.
  desk.settle = () => {
    const { work } = desk;
    if (!desk.dialogs.busy()) work.settling ??= decide(work).finally(() => (work.settling = null));
  };

  async function decide(work) {
    const clip = work.claim.clip.id;
    const { head, yours } = work.conflict.answer;
    const chosen = await desk.dialogs.conflict(work.conflict.answer);
    if (desk.work !== work) return;
    if (chosen === "next") {
      desk.outbox.forget(clip);
      return desk.leave();
    }
    if (!chosen) return desk.note("Saved by two people: both versions are kept.", [["Decide now", desk.settle]]);
    const saved = await desk.attempt(() => ask("merge", { clip, labels: chosen, yours: yours.number, seen: head.number, lease: work.lease }).catch(oncemore));
    if (saved === "conflict") return decide(work);
    if (!saved) return;
    desk.outbox.forget(clip);
    if (!same(work.labels, chosen)) work.undo.push(work.labels);
    Object.assign(work, { labels: chosen, redo: [], seen: saved.number, save: { kind: "saved", words: "" } });
    keepUndo(desk.person, work);
    desk.note(null);
    desk.loadHistory();
    desk.render();

    // Somebody saved while this was decided.
    function oncemore(error) {
      if (error.status !== 409) throw error;
      work.conflict = error;
      return "conflict";
    }
  }

  desk.openClip = async (clip) => {
    await desk.attempt(async () => {
      const claim = await ask("open", { clip });
      const release = await holdClip(desk.person, clip);
      if (!release) return desk.note(`Clip ${clip} is open in another tab of this browser.`);
      const draft = desk.outbox.get(clip);
      if (draft?.verdict) desk.outbox.put({ ...draft, verdict: undefined, note: undefined, seconds: undefined });
      await desk.open(desk.prepare(claim, release));
    });
  };
}
