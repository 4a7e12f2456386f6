// A clip's frames, every one decoded once to a bitmap, so that scrubbing and playing are exact and instant.

const PIXELS = 24e6; // kept for one clip; larger clips are kept smaller, and drawn sharp where one rests
const PATIENCE = 1000; // ms for a frame to be shown; pages in the background are not painted

function openFrames(url, clip, shelf, onFrame) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, preload: "auto", playsInline: true });
  video.setAttribute("aria-hidden", "true");
  shelf.append(video);
  const scale = Math.min(1, Math.sqrt(PIXELS / (clip.width * clip.height * clip.frames)));
  const size = { resizeWidth: Math.round(clip.width * scale), resizeHeight: Math.round(clip.height * scale), resizeQuality: "high" };
  const bitmaps = new Array(clip.frames).fill(null);
  let wanted = 0;
  let closed = false;
  let objectUrl = null;
  let resting = null; // the frame that the video element shows
  let aim = null; // the one that it shall show
  let aiming = false;

  async function load() {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "The video did not arrive.");
    objectUrl = URL.createObjectURL(await answer.blob());
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(new Error("This browser cannot play the clip's video."));
      video.src = objectUrl;
    });
  }

  // Resolves when frame k is on the video element.
  function seek(k) {
    return new Promise((resolve) => {
      const done = () => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => (closed || !video.seeking) && done(), PATIENCE);
      const time = Math.min((k + 0.5) / clip.fps, video.duration - 0.001);
      // The frame of an earlier seek may still come: its time tells.
      const shown = (now, { mediaTime }) => (mediaTime <= time && time - mediaTime < 1.5 / clip.fps ? done() : video.requestVideoFrameCallback(shown));
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(shown);
      else video.onseeked = done;
      video.currentTime = time;
    });
  }

  async function fill() {
    await load();
    for (let left = clip.frames; left > 0 && !closed; left--) {
      const k = nextMissing();
      await seek(k);
      if (closed) return;
      bitmaps[k] = await createImageBitmap(video, size);
      onFrame(k);
    }
    if (scale < 1) rest(wanted);
  }

  function nextMissing() {
    for (let d = 0; ; d++) {
      for (const k of [wanted + d, wanted - d]) if (bitmaps[k] === null) return k;
    }
  }

  // A clip that is kept smaller is shown at full size where one stays.
  async function rest(k) {
    if (closed || scale === 1 || bitmaps.includes(null)) return;
    aim = k;
    if (aiming) return;
    aiming = true;
    while (!closed && resting !== aim) {
      resting = null;
      const to = aim;
      await seek(to);
      resting = to;
    }
    aiming = false;
    if (!closed) onFrame(resting);
  }

  const ready = fill();
  const first = new Promise((resolve, reject) => {
    const look = setInterval(() => bitmaps[wanted] && (clearInterval(look), resolve()), 4);
    ready.catch((error) => (clearInterval(look), reject(error)));
  });
  first.catch(() => {}); // told when the clip is shown
  return {
    first,
    // What to draw for frame k, or null while it is not there.
    at(k) {
      wanted = k;
      return resting === k && !aiming ? video : bitmaps[k];
    },
    rest,
    close() {
      closed = true;
      for (const bitmap of bitmaps) bitmap?.close();
      video.removeAttribute("src");
      video.load();
      video.remove();
      if (objectUrl) URL.revokeObjectURL(objectUrl);
    },
  };
}

// Where the regions are: {regions: name → indices, at(frame, index) → [x, y]}; null where no face was found.
function readTrack(answer) {
  if (!answer.points) return null;
  const bytes = Uint8Array.from(atob(answer.points), (character) => character.charCodeAt(0));
  const values = new Int16Array(bytes.buffer);
  const points = 1 + Math.max(...Object.values(answer.regions).flat());
  const frames = values.length / 2 / points;
  const at = (frame, index) => {
    const i = 2 * (Math.min(frame, frames - 1) * points + index);
    return [values[i] * answer.scale, values[i + 1] * answer.scale];
  };
  const outline = (name, frame) => answer.regions[name].map((index) => at(frame, index));
  return {
    names: Object.keys(answer.regions),
    outline,
    points: (frame) => Array.from({ length: points }, (_, i) => at(frame, i)),
    regionAt: (frame, point) => Object.keys(answer.regions).find((name) => contains(outline(name, frame), point)) ?? null,
  };
}
