// Files that an admin sends, one after the other: each is a request of its own, and its answer comes line by line.
const root = element.querySelector(".ia-upload");
const input = root.querySelector("input");
const now = root.querySelector(".ia-upload-now");
const bar = root.querySelector("progress");
const status = root.querySelector("[role=status]");
const list = root.querySelector("ol");
let request = null;

input.addEventListener("change", () => send([...input.files]));
root.addEventListener("dragover", (event) => { event.preventDefault(); root.classList.add("ia-over"); });
root.addEventListener("dragleave", () => root.classList.remove("ia-over"));
root.addEventListener("drop", (event) => {
  event.preventDefault();
  root.classList.remove("ia-over");
  send([...event.dataTransfer.files]);
});
root.querySelector("button").addEventListener("click", () => request?.abort());

async function send(files) {
  if (request || !files.length) return;
  list.replaceChildren();
  now.hidden = false;
  let stopped = false;
  for (const [index, file] of files.entries()) {
    const told = (words) => { status.textContent = `${index + 1} of ${files.length} · ${file.name}: ${words}`; };
    const result = await one(file, told).catch(() => null);
    stopped = result === null;
    note(file.name, stopped ? "stopped; what was said to be in stays" : result);
    if (stopped) break;
  }
  request = null;
  input.value = "";
  now.hidden = true;
  status.textContent = stopped ? "Stopped." : `${files.length === 1 ? "The file is" : `All ${files.length} files are`} through.`;
}

function one(file, told) {
  return new Promise((resolve, reject) => {
    const asked = (request = new XMLHttpRequest());
    asked.open("POST", new URL(`studio/import?name=${encodeURIComponent(file.name)}`, document.baseURI));
    asked.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      told(`${Math.round(100 * bar.value)} % sent`);
    });
    asked.addEventListener("progress", () => {
      bar.removeAttribute("value");
      told(last(asked.responseText).words ?? "");
    });
    asked.addEventListener("load", () => {
      const answer = last(asked.responseText);
      resolve(answer.error ?? (answer.done ? answer.words : "The answer was cut off: send it again."));
    });
    asked.addEventListener("error", () => resolve("The connection was lost: send it again."));
    asked.addEventListener("abort", reject);
    asked.send(file);
  });
}

function last(text) {
  const lines = text.split("\n").filter(Boolean);
  try {
    return JSON.parse(lines.at(-1) ?? "{}");
  } catch {
    return lines.length > 1 ? JSON.parse(lines.at(-2)) : {};
  }
}

function note(name, words) {
  const line = document.createElement("li");
  const strong = document.createElement("strong");
  strong.textContent = name;
  line.append(strong, `: ${words}`);
  list.append(line);
}
