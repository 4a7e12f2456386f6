// The desk: one clip at a time, its labels, what is done to them. Comes last of the review_*.js scripts.

const RENEW = 60_000; // ms between renewals of the leases
const TOAST = 2600; // ms
const OPTIONS = { loop: true, regions: true, outlines: true, heat: false, landmarks: false, mirrored: false, prelabel: true };

function openDesk(root) {
  const desk = { work: null, next: null, show: { ...OPTIONS }, done: [], speed: 0 };
  const part = (desk.part = (name) => root.querySelector(name));
  let asked = 0; // the request to draw, 0 for none

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
    part("[data-act=accept] span").textContent = desk.changed() ? "Correct" : "Accept";
    const save = part(".rv-save");
    save.textContent = saveWords(work, desk.outbox);
    save.dataset.kind = work.save.kind;
    save.dataset.revision = work.seen;
  }

  desk.drawHead = () => {
    const { clip, prelabel } = { clip: desk.work.claim.clip, prelabel: desk.work.prelabel };
    part(".rv-name").textContent = `${clip.pattern.replace("-", " · ").replaceAll("-", " ")}`;
    const facts = [`clip ${clip.id}`, clip.subject, clip.environment, `${prelabel.source} by ${prelabel.author}`, clip.state === "unreviewed" ? "" : clip.state, clip.gold ? "gold" : ""];
    part(".rv-facts").textContent = facts.filter(Boolean).join(" · ");
    part(".rv-facts").title = clip.file_name;
  };

  desk.say = (words) => {
    const toast = part(".rv-toast");
    toast.textContent = words;
    toast.classList.add("rv-there");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => toast.classList.remove("rv-there"), TOAST);
  };

  desk.note = (words, actions = []) => {
    const line = part(".rv-note");
    line.hidden = !words;
    line.replaceChildren(words ?? "", ...actions.map(([name, press]) => panel.button(name, "", () => (desk.note(null), press()), "rv-small")));
  };

  desk.blank = (state, head, text = "", again = false) => {
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
  };

  // ---- the clip at hand ----
  desk.state = () => ({ labels: desk.work.preview ?? desk.work.labels, frame: desk.work.frame, track: desk.work.track });
  desk.contact = () => (desk.work ? find(desk.state().labels, desk.work.selected) : null);
  desk.mayEdit = () => Boolean(desk.work && !desk.work.looking && !desk.work.decided);
  desk.focus = () => part(".rv-canvas").focus({ preventScroll: true });
  desk.changed = () => difference(desk.work.prelabel, desk.work.labels).length > 0;

  desk.attempt = async (what) => {
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) desk.note(error.message, [["Log in", () => location.reload()]]);
      else desk.note(error.message);
      return null;
    }
  };

  addSaving(desk);
  addQueue(root, desk);
  addEditing(root, desk);
  addTime(root, desk);
  addVerdicts(desk);

  // ---- parts and events ----
  const stage = (desk.stage = openStage(root, desk));
  desk.brush = openBrush(desk);
  const timeline = openTimeline(root, desk);
  const panel = (desk.panel = openPanel(root, desk));
  desk.changeList = panel.changeList;
  desk.dialogs = openDialogs(root, desk);
  desk.sheet = openKeys(root, desk);
  desk.filters = openFilters(root, async () => {
    const { next } = desk;
    desk.next = null;
    next?.frames.close();
    next?.release?.();
    if (next) await ask("release", { clip: next.claim.clip.id, lease: next.lease }).catch(() => {});
    if (desk.work) desk.prepareNext();
    else desk.begin();
  });

  const acts = {
    zoomIn: () => desk.zoom(1.5), zoomOut: () => desk.zoom(1 / 1.5), brush: () => desk.toggleBrush(false),
    eraser: () => desk.toggleBrush(true), mergeNext: () => desk.merge(1), again: () => desk.begin(),
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
    if (event.detail && !button.closest("form") && !desk.dialogs.busy()) desk.focus();
  });
  root.addEventListener("submit", (event) => event.target.method !== "dialog" && event.preventDefault());

  const renew = setInterval(() => {
    if (!root.isConnected) return clearInterval(renew);
    for (const work of [desk.work, desk.next]) {
      if (!work?.lease || work.looking) continue;
      ask("renew", { clip: work.claim.clip.id, lease: work.lease }).catch((error) => {
        if (error.status === 410 && work === desk.work) desk.note(error.message, [["Next clip", desk.leave]]);
      });
    }
  }, RENEW);
  // Back on this tab the keys work at once, and a queue that was empty is looked at again.
  let visible = false;
  new ResizeObserver(() => {
    const now = root.offsetParent !== null;
    if (now && !visible && desk.work) desk.focus();
    if (now && !visible && ["empty", "failed"].includes(root.dataset.state)) desk.begin();
    visible = now;
  }).observe(root);
  const hurry = () => desk.courier?.all();
  addEventListener("online", hurry);
  addEventListener("focus", hurry);
  addEventListener("pagehide", hurry);
  addEventListener("beforeunload", (event) => desk.outbox && !desk.outbox.kept && desk.outbox.clips().length && event.preventDefault());
  desk.begin();
}

const WORDS = props.value;
openDesk(element.querySelector(".rv"));
