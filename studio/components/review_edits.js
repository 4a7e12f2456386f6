// What is done to labels: every change is a new state, kept for undo and sent by itself.

const BRUSH = 14; // px on the screen, radius of the brush at first

function addEditing(root, desk) {
  let picking = false;
  let lastEdit = { name: "", at: 0 };
  desk.edit = (name, labels) => {
    const { work } = desk;
    if (work.save.kind === "conflict") return void desk.settle();
    if (!desk.mayEdit() || same(labels, work.labels)) return;
    const now = performance.now();
    const goesOn = name === lastEdit.name && name.endsWith("…") && now - lastEdit.at < 1500 && work.undo.length;
    if (!goesOn) work.undo.push(work.labels);
    lastEdit = { name, at: now };
    Object.assign(work, { labels, redo: [], preview: null });
    desk.post();
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
    if (work.save.kind === "conflict") return void desk.settle();
    if (!desk.mayEdit() || !work[from].length) return;
    work[to].push(work.labels);
    work.labels = work[from].pop();
    Object.assign(work, { point: null, preview: null });
    lastEdit = { name: "", at: 0 };
    if (!find(work.labels, work.selected)) work.selected = work.labels.contacts[0]?.id ?? null;
    desk.post();
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

  desk.newContact = (start, end, words) => {
    const { hand, finger, region } = words;
    return { id: freshId(desk.work.labels), hand, finger, region, start, end, confidence: 1, keyframes: [] }; // as the server orders them
  };
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
  desk.outline = () => desk.contact() && polygonAt(desk.contact(), desk.work.frame);
  desk.nextPoint = (by) => {
    const polygon = desk.outline();
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
    const polygon = desk.outline();
    if (!polygon) return;
    const i = desk.work.point ?? 0;
    const [p, q] = [polygon[i], polygon[(i + 1) % polygon.length]];
    desk.change("add point", (contact) => withKey(contact, desk.work.frame, polygon.toSpliced(i + 1, 0, [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2])));
    desk.work.point = i + 1;
  };
  desk.removePoint = (i) => {
    const polygon = desk.outline();
    if (!polygon || polygon.length <= 3) return desk.say("An outline has at least three points. Shift+K removes it.");
    desk.change("delete point", (contact) => withKey(contact, desk.work.frame, polygon.toSpliced(i, 1)));
    desk.work.point = Math.min(i, polygon.length - 2);
  };
  desk.addKey = () => {
    const contact = desk.contact();
    const { frame, track, claim } = desk.work;
    if (!contact || frame < contact.start || frame > contact.end) return desk.say("Go to a frame inside the selected contact.");
    desk.change("keyframe", (c) => withKey(c, frame, desk.outline() ?? freshOutline(track, c.region, frame, claim.clip)));
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
    desk.brush.radius ??= clamp(BRUSH / desk.stage.scale(), 1, 80);
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
}

// A first outline where the region is, or in the middle.
function freshOutline(track, region, frame, clip) {
  const around = track?.names.includes(region) ? track.outline(region, frame) : [[clip.width / 2, clip.height / 2]];
  const [x, y] = [0, 1].map((axis) => around.reduce((sum, p) => sum + p[axis], 0) / around.length);
  const radius = clip.width / 30;
  return Array.from({ length: 8 }, (_, i) => [x + radius * Math.cos((i * Math.PI) / 4), y + radius * Math.sin((i * Math.PI) / 4)]);
}
