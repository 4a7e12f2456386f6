// The side panel: the selected contact's hand, finger and region; changes, history and comments of the clip.

// Regions as they lie on the picture, and the keys that lie the same way.
const FACE_KEYS = [
  ["right_temple", "q"], ["right_brow", "w"], ["forehead", "e"], ["left_brow", "r"], ["left_temple", "t"],
  ["right_cheek", "a"], ["right_eye", "s"], ["nose_bridge", "d"], ["left_eye", "f"], ["left_cheek", "g"],
  ["right_jaw", "z"], ["upper_lip", "x"], ["nose_tip", "c"], ["lower_lip", "v"], ["left_jaw", "b"],
  [null, null], [null, null], ["chin", "n"], [null, null], [null, null],
];

const element_ = (tag, name = "", words = "") => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.textContent = words;
  return node;
};

const when = (seconds) => {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : date.toLocaleDateString([], { day: "numeric", month: "short" });
};

function openPanel(root, desk) {
  const part = (name) => root.querySelector(name);
  let drawn = null;

  function button(words, hint, press, name) {
    const node = element_("button", name);
    node.type = "button";
    node.append(element_("span", "", words));
    if (hint) node.append(element_("kbd", "", hint));
    node.addEventListener("click", press);
    return node;
  }

  const hands = WORDS.hands.map((hand) => button(`${hand} hand`, "", () => desk.set("hand", hand), "rv-choice"));
  part(".rv-hands").replaceChildren(...hands);
  const fingers = WORDS.fingers.map((finger, i) => button(finger, `${i + 1}`, () => desk.set("finger", finger), "rv-choice"));
  fingers.forEach((node, i) => node.style.setProperty("--finger", COLOURS[WORDS.fingers[i]]));
  part(".rv-fingers").replaceChildren(...fingers);
  const regions = FACE_KEYS.map(([region, key]) => {
    if (!region) return element_("span");
    const short = spoken(region).replace("left ", "L ").replace("right ", "R ").replace("nose ", "");
    const node = button(region.startsWith("nose") ? `nose ${short}` : short, key, () => desk.pickRegion(region), "rv-choice");
    node.dataset.region = region;
    node.setAttribute("aria-label", spoken(region));
    return node;
  });
  part(".rv-regions").replaceChildren(...regions);

  for (const tab of root.querySelectorAll("[data-tab]")) {
    tab.addEventListener("click", () => {
      root.querySelectorAll("[data-tab]").forEach((other) => other.setAttribute("aria-selected", other === tab));
      for (const page of root.querySelectorAll("[data-page]")) page.hidden = page.dataset.page !== tab.dataset.tab;
      if (tab.dataset.tab !== "changes") desk.loadHistory();
    });
  }

  function draw() {
    const work = desk.work;
    const contact = desk.contact();
    const key = [work, work?.labels, contact, work?.history, work?.selected, desk.mayEdit()];
    if (drawn && key.every((value, i) => value === drawn[i])) return;
    drawn = key;
    part(".rv-editor").disabled = !contact || !desk.mayEdit();
    part(".rv-what").textContent = contact ? describe(contact) : work?.labels.contacts.length ? "No contact selected" : "No contacts yet";
    hands.forEach((node, i) => node.setAttribute("aria-pressed", contact?.hand === WORDS.hands[i]));
    fingers.forEach((node, i) => node.setAttribute("aria-pressed", contact?.finger === WORDS.fingers[i]));
    regions.forEach((node) => node.dataset.region && node.setAttribute("aria-pressed", contact?.region === node.dataset.region));
    if (!work) return;
    drawChanges(work);
    drawHistory(work.history);
    drawRivals(work);
  }

  function changeList(changes) {
    const list = element_("ul", "rv-changes");
    for (const change of changes) {
      const item = element_("li", `rv-${change.kind}`);
      item.append(element_("b", "", `${change.id} ${change.kind}`));
      for (const line of change.lines) item.append(element_("span", "", line));
      list.append(item);
    }
    return list;
  }

  function drawChanges(work) {
    const changes = difference(work.prelabel, work.labels);
    root.querySelector("[data-tab=changes] b").textContent = changes.length || "";
    const none = element_("p", "rv-quiet", `As pre-labelled by ${work.prelabel.author} (${work.prelabel.source}).`);
    const page = part("[data-page=changes]");
    page.replaceChildren(changes.length ? changeList(changes) : none);
    if (changes.length && desk.mayEdit()) page.append(button("Back to the pre-label", "", () => desk.edit("back to the pre-label", { ...work.labels, contacts: work.prelabel.contacts }), "rv-small"));
  }

  function drawHistory(history) {
    if (!history) return;
    const items = history.revisions.map((revision) => {
      const item = element_("li");
      item.append(element_("b", "", `Revision ${revision.number}`), element_("span", "", `${REVISION_WORDS[revision.kind] ?? revision.kind} by ${revision.author}, ${when(revision.created)}`));
      if (revision.note) item.append(element_("q", "", revision.note));
      const unsettled = history.conflicts.includes(revision.number);
      if (unsettled) item.append(element_("em", "", "not merged"));
      const row = element_("span", "rv-do");
      row.append(button("Compare", "", () => desk.compare(revision.number), "rv-small"));
      const isGold = revision.number === desk.work.claim.clip.gold;
      if (isGold) item.append(element_("em", "", "gold: annotators are checked against it"));
      if (revision.number !== desk.work.seen && desk.mayEdit()) row.append(button("Restore", "", () => desk.restore(revision.number), "rv-small"));
      if (desk.role === "admin") row.append(button(isGold ? "Not gold" : "Make gold", "", () => desk.gold(isGold ? 0 : revision.number), "rv-small"));
      item.append(row);
      return item;
    });
    part(".rv-revisions").replaceChildren(...items);
    const said = history.events.filter((event) => ["comment", "flag", "unflag", "skip", "rejected"].includes(event.action));
    const lines = said.map((event) => {
      const item = element_("li");
      item.append(element_("b", "", event.person), element_("span", "", `${event.action === "comment" ? "" : `${event.action}, `}${when(event.created)}`));
      if (event.detail) item.append(element_("p", "", event.detail));
      return item;
    });
    part(".rv-comments").replaceChildren(...(lines.length ? lines : [element_("li", "rv-quiet", "Nothing was said about this clip.")]));
    root.querySelector("[data-tab=comments] b").textContent = said.filter((event) => event.action === "comment").length || "";
  }

  // What an adjudicator decides between.
  function drawRivals(work) {
    const { rivals } = work.claim;
    part(".rv-rivals").hidden = !rivals.length;
    part(".rv-rivals").replaceChildren(
      element_("b", "", "Two people labelled this clip differently: take one, then correct it."),
      ...rivals.map((rival) => button(`${rival.author}: ${rival.state}, ${rival.labels.contacts.length} contacts`, "", () => desk.edit(`take ${rival.author}'s`, { ...work.labels, contacts: rival.labels.contacts }), "rv-small")),
      ...(rivals.length === 2 ? [changeList(difference(rivals[0].labels, rivals[1].labels))] : []),
    );
  }

  return { draw, changeList, button };
}

const REVISION_WORDS = {
  import: "pre-label", draft: "saved", save: "saved", restore: "restored", merge: "merged",
  conflict: "lost a conflict,", accepted: "accepted", corrected: "corrected", rejected: "rejected",
};
