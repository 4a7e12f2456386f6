// All clips at a glance: the server searches, the page shows a page of them, and acts on those that are selected.
const PAGE = 60;
const TYPED = 250; // ms of rest after which a search is asked for
const root = element.querySelector(".ia-gallery");
const form = root.querySelector("form[role=search]");
const cards = root.querySelector(".ia-cards");
const many = root.querySelector(".ia-many");
const dialog = root.querySelector("dialog");
const words = props.value;
const chosen = new Set();
let found = { total: 0, clips: [] };
let offset = 0;
let everything = false; // all that were found are selected, seen or not
let asked = 0;
let last = -1; // the card that was selected last
let timer = 0;

for (const [name, list] of [["state", words.states], ["pattern", words.patterns], ["region", words.regions]]) fill(form.elements[name], "any", list);
fill(field("format"), null, words.formats);
field("format").value = "csv";

form.addEventListener("input", (event) => {
  if (event.target.name === "view") return draw();
  clearTimeout(timer);
  timer = setTimeout(() => load(0, true), event.target.type === "search" ? TYPED : 0);
});
form.addEventListener("submit", (event) => event.preventDefault());
root.addEventListener("click", (event) => {
  const act = event.target.closest("button[data-act]")?.dataset.act;
  if (act) acts[act]();
});
cards.addEventListener("click", (event) => {
  const card = event.target.closest("li");
  if (!card) return;
  if (event.target.closest(".ia-box")) select(index(card), event.shiftKey);
  else if (event.ctrlKey || event.metaKey || event.shiftKey) select(index(card), event.shiftKey);
  else open(card);
});
cards.addEventListener("keydown", move);
root.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing) { event.preventDefault(); form.elements.text.focus(); }
});
new ResizeObserver(() => { if (element.offsetParent !== null && !asked) begin(); }).observe(element);

async function begin() {
  const choices = await ask("choices", {}).catch(() => null);
  root.hidden = !choices; // who may not look at all clips has no use for it
  if (!choices) return;
  fill(form.elements.annotator, "anybody", choices.people);
  fill(form.elements.assigned, "anybody", choices.people);
  fill(field("person"), "everybody", choices.people);
  for (const part of root.querySelectorAll("[data-admin]")) part.hidden = choices.role !== "admin";
  await load(0);
}

function wanted() {
  const { text, state, pattern, region, annotator, assigned, only, sort } = Object.fromEntries(new FormData(form));
  const asks = { text, state, pattern, region, annotator, assigned, sort };
  return only ? { ...asks, [only]: true } : asks;
}

async function load(from, anew = false) {
  const mine = ++asked;
  if (anew) { chosen.clear(); everything = false; }
  try {
    const page = await ask("browse", { ...wanted(), offset: from, limit: PAGE });
    if (mine !== asked) return; // another was asked for meanwhile
    [found, offset, last] = [page, from, -1];
    draw();
  } catch (error) {
    say(error.message);
  }
}

function draw() {
  const { total, clips } = found;
  cards.className = `ia-cards ia-${form.elements.view.value}`;
  cards.replaceChildren(...clips.map(card));
  cards.firstElementChild?.setAttribute("tabindex", "0");
  root.querySelector("[data-total]").textContent = total === 1 ? "1 found" : `${total.toLocaleString("en")} found`;
  root.querySelector("[data-page]").textContent = total ? `${(offset + 1).toLocaleString("en")} – ${(offset + clips.length).toLocaleString("en")}` : "Nothing was found.";
  root.querySelector("[data-act=before]").disabled = offset === 0;
  root.querySelector("[data-act=after]").disabled = offset + PAGE >= total;
  drawChosen();
}

function card(clip) {
  const item = make("li");
  Object.assign(item, { role: "option", tabIndex: -1 });
  item.dataset.clip = clip.id;
  const box = make("i", "ia-box"); // the option itself says whether it is selected
  box.setAttribute("aria-hidden", "true");
  const picture = make("img");
  Object.assign(picture, { loading: "lazy", decoding: "async", alt: "", src: url(`studio/clips/${clip.id}/thumbnail`) });
  picture.addEventListener("error", () => picture.classList.add("ia-gone"), { once: true });
  const marks = [clip.flagged && "⚑", clip.gold && "★", clip.priority && `↑${clip.priority}`].filter(Boolean).join(" ");
  const who = clip.annotator || (clip.assigned && `for ${clip.assigned}`);
  const parts = [
    make("strong", "", clip.name), make("span", `ia-state ia-${clip.state}`, clip.state),
    make("span", "", clip.pattern === "none" ? "no pattern" : clip.pattern.replaceAll("-", " ")),
    make("span", "", clip.subject), make("span", "", who || ""), make("span", "ia-sure", clip.confidence ? `${Math.round(100 * clip.confidence)} %` : "no contact"),
    make("span", "", `clip ${clip.id}`), make("span", "ia-marks", marks),
  ];
  parts[0].title = clip.name;
  item.append(box, picture, ...parts);
  return item;
}

