// The picture: the frame, what is drawn over it, and what the pointer does to it.

const COLOURS = { thumb: "#ff6b3d", index: "#17b3a6", middle: "#9384ff", ring: "#e0a41a", little: "#4aa0f0", palm: "#e05fa3" };
const GRAB = 9; // px around a point
const SPACED = 6; // px between points that are shown
const ROOM = 26; // px, outlines that are smaller on the screen show no points

function openStage(root, desk) {
  const canvas = root.querySelector(".rv-canvas");
  const pen = canvas.getContext("2d");
  const view = { zoom: 1, x: null, y: null };
  let hover = null;
  let drag = null;

  const clip = () => desk.work.claim.clip;
  const across = () => (desk.show.mirrored ? -1 : 1);
  const ratio = () => canvas.width / (canvas.clientWidth || 1);
  const scale = () => Math.min(canvas.clientWidth / clip().width, canvas.clientHeight / clip().height) * view.zoom;
  const centre = () => [view.x ?? clip().width / 2, view.y ?? clip().height / 2];

  function toScreen([x, y]) {
    const [cx, cy] = centre();
    return [canvas.clientWidth / 2 + (x - cx) * scale() * across(), canvas.clientHeight / 2 + (y - cy) * scale()];
  }

  function toClip(event) {
    const box = canvas.getBoundingClientRect();
    const [cx, cy] = centre();
    const x = (event.clientX - box.left - canvas.clientWidth / 2) / scale() / across() + cx;
    return [x, (event.clientY - box.top - canvas.clientHeight / 2) / scale() + cy];
  }

  function zoom(factor, at = null) {
    const before = view.zoom;
    view.zoom = clamp(view.zoom * factor, 1, 16);
    const [cx, cy] = centre();
    const [x, y] = at ?? [cx, cy];
    const keep = before / view.zoom;
    [view.x, view.y] = at && factor > 1 && !drag ? [x - (x - cx) * keep, y - (y - cy) * keep] : [cx, cy];
    if (view.zoom === 1) [view.x, view.y] = [null, null];
    desk.render();
  }

  // The whole clip, or close to a polygon.
  function fit(polygon = null) {
    Object.assign(view, { zoom: 1, x: null, y: null });
    if (polygon) {
      const [xs, ys] = [0, 1].map((axis) => polygon.map((p) => p[axis]));
      const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
      const reach = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 12);
      Object.assign(view, { x: middle(xs), y: middle(ys), zoom: clamp(clip().width / reach / 4, 1, 12) });
    }
    desk.render();
  }

  function draw() {
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    pen.setTransform(ratio(), 0, 0, ratio(), 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    if (!desk.work) return;
    drawFrame();
    const { labels, frame, track } = desk.state();
    if (desk.show.heat) drawHeat(labels);
    if (track && desk.show.regions) drawRegions(track, frame);
    if (track && desk.show.landmarks) drawLandmarks(track, frame);
    if (desk.show.outlines) for (const contact of labels.contacts) drawContact(contact, frame);
    desk.brush.draw(pen, toScreen, scale());
  }

  function drawFrame() {
    const image = desk.work.frames.at(desk.work.frame);
    root.dataset.drawn = image ? desk.work.frame : "";
    if (!image) return;
    const [x, y] = toScreen([0, 0]);
    pen.save();
    pen.translate(x, y);
    pen.scale(across() * scale(), scale());
    pen.imageSmoothingEnabled = view.zoom < 10;
    pen.drawImage(image, 0, 0, clip().width, clip().height);
    pen.restore();
  }

  function trace(polygon) {
    pen.beginPath();
    polygon.forEach((p, i) => (i ? pen.lineTo(...toScreen(p)) : pen.moveTo(...toScreen(p))));
    pen.closePath();
  }

  function drawRegions(track, frame) {
    const chosen = desk.contact()?.region;
    pen.lineWidth = 1;
    for (const name of track.names) {
      trace(track.outline(name, frame));
      if (name === chosen || name === hover) {
        pen.fillStyle = name === chosen ? "rgb(255 255 255 / 0.16)" : "rgb(255 255 255 / 0.24)";
        pen.fill();
      }
      pen.strokeStyle = "rgb(0 0 0 / 0.35)";
      pen.stroke();
      pen.strokeStyle = "rgb(255 255 255 / 0.5)";
      pen.setLineDash([3, 3]);
      pen.stroke();
      pen.setLineDash([]);
    }
    if (hover) sign(spoken(hover), track.outline(hover, frame));
  }

  function sign(words, polygon) {
    const points = polygon.map(toScreen);
    const [x, y] = [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length);
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    const half = pen.measureText(words).width / 2 + 7;
    pen.fillStyle = "rgb(0 0 0 / 0.72)";
    pen.beginPath();
    pen.roundRect(x - half, y - 11, 2 * half, 22, 8);
    pen.fill();
    pen.fillStyle = "white";
    pen.fillText(words, x, y + 4);
  }

  function drawLandmarks(track, frame) {
    pen.fillStyle = "#7fe7dc";
    for (const p of track.points(frame)) {
      const [x, y] = toScreen(p);
      pen.fillRect(x - 1, y - 1, 2, 2);
    }
  }

  // How long each place is touched, over the whole clip.
  function drawHeat(labels) {
    pen.save();
    pen.globalCompositeOperation = "screen";
    for (const contact of labels.contacts) {
      const frames = contact.end - contact.start + 1;
      const step = Math.max(1, Math.floor(frames / 40));
      pen.fillStyle = `rgb(255 70 20 / ${clamp((2.4 * step) / frames, 0.02, 0.5)})`;
      for (let k = contact.start; k <= contact.end; k += step) {
        const polygon = polygonAt(contact, k);
        if (!polygon) continue;
        trace(polygon);
        pen.fill();
      }
    }
    pen.restore();
  }

  function drawContact(contact, frame) {
    const polygon = polygonAt(contact, frame);
    if (!polygon) return;
    const chosen = contact.id === desk.work.selected;
    trace(polygon);
    pen.fillStyle = `${COLOURS[contact.finger]}${chosen ? "4d" : "33"}`;
    pen.fill();
    pen.strokeStyle = "rgb(0 0 0 / 0.55)";
    pen.lineWidth = chosen ? 3.5 : 2.5;
    pen.stroke();
    pen.strokeStyle = COLOURS[contact.finger];
    pen.lineWidth = chosen ? 2 : 1.25;
    pen.stroke();
    if (chosen && !desk.work.playing && !desk.brush.on) drawHandles(polygon, contact.keyframes.some((key) => key.frame === frame));
  }

  function drawHandles(polygon, isKey) {
    const wide = Math.sqrt(Math.abs(signedArea(polygon))) * scale();
    const radius = clamp(wide * 0.05, 2, 4.5);
    let last = [-99, -99];
    polygon.forEach((p, i) => {
      const [x, y] = toScreen(p);
      const crowded = wide < ROOM || Math.hypot(x - last[0], y - last[1]) < SPACED;
      if (crowded && desk.work.point !== i) return;
      last = [x, y];
      const chosen = desk.work.point === i;
      pen.beginPath();
      pen.arc(x, y, chosen ? radius + 3 : radius, 0, 7);
      pen.fillStyle = chosen ? "#ffe45c" : isKey ? "white" : "rgb(255 255 255 / 0.6)";
      pen.fill();
      pen.strokeStyle = "rgb(0 0 0 / 0.8)";
      pen.lineWidth = 1;
      pen.stroke();
    });
  }

  // What lies under the pointer: a point or an edge of the selected contact, a contact, a region.
  function under(event) {
    const at = toClip(event);
    const { labels, frame, track } = desk.state();
    const contact = desk.contact();
    const polygon = contact && desk.show.outlines ? polygonAt(contact, frame) : null;
    const reach = (event.pointerType === "touch" ? 2 : 1) * GRAB / scale();
    if (polygon) {
      const i = nearestPoint(polygon, at);
      if (Math.hypot(polygon[i][0] - at[0], polygon[i][1] - at[1]) < reach) return { kind: "point", at, i };
      const edge = nearestEdge(polygon, at);
      if (edge.distance < reach / 2) return { kind: "edge", at, i: edge.i };
      if (contains(polygon, at)) return { kind: "inside", at };
    }
    const other = desk.show.outlines && labels.contacts.find((c) => contains(polygonAt(c, frame) ?? [], at));
    if (other) return { kind: "contact", at, id: other.id };
    const region = desk.show.regions && track ? track.regionAt(frame, at) : null;
    return region ? { kind: "region", at, region } : { kind: "nothing", at };
  }

  function press(event) {
    if (!desk.work || event.button > 1) return;
    canvas.focus({ preventScroll: true });
    const there = under(event);
    if (desk.brush.on && event.button === 0 && desk.contact()) return begin(event, { kind: "brush", at: there.at });
    if (event.button === 1 || ["nothing", "region", "contact"].includes(there.kind)) return begin(event, { ...there, pan: [event.clientX, event.clientY, ...centre()], moved: false });
    if (there.kind === "point" && event.altKey) return desk.removePoint(there.i);
    if (!desk.mayEdit()) return;
    if (there.kind === "point" || there.kind === "edge") desk.work.point = there.kind === "edge" ? there.i + 1 : there.i;
    begin(event, { ...there, labels: desk.work.labels });
  }

  function begin(event, what) {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    desk.pause();
    drag = what;
    if (drag.kind === "brush") desk.brush.begin(drag.at);
    desk.render();
  }

  function move(event) {
    if (!desk.work) return;
    if (!drag) return point(event);
    const at = toClip(event);
    if (drag.pan) return pan(event);
    if (drag.kind === "brush") desk.brush.extend(at);
    else desk.preview(edited(at));
    desk.render();
  }

  function point(event) {
    const there = under(event);
    const cursors = { point: "grab", edge: "copy", inside: "move", contact: "pointer", region: "pointer", nothing: "default" };
    canvas.style.cursor = desk.brush.on ? "crosshair" : cursors[there.kind];
    const now = there.kind === "region" ? there.region : null;
    if (desk.brush.on) desk.brush.hover(there.at);
    if (now !== hover || desk.brush.on) {
      hover = now;
      desk.render();
    }
  }

  function pan(event) {
    const [x, y, cx, cy] = drag.pan;
    drag.moved ||= Math.hypot(event.clientX - x, event.clientY - y) > 4;
    if (!drag.moved || view.zoom === 1) return;
    [view.x, view.y] = [cx - ((event.clientX - x) / scale()) * across(), cy - (event.clientY - y) / scale()];
    desk.render();
  }

  // The labels with the dragged point, new point or polygon where the pointer is.
  function edited(at) {
    const [dx, dy] = [at[0] - drag.at[0], at[1] - drag.at[1]];
    const frame = desk.work.frame;
    return replaceContact(drag.labels, desk.work.selected, (contact) => {
      if (drag.kind !== "edge") return nudged(contact, frame, drag.kind === "point" ? drag.i : null, dx, dy, desk.work.everywhere);
      return withKey(contact, frame, polygonAt(contact, frame).toSpliced(drag.i + 1, 0, at));
    });
  }

  function lift() {
    const done = drag;
    drag = null;
    if (!done) return;
    if (done.kind === "brush") desk.brush.end();
    else if (!done.pan) desk.commitPreview(done.kind === "edge" ? "add point" : "move outline");
    else if (!done.moved) click(done);
    desk.render();
  }

  function click(there) {
    if (there.kind === "contact") desk.select(there.id);
    else if (there.kind === "region") desk.pickRegion(there.region);
    else desk.work.point = null;
  }

  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => {
    hover = null;
    desk.brush.hover(null);
    desk.render();
  });
  canvas.addEventListener("wheel", (event) => {
    if (!desk.work) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, toClip(event));
  }, { passive: false });
  new ResizeObserver(() => desk.render()).observe(canvas);
  return { draw, zoom, fit, scale, get zoomed() { return view.zoom; } };
}

function nearestEdge(polygon, [x, y]) {
  let best = { distance: Infinity, i: 0 };
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length];
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
    const t = clamp(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1);
    const distance = Math.hypot(x0 + t * (x1 - x0) - x, y0 + t * (y1 - y0) - y);
    if (distance < best.distance) best = { distance, i };
  });
  return best;
}
