// What can be done to labels: pure functions, the labels of a clip are never changed in place.
// All review_*.js share the scope of review.js; element, props, watch come from gr.HTML.

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
const spoken = (word) => word.replaceAll("_", " ");
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const round2 = (value) => Math.round(value * 100) / 100;
const find = (labels, id) => labels.contacts.find((contact) => contact.id === id) ?? null;
const describe = (c) => `${c.hand} ${c.finger} → ${spoken(c.region)}, frames ${c.start}–${c.end}`;

function signedArea(polygon) {
  return polygon.reduce((sum, [x1, y1], i) => {
    const [x0, y0] = polygon.at(i - 1);
    return sum + (x0 * y1 - x1 * y0) / 2;
  }, 0);
}

// Polygon at share t between two: as annotation/polygons.py, so that what is seen is what is exported.
function interpolate(a, b, t) {
  if (t <= 0) return a;
  if (t >= 1) return b;
  if (signedArea(a) < 0 !== signedArea(b) < 0) b = [...b].reverse();
  let pairs;
  if (a.length === b.length) {
    const shift = bestShift(a, b);
    pairs = a.map((p, i) => [p, b[(i + shift) % b.length]]);
  } else {
    pairs = byArcLength(a, b);
  }
  return pairs.map(([p, q]) => [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t]);
}

function centred(polygon) {
  const mean = [0, 1].map((axis) => polygon.reduce((sum, p) => sum + p[axis], 0) / polygon.length);
  return polygon.map((p) => [p[0] - mean[0], p[1] - mean[1]]);
}

function bestShift(a, b) {
  const [pa, pb] = [centred(a), centred(b)];
  let best = 0;
  let most = -Infinity;
  for (let shift = 0; shift < b.length; shift++) {
    let fit = 0;
    for (let i = 0; i < a.length; i++) {
      const q = pb[(i + shift) % b.length];
      fit += pa[i][0] * q[0] + pa[i][1] * q[1];
    }
    fit = Math.round(fit * 1e6) / 1e6;
    if (fit > most) [best, most] = [shift, fit];
  }
  return best;
}

function byArcLength(a, b, samples = 64) {
  const [atA, atB] = [corners(a), corners(b)];
  const even = (polygon, at) => Array.from({ length: samples }, (_, i) => pointAt(polygon, at, i / samples));
  let start = bestShift(even(a, atA), even(b, atB)) / samples;
  const corner = atB.reduce((x, y) => (Math.abs(y - start) < Math.abs(x - start) ? y : x));
  if (Math.abs(corner - start) <= 1 / samples) start = corner;
  const wrap = (share) => ((share % 1) + 1) % 1;
  const shares = new Set([...atA.slice(0, -1), ...atB.slice(0, -1).map((share) => wrap(share - start))]);
  return [...shares].sort((x, y) => x - y).map((share) => [pointAt(a, atA, share), pointAt(b, atB, wrap(share + start))]);
}

function corners(polygon) {
  const lengths = polygon.map((p, i) => Math.hypot(polygon[(i + 1) % polygon.length][0] - p[0], polygon[(i + 1) % polygon.length][1] - p[1]));
  const total = lengths.reduce((x, y) => x + y, 0) || 1;
  let sum = 0;
  return [0, ...lengths.slice(0, -1).map((length) => Math.min((sum += length) / total, 1)), 1];
}

function pointAt(polygon, at, share) {
  let i = at.findIndex((corner) => corner > share) - 1;
  if (i < 0) i = polygon.length - 1;
  i = Math.min(i, polygon.length - 1);
  const [p, q] = [polygon[i], polygon[(i + 1) % polygon.length]];
  const span = at[i + 1] - at[i];
  const t = span > 0 ? (share - at[i]) / span : 0;
  return [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t];
}

function polygonAt(contact, frame) {
  const keys = contact.keyframes;
  if (!keys.length || frame < contact.start || frame > contact.end) return null;
  const after = keys.findIndex((key) => key.frame > frame);
  if (after === 0) return keys[0].polygon;
  const before = after < 0 ? keys.at(-1) : keys[after - 1];
  if (after < 0 || before.frame === frame) return before.polygon;
  return interpolate(before.polygon, keys[after].polygon, (frame - before.frame) / (keys[after].frame - before.frame));
}

function replaceContact(labels, id, change) {
  return { ...labels, contacts: labels.contacts.map((contact) => (contact.id === id ? change(contact) : contact)) };
}

function addContact(labels, contact) {
  return { ...labels, contacts: [...labels.contacts, contact] };
}

function removeContact(labels, id) {
  return { ...labels, contacts: labels.contacts.filter((contact) => contact.id !== id) };
}

function freshId(labels) {
  for (let i = labels.contacts.length + 1; ; i++) if (!find(labels, `c${i}`)) return `c${i}`;
}

function withKey(contact, frame, polygon) {
  const others = contact.keyframes.filter((key) => key.frame !== frame);
  const key = { frame, polygon: polygon.map(([x, y]) => [round2(x), round2(y)]) };
  return { ...contact, keyframes: [...others, key].sort((a, b) => a.frame - b.frame) };
}

function withoutKey(contact, frame) {
  return { ...contact, keyframes: contact.keyframes.filter((key) => key.frame !== frame) };
}

