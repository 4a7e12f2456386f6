// element, trigger, props, watch come from gr.HTML. The player's script follows in the same scope.
const root = element.querySelector(".ia-viewer");
const part = (name) => root.querySelector(name);
const still = part(".ia-still");
let countdown = null;

function say(headline, detail = "") {
  part(".ia-headline").textContent = headline;
  part(".ia-detail").textContent = detail;
}

function showStill(source) {
  still.hidden = !source;
  if (source && still.src !== source) still.src = source;
}

function showLeft(seconds) {
  clearInterval(countdown);
  const until = performance.now() + (seconds ?? 0) * 1000;
  const write = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    part(".ia-left").textContent = seconds == null ? "" : left > 1 ? `about ${left} s left` : "almost there";
    if (!element.isConnected) clearInterval(countdown);
  };
  write();
  if (seconds != null) countdown = setInterval(write, 250);
}

function showProgress(value) {
  const percent = Math.round(value.fraction * 100);
  part(".ia-bar i").style.width = `${percent}%`;
  part(".ia-bar").setAttribute("aria-valuenow", percent);
  const step = `${value.step} · ${percent} %`;
  if (part(".ia-step").textContent !== step) part(".ia-step").textContent = step;
  showLeft(value.left);
}

const states = {
  idle() {
    showStill(null);
    say("Your clip appears here", "Choose a photo and a pattern, then press Generate.");
  },
  working(value) {
    showStill(value.preview);
    say(value.preview ? "" : "Making your clip", value.preview ? "" : "A first still comes in a moment.");
    showProgress(value);
  },
  failed(value) {
    showStill(null);
    say("No clip this time", value.message);
  },
  done(value) {
    play(value.video.url, JSON.parse(value.labels));
  },
};

function load() {
  const value = props.value ?? { state: "idle" };
  const before = root.dataset.state;
  if (value.begun === false && before !== "working") return;
  if (value.state !== "working") clearInterval(countdown);
  if (value.state !== "done") stop();
  const begins = value.state === "working" && before !== "working";
  root.dataset.state = value.state;
  states[value.state](value);
  if (begins) root.scrollIntoView({ block: "nearest", behavior: "smooth" });
  root.setAttribute("aria-busy", value.state === "working");
}
