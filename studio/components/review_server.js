// Asking the server, and keeping what it has not yet got.

class Refused extends Error {
  constructor(status, answer) {
    super(answer.error ?? "The server answered with an error.");
    this.status = status;
    this.answer = answer;
  }
  get passing() {
    return this.status === 0 || this.status >= 500; // worth trying again
  }
}

// Who is not logged in has a name of this browser's own, by a token that the server has signed.
const PSEUDONYM = "studio.review.pseudonym";
let pseudonym = "";
try {
  pseudonym = localStorage.getItem(PSEUDONYM) ?? "";
} catch {}

async function openSession() {
  const session = await ask("session");
  if (!session.visitor) return session;
  pseudonym = (await ask("pseudonym")).token;
  try {
    localStorage.setItem(PSEUDONYM, pseudonym);
  } catch {}
  return ask("session");
}

async function ask(action, body = {}, options = {}) {
  let response;
  try {
    response = await fetch(`studio/review/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(pseudonym && { "X-Studio-Visitor": pseudonym }) },
      body: JSON.stringify(body),
      ...options,
    });
  } catch {
    throw new Refused(0, { error: "The server cannot be reached." });
  }
  const answer = await response.json().catch(() => null);
  if (answer === null || !response.ok) {
    const gone = [502, 504].includes(response.status) || answer === null;
    throw new Refused(gone ? 0 : response.status, answer ?? { error: "The server cannot be reached." });
  }
  return answer;
}

// What has to reach the server, a record a clip, in localStorage: it outlives a reload, a crash and a restart.
// {clip, client, sequence, seen, lease, labels, verdict?, note?, seconds?, sent: sequence that was acknowledged}
function openOutbox(person) {
  const prefix = `studio.review.${person}.`;
  const name = (clip) => `${prefix}${clip}`;
  const memory = new Map(); // where the browser keeps nothing, the tab still does
  return {
    kept: true,
    get(clip) {
      try {
        return JSON.parse(localStorage.getItem(name(clip))) ?? memory.get(clip) ?? null;
      } catch {
        return memory.get(clip) ?? null;
      }
    },
    put(record) {
      memory.set(record.clip, record);
      try {
        localStorage.setItem(name(record.clip), JSON.stringify(record));
        this.kept = true;
      } catch {
        this.kept = false;
      }
    },
    forget(clip) {
      memory.delete(clip);
      try {
        localStorage.removeItem(name(clip));
      } catch {}
    },
    clips() {
      const found = new Set(memory.keys());
      try {
        for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) found.add(Number(key.slice(prefix.length)));
      } catch {}
      return [...found];
    },
  };
}

// One tab has a clip: another tab of this browser with the same draft would seem to be the same client.
function holdClip(person, clip) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    navigator.locks.request(`studio.review.${person}.${clip}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}