// New ends. The shape at a cut stays as it was seen: a keyframe is put where one was cut off beyond.
function trimmed(contact, start, end, frames) {
  start = clamp(start, 0, frames - 1);
  end = clamp(end, start, frames - 1);
  let cut = contact;
  for (const edge of [start, end]) {
    const beyond = edge === start ? (key) => key.frame < start : (key) => key.frame > end;
    const polygon = contact.keyframes.some(beyond) && polygonAt(contact, edge);
    if (polygon) cut = withKey(cut, edge, polygon);
  }
  const inside = cut.keyframes.filter((key) => start <= key.frame && key.frame <= end);
  // Cut away from all its keyframes: the nearest one's shape stays.
  const kept = inside.length || !contact.keyframes.length ? inside : [{ ...nearestKey(contact, start), frame: start }];
  return { ...contact, start, end, keyframes: kept };
}

function nearestKey(contact, frame) {
  return contact.keyframes.reduce((a, b) => (Math.abs(b.frame - frame) < Math.abs(a.frame - frame) ? b : a));
}

function shifted(contact, by, frames) {
  by = clamp(by, -contact.start, frames - 1 - contact.end);
  const keyframes = contact.keyframes.map((key) => ({ ...key, frame: key.frame + by }));
  return { ...contact, start: contact.start + by, end: contact.end + by, keyframes };
}

function split(labels, id, frame) {
  const contact = find(labels, id);
  if (!contact || frame <= contact.start || frame > contact.end) return null;
  const first = trimmed(contact, contact.start, frame - 1, labels.frames);
  const second = { ...trimmed(contact, frame, contact.end, labels.frames), id: freshId(labels) };
  const at = labels.contacts.indexOf(contact);
  return { ...labels, contacts: labels.contacts.toSpliced(at, 1, first, second) };
}

// With the next (step 1) or previous (-1) contact of the same row; null where there is none.
function merged(labels, id, step) {
  const contact = find(labels, id);
  const row = labels.contacts.filter((c) => rowOf(c) === rowOf(contact)).sort((a, b) => a.start - b.start);
  const other = row[row.indexOf(contact) + step];
  if (!other) return null;
  const keys = new Map([...other.keyframes, ...contact.keyframes].map((key) => [key.frame, key]));
  const joined = {
    ...contact,
    start: Math.min(contact.start, other.start),
    end: Math.max(contact.end, other.end),
    confidence: Math.min(contact.confidence, other.confidence),
    keyframes: [...keys.values()].sort((a, b) => a.frame - b.frame),
  };
  return replaceContact(removeContact(labels, other.id), id, () => joined);
}

const rowOf = (contact) => `${contact.region} ${contact.finger} ${contact.hand}`;

// Move one point (index) or the whole polygon (null) at a frame, or in every keyframe of the contact.
function nudged(contact, frame, index, dx, dy, everywhere) {
  const here = polygonAt(contact, frame);
  if (!here) return contact;
  const move = (polygon, which) => polygon.map(([x, y], i) => (which === null || i === which ? [x + dx, y + dy] : [x, y]));
  if (!everywhere) return withKey(contact, frame, move(here, index));
  const frames = new Set([...contact.keyframes.map((key) => key.frame), frame]);
  return [...frames].reduce((changed, k) => {
    const polygon = polygonAt(contact, k);
    return withKey(changed, k, move(polygon, index === null ? null : nearestPoint(polygon, here[index])));
  }, contact);
}

function nearestPoint(polygon, [x, y]) {
  const distance = ([a, b]) => Math.hypot(a - x, b - y);
  return polygon.reduce((best, p, i) => (distance(p) < distance(polygon[best]) ? i : best), 0);
}

function contains(polygon, [x, y]) {
  return polygon.reduce((inside, [x1, y1], i) => {
    const [x0, y0] = polygon.at(i - 1);
    return y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) ? !inside : inside;
  }, false);
}

// What differs, contact by contact: {id, kind, lines}.
function difference(before, after) {
  const changes = [];
  for (const old of before.contacts) {
    const now = find(after, old.id);
    if (!now) changes.push({ id: old.id, kind: "removed", lines: [describe(old)] });
    else if (!same(old, now)) changes.push({ id: old.id, kind: "changed", lines: changedLines(old, now) });
  }
  for (const now of after.contacts) {
    if (!find(before, now.id)) changes.push({ id: now.id, kind: "added", lines: [describe(now)] });
  }
  return changes;
}

function changedLines(old, now) {
  const lines = ["hand", "finger", "region", "start", "end"]
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name === "start" ? "first frame" : name === "end" ? "last frame" : name}: ${spoken(String(old[name]))} → ${spoken(String(now[name]))}`);
  const keys = (contact) => new Map(contact.keyframes.map((key) => [key.frame, key.polygon]));
  const [a, b] = [keys(old), keys(now)];
  const touched = [...b].filter(([frame, polygon]) => a.has(frame) && !same(a.get(frame), polygon)).map(([frame]) => frame);
  const lists = [
    ["outline changed", touched],
    ["outline added", [...b.keys()].filter((frame) => !a.has(frame))],
    ["outline removed", [...a.keys()].filter((frame) => !b.has(frame))],
  ];
  for (const [words, frames] of lists) if (frames.length) lines.push(`${words} at ${frames.length > 6 ? `${frames.length} frames` : `frame ${frames.join(", ")}`}`);
  return lines.length ? lines : ["confidence"];
}
