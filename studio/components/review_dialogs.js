// Questions to the person: a reason, a comment, a conflict, the keys.

const REASONS = ["The hand does not touch the face", "Not the right person or pattern", "The picture is broken", "The touch is hidden", "Not fit to be shown"];

function openDialogs(root, desk) {
  const dialog = root.querySelector(".rv-dialog");
  const body = dialog.querySelector(".rv-dialog-body");
  const row = dialog.querySelector(".rv-dialog-do");

  // The browser tells of a close with its next frame only, when the dialog may be open again: what closes it ends it.
  let finish = null;
  const shut = (value) => (dialog.close(value), finish?.());
  dialog.addEventListener("submit", (event) => (event.preventDefault(), shut(event.submitter?.value ?? "")));
  dialog.addEventListener("cancel", (event) => (event.preventDefault(), shut("")));
  dialog.addEventListener("close", () => dialog.open || finish?.());

  // Resolves to the value of the button that closed it, or "" when it was left.
  function open(title, content, buttons, wide = false) {
    dialog.querySelector("h3").textContent = title;
    dialog.classList.toggle("rv-wide", wide);
    body.replaceChildren(...content);
    row.replaceChildren(...buttons.map(([value, words, primary]) => {
      const node = element_("button", primary ? "rv-primary" : "", words);
      node.value = value;
      return node;
    }));
    dialog.returnValue = "";
    dialog.showModal();
    (body.querySelector("[autofocus]") ?? row.querySelector(".rv-primary"))?.focus({ preventScroll: true });
    body.scrollTop = 0;
    return new Promise((resolve) => {
      finish = () => {
        finish = null;
        desk.focus();
        resolve(dialog.returnValue);
      };
    });
  }

  function text(label, value = "") {
    const area = element_("textarea");
    Object.assign(area, { rows: 3, maxLength: 10_000, value, autofocus: true });
    area.setAttribute("autofocus", "");
    area.setAttribute("aria-label", label);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        row.querySelector(".rv-primary").click();
      }
    });
    return area;
  }

  async function reason() {
    const area = text("Reason");
    area.removeAttribute("autofocus");
    const choices = REASONS.map((words, i) => {
      const node = element_("button", "rv-reason");
      Object.assign(node, { type: "button" });
      node.append(element_("kbd", "", `${i + 1}`), words);
      node.addEventListener("click", () => {
        area.value = words;
        row.querySelector(".rv-primary").click();
      });
      return node;
    });
    const pick = (event) => {
      if (event.target === area && area.value) return;
      const node = choices[event.key - 1];
      if (node) (event.preventDefault(), node.click());
    };
    dialog.addEventListener("keydown", pick);
    choices[0].setAttribute("autofocus", "");
    const answer = await open("Why is this clip rejected?", [...choices, area], [["", "Cancel"], ["ok", "Reject", true]]);
    dialog.removeEventListener("keydown", pick);
    return answer === "ok" ? area.value.trim() : null;
  }

  async function comment() {
    const area = text("Comment");
    const answer = await open("Comment on this clip", [area], [["", "Cancel"], ["ok", "Send", true]]);
    return answer === "ok" ? area.value.trim() : null;
  }

  // Both versions are stored. Resolves to the labels to go on with, or null to decide later.
  async function conflict(answer) {
    const { head, yours, clashes = [], merged } = answer;
    const words = element_("p", "", answer.error);
    if (answer.lost) {
      const choice = await open("Somebody else has this clip", [words], [["next", "Next clip", true]]);
      return choice === "next" ? "next" : null;
    }
    const content = [words, element_("h4", "", `${head.author}'s revision ${head.number} against yours`), desk.changeList(difference(head.labels, yours.labels))];
    const picks = clashes.map((clash) => clashRow(clash, head.author));
    if (picks.length) content.push(element_("h4", "", "Changed by both of you: for the merged version, take"), ...picks.map((pick) => pick.node));
    const buttons = [["", "Decide later"], ["theirs", `Take ${head.author}'s`], ["mine", "Take mine"], ["merged", "Merge both", true]];
    const choice = await open("Saved by two people", content, buttons, true);
    if (choice === "theirs") return head.labels;
    if (choice === "mine") return yours.labels;
    return choice === "merged" ? picks.reduce((labels, pick) => (pick.mine() ? settle(labels, pick.clash, yours.labels) : labels), merged) : null;
  }

  function clashRow(clash, author) {
    const node = element_("fieldset", "rv-clash");
    const say = (value) => (Array.isArray(value) ? "outline" : value === true ? "removed" : value === false ? "kept" : spoken(String(value ?? "none")));
    node.append(element_("legend", "", `${clash.contact}, ${clash.field}`));
    const inputs = [["head", `${author}: ${say(clash.head)}`], ["yours", `yours: ${say(clash.yours)}`]].map(([value, words], i) => {
      const label = element_("label");
      const input = element_("input");
      Object.assign(input, { type: "radio", name: `${clash.contact} ${clash.field}`, value, checked: i === 0 });
      label.append(input, words);
      node.append(label);
      return input;
    });
    return { node, clash, mine: () => inputs[1].checked };
  }

  function help(columns) {
    const sheet = element_("div", "rv-sheet");
    sheet.append(...columns);
    const words = "Drag on the timeline to make, move and trim; on the picture to move points, pull new ones out of an edge, pick regions; Alt-click a point to delete it.";
    return open("Keys", [element_("p", "rv-quiet", words), sheet], [["", "Close", true]], true);
  }
  const show = (title, content) => open(title, content, [["", "Close", true]], true);
  return { reason, comment, conflict, help, show, busy: () => dialog.open };
}

// Merged labels with what the second person wanted for one clash.
function settle(labels, clash, yours) {
  const mine = find(yours, clash.contact);
  if (clash.field === "removed") return mine ? labels : removeContact(labels, clash.contact);
  return replaceContact(labels, clash.contact, (contact) => {
    if (clash.field.startsWith("keyframe ")) {
      const frame = Number(clash.field.slice(9));
      return clash.yours ? withKey(contact, frame, clash.yours) : withoutKey(contact, frame);
    }
    if (["start", "end"].includes(clash.field)) {
      const ends = { start: contact.start, end: contact.end, [clash.field]: clash.yours };
      return ends.end < ends.start ? contact : trimmed(contact, ends.start, ends.end, labels.frames);
    }
    return { ...contact, [clash.field]: clash.yours };
  });
}
