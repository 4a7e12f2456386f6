// element, trigger, props, upload, watch come from gr.HTML.
const root = element.querySelector(".ia-photo");
const part = (name) => root.querySelector(name);
const picture = part(".ia-photo-picture");
const mesh = part(".ia-photo-mesh");
const camera = part(".ia-photo-camera");
const file = part("input[type=file]");
const status = part(".ia-photo-status");
const MAX_MB = 40;
let stream = null;

function say(state, text) {
  root.dataset.state = state;
  status.textContent = text;
  frame();
}

function show(source) {
  if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
  picture.hidden = !source;
  if (source) picture.src = source;
}
picture.addEventListener("error", () => { picture.hidden = true; });  // not an image: the server says so

async function take(chosen) {
  if (!chosen) return;
  close();
  if (chosen.size > MAX_MB * 1e6) {
    return say("refused", `${chosen.name} is larger than ${MAX_MB} MB: use a smaller photo.`);
  }
  show(URL.createObjectURL(chosen));
  picture.alt = "The photo that you chose";
  say("looking", "Looking for a face…");
  try {
    const { path } = await upload(chosen);
    trigger("photo", { path });
  } catch (error) {
    say("refused", "The photo could not be sent: check the connection and try again.");
  }
}

async function open() {
  if (!navigator.mediaDevices?.getUserMedia) {
    return say("refused", "The browser gives cameras only to pages on https or localhost: upload a photo instead.");
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 } } });
  } catch (error) {
    return say("refused", "The camera is not available: allow it in the browser, or upload a photo instead.");
  }
  camera.srcObject = stream;
  camera.hidden = false;
  await camera.play();
  say("camera", "Look straight ahead, with the light from the front.");
  part("[data-do=shoot]").focus();
}

function close() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  camera.srcObject = null;
  camera.hidden = true;
  if (root.dataset.state === "camera") load();
}

function shoot() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [camera.videoWidth, camera.videoHeight];
  canvas.getContext("2d").drawImage(camera, 0, 0);
  canvas.toBlob((blob) => take(new File([blob], "camera.jpg", { type: "image/jpeg" })), "image/jpeg", 0.95);
}

function load() {
  const value = props.value ?? { state: "empty" };
  if (value.picture) {
    show(value.picture);
    picture.alt = value.alt || "The photo that you chose";
  }
  mesh.setAttribute("viewBox", `0 0 ${value.width ?? 1} ${value.height ?? 1}`);
  part(".ia-mesh-net").setAttribute("d", value.net ?? "");
  part(".ia-mesh-lines").setAttribute("d", value.lines ?? "");
  const [x0, y0, x1, y1] = value.place ?? [0, 0, 0, 0];
  const place = { x: x0, y: y0, width: x1 - x0, height: y1 - y0, rx: 0.15 * (y1 - y0) };
  for (const [name, number] of Object.entries(place)) part(".ia-mesh-place").setAttribute(name, number);
  if (value.state === "found") say("found", ["Face found.", ...value.notes].join(" "));
  else if (value.state === "refused") say("refused", value.message);
  else say("empty", "");
}

// Come closer, until the face fills about half of the frame's height.
function frame() {
  const { box, width, height } = props.value ?? {};
  const [frameWidth, frameHeight] = [mesh.clientWidth, mesh.clientHeight];
  let transform = "none";
  const scale = Math.min(frameWidth / width, frameHeight / height);
  mesh.style.setProperty("--line", `${0.8 / scale}px`);
  if (root.dataset.state === "found" && frameWidth) {
    const zoom = Math.max(1, Math.min(5, (0.55 * frameHeight) / ((box[3] - box[1]) * scale)));
    const shift = (centre, size, room) => {
      const most = Math.max(0, (size * scale * zoom - room) / 2);
      return Math.max(-most, Math.min(most, (size / 2 - centre) * scale * zoom));
    };
    const x = shift((box[0] + box[2]) / 2, width, frameWidth);
    const y = shift((box[1] + box[3]) / 2, height, frameHeight);
    transform = `translate(${x}px, ${y}px) scale(${zoom})`;
    mesh.style.setProperty("--line", `${0.8 / scale / zoom}px`);
  }
  picture.style.transform = mesh.style.transform = transform;
}

const actions = {
  choose: () => file.click(),
  camera: open,
  example: () => { show(null); say("looking", "Looking for a face…"); trigger("example"); },
  shoot,
  close,
};
root.addEventListener("click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.());
part(".ia-photo-empty").addEventListener("click", () => file.click());
file.addEventListener("change", () => { take(file.files[0]); file.value = ""; });
root.addEventListener("dragover", (event) => { event.preventDefault(); root.classList.add("ia-over"); });
root.addEventListener("dragleave", () => root.classList.remove("ia-over"));
root.addEventListener("drop", (event) => {
  event.preventDefault();
  root.classList.remove("ia-over");
  take(event.dataTransfer.files[0]);
});
function paste(event) {
  if (!element.isConnected) return document.removeEventListener("paste", paste);
  const image = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
  if (image && element.offsetParent !== null) take(image);
}
document.addEventListener("paste", paste);
new ResizeObserver(frame).observe(part(".ia-photo-frame"));
watch("value", load);
load();
