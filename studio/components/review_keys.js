// Every key, once: what is listed here is what the help sheet shows. S- is Shift, C- is Ctrl or ⌘, A- is Alt.

function keyMap(desk) {
  const step = (by) => () => desk.go(desk.work.frame + by);
  const contact = () => desk.contact();
  const nudge = (edge, by) => () => desk.nudgeEdge(edge, by);
  const arrow = (dx, dy, far) => () => desk.work.point !== null && (desk.nudgePoint(dx * (far ? 10 : 1), dy * (far ? 10 : 1)), true);
  const either = (first, second) => () => first() || second();
  return [
    ["Clip", [
      ["Enter", "Accept (as corrected where you changed something), next clip", () => desk.accept()],
      ["x", "Reject, with a reason", () => desk.reject()],
      ["S-N", "Back to the clip before", () => desk.back()],
      ["S-S", "Skip this clip", () => desk.skip()],
      ["f", "Flag for a reviewer", () => desk.flag()],
      ["c", "Comment", () => desk.comment()],
      ["C-z", "Undo", () => desk.undo()],
      ["C-S-Z C-y", "Redo", () => desk.redo()],
      ["C-s", "Save now (it saves by itself)", () => desk.saveNow()],
      ["?", "This sheet", () => desk.help()],
    ]],
    ["Time", [
      ["Space", "Play or pause; with loop on, only the selected contact", () => desk.toggle()],
      ["ArrowLeft", "One frame back", either(arrow(-1, 0), step(-1))],
      ["ArrowRight", "One frame on", either(arrow(1, 0), step(1))],
      ["PageUp", "Ten frames back", step(-10)],
      ["PageDown", "Ten frames on", step(10)],
      ["Home", "First frame", () => desk.go(0)],
      ["End", "Last frame", () => desk.go(Infinity)],
      ["[", "First frame of the contact", () => contact() && desk.go(contact().start)],
      ["]", "Last frame of the contact", () => contact() && desk.go(contact().end)],
      ["j", "Next outline (keyframe)", () => desk.goKey(1)],
      ["S-J", "Outline before", () => desk.goKey(-1)],
      ["y", "Loop the selected contact, or not", () => desk.option("loop")],
      ["t", "Slow motion: ½, ¼, full speed", () => desk.slower()],
    ]],
    ["Contact", [
      ["Tab .", "Next contact", () => desk.selectNext(1)],
      ["S-Tab ,", "Contact before", () => desk.selectNext(-1)],
      ["n", "Next contact that you have not looked at", () => desk.selectUnseen()],
      ["i", "Begins at this frame", () => desk.markEdge("start")],
      ["o", "Ends at this frame", () => desk.markEdge("end")],
      ["l", "Begin one frame earlier", nudge("start", -1)],
      ["S-L", "Begin one frame later", nudge("start", 1)],
      ["r", "End one frame later", nudge("end", 1)],
      ["S-R", "End one frame earlier", nudge("end", -1)],
      ["A-ArrowLeft", "Move it one frame earlier", () => desk.shift(-1)],
      ["A-ArrowRight", "Move it one frame later", () => desk.shift(1)],
      ["1 2 3 4 5 6", "Thumb, index, middle, ring, little finger, palm", (key) => desk.set("finger", WORDS.fingers[key - 1])],
      ["h", "The other hand", () => desk.otherHand()],
      ["g", "Region: then the key that lies where it is on the face", () => desk.chooseRegion()],
      ["ArrowUp", "Region before (in a row of the timeline above)", either(arrow(0, -1), () => desk.nextRegion(-1))],
      ["ArrowDown", "Next region", either(arrow(0, 1), () => desk.nextRegion(1))],
      ["a", "Add a contact from this frame", () => desk.add()],
      ["s", "Split at this frame", () => desk.split()],
      ["S-ArrowLeft", "Merge with the one before", either(arrow(-1, 0, true), () => desk.merge(-1))],
      ["S-ArrowRight", "Merge with the next one", either(arrow(1, 0, true), () => desk.merge(1))],
      ["Delete Backspace", "Delete the selected point, else the contact", () => desk.remove()],
    ]],
    ["Outline", [
      ["p", "Next point", () => desk.nextPoint(1)],
      ["S-P", "Point before", () => desk.nextPoint(-1)],
      ["S-ArrowUp", "Selected point ten pixels up (arrows: one pixel)", arrow(0, -1, true)],
      ["S-ArrowDown", "Selected point ten pixels down", arrow(0, 1, true)],
      ["e", "Add a point after the selected one", () => desk.addPoint()],
      ["k", "Keep the outline of this frame as a keyframe, or make a new outline", () => desk.addKey()],
      ["S-K", "Remove the outline of this frame", () => desk.removeKey()],
      ["w", "Move points in this frame only, or in every outline of the contact", () => desk.everywhere()],
      ["b", "Brush", () => desk.toggleBrush(false)],
      ["S-B", "Eraser", () => desk.toggleBrush(true)],
      ["{ }", "Smaller, larger brush", (key) => desk.brushSize(key === "}" ? 1.25 : 0.8)],
      ["Escape", "Let go of the point, the brush, the contact", () => desk.letGo()],
    ]],
    ["View", [
      ["+ =", "Closer", () => desk.zoom(1.5)],
      ["-", "Farther", () => desk.zoom(1 / 1.5)],
      ["0", "All of it, or close to the contact", () => desk.fit()],
      ["v", "Regions of the face", () => desk.option("regions")],
      ["z", "Outlines", () => desk.option("outlines")],
      ["u", "Contact heat", () => desk.option("heat")],
      ["d", "Landmarks", () => desk.option("landmarks")],
      ["m", "Mirrored view", () => desk.option("mirrored")],
    ]],
  ];
}

