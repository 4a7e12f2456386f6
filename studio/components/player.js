// The player, in the scope of viewer.js: the clip, frame by frame, with its contacts drawn over it.
const video = part("video");
const canvas = part("canvas");
const scrub = part("input[type=range]");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
let labels = null;
let frame = 0;
let shown = true;

function play(url, ofClip) {
  labels = ofClip;
  frame = 0;
  [canvas.width, canvas.height] = [labels.width, labels.height];
  scrub.max = labels.frames - 1;
  part(".ia-marks").replaceChildren(...labels.contacts.map(mark));
  video.src = url;
  video.hidden = canvas.hidden = false;
  video.requestVideoFrameCallback(follow);
  if (!calm) video.play().catch(() => {});
}

function stop() {
  video.pause();
  video.removeAttribute("src");
  video.load();
  video.hidden = canvas.hidden = true;
  labels = null;
}

function mark(contact) {
  const bar = document.createElement("i");
  bar.style.left = `${(contact.start / labels.frames) * 100}%`;
  bar.style.width = `${((contact.end + 1 - contact.start) / labels.frames) * 100}%`;
  return bar;
}

// Called for every frame that is really on the screen: its time says which one it is.
function follow(now, shownFrame) {
  if (!labels) return;
  frame = Math.min(Math.round(shownFrame.mediaTime * labels.fps), labels.frames - 1);
  draw();
  video.requestVideoFrameCallback(follow);
}

function seek(to) {
  if (!labels) return;
  video.pause();
  video.currentTime = (Math.max(0, Math.min(to, labels.frames - 1)) + 0.5) / labels.fps;
}

function draw() {
  still.hidden = true;
  root.dataset.frame = frame;
  scrub.value = frame;
  scrub.setAttribute("aria-valuetext", `frame ${frame} of ${labels.frames - 1}`);
  part(".ia-time").textContent = `${(frame / labels.fps).toFixed(2)} s`;
  const touching = labels.contacts.filter((contact) => contact.start <= frame && frame <= contact.end);
  part(".ia-now").textContent = touching.map((contact) => contact.words).join(" · ") || "no contact in this frame";
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (shown) touching.forEach((contact) => outline(pen, contact.polygons[frame - contact.start]));
  markStrip();
}

function outline(pen, polygon) {
  if (!polygon.length) return;
  pen.beginPath();
  polygon.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = "rgb(255 96 56 / 0.38)";
  pen.fill();
  pen.lineWidth = canvas.width / 220;
  pen.strokeStyle = "white";
  pen.stroke();
  pen.lineWidth /= 2;
  pen.strokeStyle = "rgb(226 66 26)";
  pen.stroke();
}

// The strip below is Plotly's: a line marks the frame in it, a click in it goes there.
function markStrip() {
  const plot = document.querySelector("#strip .js-plotly-plot");
  const axis = plot?._fullLayout?.xaxis;
  if (!axis) return;
  let line = plot.querySelector(".ia-strip-line");
  if (!line) {
    line = document.createElement("i");
    line.className = "ia-strip-line";
    plot.append(line);
    plot.on("plotly_click", (event) => seek(Math.round(event.points[0].x * labels.fps)));
  }
  const { t, h } = plot._fullLayout._size;
  line.style.top = `${t}px`;
  line.style.height = `${h}px`;
  line.style.left = `${axis._offset + axis.l2p(frame / labels.fps)}px`;
}

const press = (button, on) => button.setAttribute("aria-pressed", on);
const controls = {
  play: () => (video.paused ? video.play() : video.pause()),
  slow(button) {
    video.playbackRate = video.playbackRate === 1 ? 0.25 : 1;
    press(button, video.playbackRate !== 1);
  },
  labels(button) {
    shown = !shown;
    press(button, shown);
    draw();
  },
};
root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button && labels) controls[button.dataset.do](button);
});
part(".ia-stage").addEventListener("click", () => labels && controls.play());
scrub.addEventListener("input", () => seek(Number(scrub.value)));
root.addEventListener("keydown", (event) => {
  if (event.key !== " " || !labels || event.target.tagName === "BUTTON") return;
  event.preventDefault();
  controls.play();
});
for (const happening of ["play", "pause"]) {
  video.addEventListener(happening, () => {
    part("[data-do=play]").setAttribute("aria-label", video.paused ? "Play" : "Pause");
    root.dataset.playing = !video.paused;
  });
}
watch("value", load);
load();
