// Accept, reject, skip, go back, flag, comment, look at history.

function addVerdicts(desk) {
  desk.accept = () => {
    if (!desk.mayEdit()) return;
    if (desk.work.save.kind === "conflict") return desk.settle();
    desk.post(desk.changed() ? "corrected" : "accepted");
    return desk.leave();
  };
  desk.reject = async () => {
    if (!desk.mayEdit()) return;
    if (desk.work.save.kind === "conflict") return desk.settle();
    const reason = await desk.dialogs.reason();
    if (reason === null) return;
    if (!reason) return desk.say("Say why the clip is rejected.");
    desk.post("rejected", reason);
    return desk.leave();
  };
  desk.skip = async () => {
    const { claim, lease, looking } = desk.work;
    if (!looking && !(await desk.attempt(() => ask("skip", { clip: claim.clip.id, lease })))) return;
    return desk.leave();
  };
  desk.back = async () => {
    const clip = desk.done.at(-1);
    if (!clip) return desk.say("There is no clip before this one.");
    const left = desk.work;
    if (desk.outbox.get(clip)) return desk.say(`Clip ${clip} is still being sent: try again in a moment.`);
    desk.done = desk.done.slice(0, -1);
    await desk.openClip(clip);
    if (left && desk.work !== left && !left.looking && left.claim.clip.id !== clip) ask("release", { clip: left.claim.clip.id, lease: left.lease }).catch(() => {});
  };
  desk.flag = async () => {
    const { clip } = desk.work.claim;
    if (await desk.attempt(() => ask("flag", { clip: clip.id, flagged: !clip.flagged }))) clip.flagged = !clip.flagged;
    desk.render();
  };
  // The revision that annotators are checked against, 0 for none.
  desk.gold = async (revision) => {
    const { work } = desk;
    const { clip } = work.claim;
    if (!(await desk.attempt(async () => (await ask("gold", { clip: clip.id, revision }), true)))) return;
    clip.gold = revision;
    if (desk.work === work) desk.drawHead();
    desk.say(revision ? `Revision ${revision} is gold: others get this clip as a check.` : "This clip is gold no more.");
    desk.loadHistory();
  };
  desk.comment = async () => {
    const { work } = desk;
    const text = await desk.dialogs.comment();
    if (text && (await desk.attempt(() => ask("comment", { clip: work.claim.clip.id, text, revision: work.seen })))) {
      desk.say("Comment sent.");
      desk.loadHistory();
    }
  };
  desk.saveNow = () => {
    if (desk.courier.now(desk.work.claim.clip.id) === null) desk.say("Everything is saved.");
  };
  desk.help = () => desk.dialogs.help(desk.sheet());
  desk.loadHistory = async () => {
    const { work } = desk;
    const history = work && (await desk.attempt(() => ask("history", { clip: work.claim.clip.id })));
    if (history) work.history = history;
    desk.render();
  };
  desk.compare = async (number) => {
    const found = await desk.attempt(() => ask("revision", { clip: desk.work.claim.clip.id, number }));
    if (!found) return;
    const changes = difference(found.labels, desk.work.labels);
    const list = changes.length ? desk.panel.changeList(changes) : element_("p", "rv-quiet", "The contacts are the same.");
    desk.dialogs.show(`From revision ${number} by ${found.author} to now`, [list]);
  };
  desk.restore = async (number) => {
    const { work } = desk;
    if (desk.outbox.get(work.claim.clip.id)) return desk.say("Your last change is still being saved: try again in a moment.");
    const saved = await desk.attempt(() => ask("restore", { clip: work.claim.clip.id, number, seen: work.seen, lease: work.lease }));
    if (!saved) return;
    work.undo.push(work.labels);
    Object.assign(work, { labels: saved.labels, redo: [], seen: saved.number, save: { kind: "saved", words: "" } });
    keepUndo(desk.person, work);
    if (!find(work.labels, work.selected)) work.selected = work.labels.contacts[0]?.id ?? null;
    desk.loadHistory();
  };
}
