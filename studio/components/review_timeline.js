// The timeline: a row for each region and finger; bars are dragged to make, move, trim; edges snap to frames.

function openTimeline(root, desk) {
  const box = root.querySelector(".rv-rows");
  const ruler = root.querySelector(".rv-ruler");
  const head = root.querySelector(".rv-head");
  let drawn = null;
  let drag = null;

  const frames = () => desk.work.claim.clip.frames;
  const percent = (frame) => `${(100 * frame) / frames()}%`;
  const make = (name, parent, words = "") => {
    const node = document.createElement("div");
    node.className = name;
    node.textContent = words;
    parent.append(node);
    return node;
  };

  function frameAt(event, round = Math.floor) {
    const track = ruler.getBoundingClientRect();
    return clamp(round(((event.clientX - track.left) / track.width) * frames()), 0, frames() - (round === Math.floor ? 1 : 0));
  }

  function draw() {
    if (!desk.work) return box.replaceChildren();
    const { labels } = desk.state();
    const key = [labels, desk.work.selected, desk.work.claim.clip.id, desk.show.prelabel];
    if (!drawn || key.some((value, i) => value !== drawn[i])) {
      drawn = key;
      rows(labels);
      ticks();
    }
    head.style.left = percent(desk.work.frame + 0.5);
    head.dataset.frame = desk.work.frame;
  }

  function rows(labels) {
    const names = rowsOf(labels, desk.work.prelabel);
    const nodes = names.map(([row, sample]) => {
      const node = document.createElement("div");
      node.className = "rv-row";
      node.dataset.row = row;
      const name = make("rv-row-name", node);
      make("rv-dot", name).style.background = COLOURS[sample.finger];
      name.append(`${spoken(sample.region)} · ${sample.hand === desk.work.hand ? "" : `${sample.hand} `}${sample.finger}`);
      const track = make("rv-track", node);
      if (desk.show.prelabel) desk.work.prelabel.contacts.filter((c) => rowOf(c) === row).forEach((c) => place(make("rv-ghost", track), c));
      labels.contacts.filter((c) => rowOf(c) === row).forEach((c) => bar(c, track));
      return node;
    });
    box.replaceChildren(...nodes);
    if (!names.length) make("rv-empty-rows", box, "No contact in this clip. Press A to add one at this frame.");
  }

  function place(node, contact) {
    node.style.left = percent(contact.start);
    node.style.width = percent(contact.end + 1 - contact.start);
    return node;
  }

  function bar(contact, track) {
    const node = place(make("rv-bar", track), contact);
    node.dataset.contact = contact.id;
    node.style.setProperty("--finger", COLOURS[contact.finger]);
    const chosen = contact.id === desk.work.selected;
    node.classList.toggle("rv-chosen", chosen);
    node.classList.toggle("rv-unsure", contact.confidence < 0.5);
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", describe(contact));
    node.title = `${describe(contact)} · confidence ${Math.round(contact.confidence * 100)} %`;
    make("rv-edge rv-left", node);
    make("rv-edge rv-right", node);
    for (const key of contact.keyframes) {
      const mark = make("rv-key", node);
      mark.style.left = `${(100 * (key.frame + 0.5 - contact.start)) / (contact.end + 1 - contact.start)}%`;
      mark.title = `outline at frame ${key.frame}`;
    }
  }

  function ticks() {
    const every = [5, 10, 25, 50, 100, 250, 500, 1000, 5000].find((step) => frames() / step <= ruler.clientWidth / 52) ?? 10_000;
    const marks = [];
    for (let k = 0; k < frames(); k += every) {
      const mark = document.createElement("i");
      mark.style.left = percent(k);
      mark.textContent = k;
      marks.push(mark);
    }
    ruler.replaceChildren(...marks);
  }

  // Dragging: what is dragged, from where, and the labels as they were.
  box.addEventListener("pointerdown", (event) => {
    if (!desk.work || event.button) return;
    const node = event.target.closest(".rv-bar");
    const row = event.target.closest(".rv-row")?.dataset.row;
    if (node) {
      desk.select(node.dataset.contact, { goThere: false });
      if (!desk.mayEdit()) return;
      const edge = event.target.classList.contains("rv-left") ? "start" : event.target.classList.contains("rv-right") ? "end" : null;
      begin(event, { edge, id: node.dataset.contact, row });
    } else if (event.target.closest(".rv-track")) {
      desk.go(frameAt(event));
      if (desk.mayEdit()) begin(event, { row, fresh: frameAt(event) });
    }
  });

  function begin(event, what) {
    event.preventDefault();
    box.setPointerCapture(event.pointerId);
    desk.pause();
    drag = { ...what, from: frameAt(event), x: event.clientX, labels: desk.work.labels, moved: false };
  }

  box.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".rv-row")?.dataset.row;
    drag.moved ||= Math.abs(event.clientX - drag.x) > 3 || (drag.id && !drag.edge && over && over !== drag.row);
    if (drag.moved) desk.preview(dragged(frameAt(event), over), drag.fresh === undefined ? drag.id : "new");
  });

  function dragged(frame, over) {
    const { labels } = drag;
    if (drag.fresh !== undefined) {
      const sample = rowsOf(labels, desk.work.prelabel).find(([row]) => row === drag.row)[1];
      const ends = [drag.fresh, frame].sort((a, b) => a - b);
      return addContact(labels, desk.newContact(ends[0], ends[1], { hand: sample.hand, finger: sample.finger, region: sample.region }));
    }
    return replaceContact(labels, drag.id, (contact) => {
      if (drag.edge === "start") return trimmed(contact, Math.min(frame, contact.end), contact.end, labels.frames);
      if (drag.edge === "end") return trimmed(contact, contact.start, Math.max(frame, contact.start), labels.frames);
      const moved = shifted(contact, frame - drag.from, labels.frames);
      if (!over || over === drag.row) return moved;
      const [region, finger, hand] = over.split(" ");
      return { ...moved, region, finger, hand };
    });
  }

  const lift = () => {
    if (drag?.moved) desk.commitPreview(drag.fresh !== undefined ? "add contact" : drag.edge ? "trim" : "move contact");
    drag = null;
  };
  box.addEventListener("pointerup", lift);
  box.addEventListener("pointercancel", lift);

  const scrub = (event) => {
    if (desk.work && event.buttons) desk.go(frameAt(event));
  };
  ruler.addEventListener("pointerdown", (event) => {
    ruler.setPointerCapture(event.pointerId);
    desk.pause();
    scrub(event);
  });
  ruler.addEventListener("pointermove", scrub);
  return { draw };
}

// [name, a contact of it] of every row, in the order of regions and fingers.
function rowsOf(labels, prelabel) {
  const rows = new Map([...prelabel.contacts, ...labels.contacts].map((contact) => [rowOf(contact), contact]));
  const rank = ([, c]) => WORDS.regions.indexOf(c.region) * 20 + WORDS.fingers.indexOf(c.finger) * 2 + (c.hand === "right");
  return [...rows].sort((a, b) => rank(a) - rank(b));
}
