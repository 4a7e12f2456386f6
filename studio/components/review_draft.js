// The courier brings drafts and verdicts to the server, one request a clip at a time, until they are acknowledged.

const PAUSE = 450; // ms of quiet before a draft is sent
const RETRY = [1000, 2000, 4000, 8000, 15000]; // ms

// tell(clip, {kind, words, ...}) hears of every change; kinds: saving saved offline failing conflict refused.
function openCourier(outbox, tell) {
  const ways = new Map(); // clip → {timer, flying, tries}
  const wayOf = (clip) => ways.get(clip) ?? ways.set(clip, { timer: null, flying: false, tries: 0 }).get(clip);

  function send(clip, delay) {
    const way = wayOf(clip);
    clearTimeout(way.timer);
    way.timer = setTimeout(() => fly(clip, way), delay);
  }

  async function fly(clip, way) {
    const record = outbox.get(clip);
    if (way.flying || !record) return;
    way.flying = true;
    try {
      const { stuck: _, ...sent } = record;
      const answer = await ask(record.verdict ? "decide" : "save", sent, { keepalive: JSON.stringify(sent).length < 60_000 });
      arrived(clip, record, answer, way);
    } catch (error) {
      way.flying = false;
      if (!(error instanceof Refused)) throw error;
      refused(clip, record, error, way);
    }
  }

  function arrived(clip, record, answer, way) {
    way.flying = false;
    way.tries = 0;
    const newest = outbox.get(clip);
    const last = newest === null || newest.sequence === record.sequence;
    if (last) outbox.forget(clip);
    else outbox.put({ ...newest, seen: answer.number });
    tell(clip, { kind: last ? "saved" : "saving", revision: answer, verdict: record.verdict });
    if (!last) send(clip, 0);
  }

  function refused(clip, record, error, way) {
    if (error.passing) {
      send(clip, RETRY[Math.min(way.tries++, RETRY.length - 1)]);
      tell(clip, { kind: error.status === 0 ? "offline" : "failing", words: error.message });
    } else if (error.status === 409 && outbox.get(clip)?.sequence !== record.sequence) {
      send(clip, 0); // what was changed since belongs to what is decided between
    } else {
      const kind = error.status === 409 ? "conflict" : "refused";
      if (error.status !== 401 && outbox.get(clip)?.sequence === record.sequence) outbox.put({ ...record, stuck: true }); // a person has to decide
      tell(clip, { kind, words: error.message, status: error.status, answer: error.answer, verdict: record.verdict });
    }
  }

  const all = (stuck = false) => outbox.clips().forEach((clip) => (stuck || !outbox.get(clip)?.stuck) && fly(clip, wayOf(clip)));
  return {
    post(record, delay = PAUSE) {
      outbox.put(record);
      tell(record.clip, { kind: "saving" });
      send(record.clip, delay);
    },
    all,
    now: (clip) => outbox.get(clip) && send(clip, 0),
  };
}

const SAVE_WORDS = {
  clean: (work) => `Autosave on · revision ${work.seen}`,
  saving: () => "Saving…",
  saved: (work) => `Saved at revision ${work.seen}`,
  offline: () => "Offline: kept in this browser, sent later",
  failing: (work) => `${work.save.words} Kept in this browser, sent later.`,
  conflict: () => "Conflict: both versions are kept",
  refused: (work) => `Not saved: ${work.save.words}`,
  looking: (work) => (work.claim.held_by ? `${work.claim.held_by} has this clip open: looking only` : "Looking only"),
};

function saveWords(work, outbox) {
  const words = SAVE_WORDS[work.save.kind](work);
  const waits = ["saving", "offline", "failing"].includes(work.save.kind);
  return waits && !outbox.kept ? `${words} (only in this tab: keep it open)` : words;
}