function drawChosen() {
  const number = everything ? found.total : chosen.size;
  for (const item of cards.children) {
    const on = everything || chosen.has(Number(item.dataset.clip));
    item.setAttribute("aria-selected", String(on));
  }
  many.hidden = number === 0;
  root.querySelector("[data-chosen]").textContent = `${number.toLocaleString("en")} selected`;
  root.querySelector("[data-act=all]").textContent = `Select all ${found.total.toLocaleString("en")}`;
}

function select(at, through) {
  const on = everything ? false : !chosen.has(found.clips[at].id);
  if (everything) { everything = false; for (const { id } of found.clips) chosen.add(id); }
  const first = through && last >= 0 ? Math.min(last, at) : at;
  for (const { id } of found.clips.slice(first, (through && last >= 0 ? Math.max(last, at) : at) + 1)) on ? chosen.add(id) : chosen.delete(id);
  last = at;
  drawChosen();
}

function move(event) {
  const item = event.target.closest("li");
  if (!item || event.altKey) return;
  const at = index(item);
  const across = form.elements.view.value === "list" ? 1 : Math.max(1, [...cards.children].filter((c) => c.offsetTop === cards.firstElementChild.offsetTop).length);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across, Home: 0, End: found.clips.length - 1 }[event.key];
  if (to !== undefined) focus(Math.max(0, Math.min(to, found.clips.length - 1)));
  else if (event.key === "Enter") open(item);
  else if (event.key === " ") select(at, event.shiftKey);
  else if (event.key === "PageDown") acts.after(true);
  else if (event.key === "PageUp") acts.before(true);
  else if (event.key === "a" && (event.ctrlKey || event.metaKey)) { for (const { id } of found.clips) chosen.add(id); drawChosen(); }
  else if (event.key === "Escape") acts.none();
  else return;
  event.preventDefault();
}

function focus(at) {
  for (const item of cards.children) item.tabIndex = -1;
  const item = cards.children[at];
  if (!item) return;
  item.tabIndex = 0;
  item.focus();
}

/** The Review tab with that clip on its desk. */
async function open(item) {
  const tab = [...document.querySelectorAll("[role=tab]")].find((each) => each.textContent.trim() === "Review");
  tab?.click();
  const ready = () => ["working", "empty", "failed"].includes(document.querySelector(".rv")?.dataset.state);
  for (let tries = 0; tries < 200 && !ready(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  document.querySelector(".rv")?.dispatchEvent(new CustomEvent("studio:open", { detail: Number(item.dataset.clip) }));
}

async function turn(to, refocus) {
  if (to < 0 || to >= found.total) return;
  await load(to);
  if (refocus) focus(0);
}

const acts = {
  before: (refocus) => turn(offset - PAGE, refocus),
  after: (refocus) => turn(offset + PAGE, refocus),
  all: () => { everything = true; drawChosen(); },
  none: () => { everything = false; chosen.clear(); drawChosen(); },
  assign: () => change("assign", { person: field("person").value }),
  priority: () => change("priority", { priority: Number(field("priority").value) }),
  flag: () => change("flag", { flagged: true }),
  unflag: () => change("flag", { flagged: false }),
  export: async () => {
    const answer = await change("export", { format: field("format").value });
    if (!answer?.file) return;
    const link = make("a");
    Object.assign(link, { href: url(`studio/gallery/exports/${encodeURIComponent(answer.file)}`), download: answer.file });
    link.click();
  },
  delete: async () => {
    const number = everything ? found.total : chosen.size;
    dialog.querySelector("p").textContent = `${number === 1 ? "This clip goes" : `These ${number.toLocaleString("en")} clips go`} for good, with all labels and their history. Backups that hold them are named by python -m annotation forget.`;
    dialog.returnValue = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue === "yes" && (await change("delete", {}))) acts.none();
  },
};

async function change(act, said) {
  say("…");
  try {
    const which = everything ? { found: wanted() } : { clips: [...chosen] };
    const answer = await ask(act, { ...which, ...said });
    say(answer.words);
    await load(Math.min(offset, Math.max(found.total - 1, 0)));
    return answer;
  } catch (error) {
    say(error.message);
    return null;
  }
}

async function ask(act, body) {
  const answer = await fetch(url(`studio/gallery/${act}`), { method: "POST", body: JSON.stringify(body) });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.error ?? "The server does not answer.");
  return value;
}

function fill(list, any, names) {
  const options = any === null ? [] : [["", any]];
  list.replaceChildren(...[...options, ...names.map((name) => [name, name === "none" ? "none of these" : name.replaceAll("_", " ")])].map(([value, text]) => new Option(text, value)));
}

function field(name) { return root.querySelector(`[data-field=${name}]`); }
function index(item) { return [...cards.children].indexOf(item); }
function url(path) { return new URL(path, document.baseURI).href; }
function say(text) { root.querySelector("[role=status]").textContent = text; }
function make(tag, name = "", text = "") {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}