function nameOf(event) {
  const shift = event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase());
  const key = event.key === " " ? "Space" : event.key;
  return `${event.ctrlKey || event.metaKey ? "C-" : ""}${event.altKey ? "A-" : ""}${shift ? "S-" : ""}${key}`;
}

function openKeys(root, desk) {
  const groups = keyMap(desk);
  const actions = new Map();
  for (const [, entries] of groups) for (const [keys, , run] of entries) for (const key of keys.split(" ")) actions.set(key, run);

  function press(event) {
    if (!root.isConnected) return document.removeEventListener("keydown", press);
    if (root.offsetParent === null || !desk.work || event.defaultPrevented || event.isComposing) return;
    const target = event.target;
    if (target.matches("input, textarea, select, [contenteditable=true]") || document.querySelector("dialog[open]")) return;
    // Elsewhere on the page keys belong to the page; in a button of ours, Space, Enter and Tab are the button's.
    if (target !== document.body && !root.contains(target)) return;
    const name = nameOf(event);
    const onButton = target.closest("button, [role=tab], summary, a");
    if (onButton && ["Space", "Enter", "Tab", "S-Tab"].includes(name)) return;
    if (["Tab", "S-Tab"].includes(name) && !desk.hasNext(name === "Tab" ? 1 : -1)) return;
    if (desk.pickingRegion(event, name)) return event.preventDefault();
    const run = actions.get(name);
    if (!run) return;
    event.preventDefault();
    if (event.repeat && ["Enter", "x", "S-N", "S-S", "f", "c"].includes(name)) return;
    run(event.key);
  }
  document.addEventListener("keydown", press);

  const shown = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del", Backspace: "⌫", PageUp: "PgUp", PageDown: "PgDn" };
  const cap = (key) => {
    const node = element_("kbd");
    const [, modifiers, name] = key.match(/^((?:[CAS]-)*)(.+)$/);
    node.textContent = `${modifiers.includes("C-") ? "Ctrl " : ""}${modifiers.includes("A-") ? "Alt " : ""}${modifiers.includes("S-") ? "⇧ " : ""}${shown[name] ?? (name.length === 1 ? name.toUpperCase() : name)}`;
    return node;
  };
  return function sheet() {
    const columns = groups.map(([name, entries]) => {
      const column = element_("section");
      const list = element_("dl");
      for (const [keys, words] of entries) {
        const term = element_("dt");
        term.append(...keys.split(" ").map(cap));
        list.append(term, element_("dd", "", words));
      }
      column.append(element_("h3", "", name), list);
      return column;
    });
    return columns;
  };
}
