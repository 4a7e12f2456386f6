// Undo outlives a reload: the newest states of the clip at hand, kept as long as the tab.

const UNDO = "studio.review.undo";
const UNDO_SIZE = 500_000; // characters

const texts = new WeakMap(); // labels, which are never changed in place, → their contacts as JSON
const textOf = (labels) => texts.get(labels) ?? texts.set(labels, JSON.stringify(labels.contacts)).get(labels);

function keepUndo(person, work) {
  let room = UNDO_SIZE;
  const newest = (states) => {
    const at = states.findLastIndex((labels) => (room -= textOf(labels).length) < 0);
    return states.slice(at + 1).map(textOf);
  };
  const [now, undo, redo] = [textOf(work.labels), newest(work.undo), newest(work.redo)];
  const text = `{"person":${JSON.stringify(person)},"clip":${work.claim.clip.id},"now":${now},"undo":[${undo}],"redo":[${redo}]}`;
  try {
    sessionStorage.setItem(UNDO, text);
  } catch {}
}

// Where the labels are still those that could be undone.
function keptUndo(person, clip, labels) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(UNDO));
    if (kept?.person !== person || kept.clip !== clip || !same(kept.now, labels.contacts)) return {};
    const states = (list) => list.map((contacts) => ({ ...labels, contacts }));
    return { undo: states(kept.undo), redo: states(kept.redo) };
  } catch {
    return {};
  }
}
