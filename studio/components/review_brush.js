// The brush: paints or erases touched skin; what comes out is the polygon around it.

const FINE = 3; // canvas pixels for one pixel of the clip
const COARSE = 0.4; // px, how far the polygon may leave the painted edge

function openBrush(desk) {
  const brush = { on: false, erase: false, radius: null };
  let strokes = null;
  let at = null;

  function paint() {
    const { width, height } = desk.work.claim.clip;
    const sheet = new OffscreenCanvas(width * FINE, height * FINE);
    const pen = sheet.getContext("2d", { willReadFrequently: true });
    pen.scale(FINE, FINE);
    const path = (points) => {
      pen.beginPath();
      points.forEach((p, i) => (i ? pen.lineTo(...p) : pen.moveTo(...p)));
    };
    const polygon = polygonAt(desk.contact(), desk.work.frame);
    if (polygon) {
      path(polygon);
      pen.fill();
    }
    if (brush.erase) pen.globalCompositeOperation = "destination-out";
    Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: 2 * brush.radius });
    path(strokes.length > 1 ? strokes : [strokes[0], [strokes[0][0] + 0.01, strokes[0][1]]]);
    pen.stroke();
    return pen.getImageData(0, 0, sheet.width, sheet.height);
  }

  return Object.assign(brush, {
    begin: (point) => (strokes = [point]),
    extend: (point) => strokes?.push((at = point)),
    hover: (point) => (at = point),
    end() {
      const outline = outlineOf(paint());
      strokes = null;
      if (!outline) return desk.say("Nothing is left of the outline: press Shift+K to remove it instead.");
      desk.change(brush.erase ? "erase" : "paint", (contact) => withKey(contact, desk.work.frame, outline));
    },
    draw(pen, toScreen, scale) {
      if (!brush.on || !desk.contact()) return;
      const colour = brush.erase ? "#ffffff" : COLOURS[desk.contact().finger];
      Object.assign(pen, { strokeStyle: `${colour}aa`, lineCap: "round", lineJoin: "round", lineWidth: 2 * brush.radius * scale });
      if (strokes) {
        pen.beginPath();
        [...strokes, strokes[0]].slice(0, Math.max(strokes.length, 2)).forEach((p, i) => (i ? pen.lineTo(...toScreen(p)) : pen.moveTo(...toScreen(p))));
        pen.stroke();
      }
      if (!at) return;
      pen.lineWidth = 1.5;
      pen.strokeStyle = "white";
      pen.beginPath();
      pen.arc(...toScreen(at), brush.radius * scale, 0, 7);
      pen.stroke();
    },
  });
}

// Polygon around the largest painted piece, px of the clip; null where nothing is painted.
function outlineOf({ data, width, height }) {
  const on = (x, y) => x >= 0 && y >= 0 && x < width && y < height && data[4 * (y * width + x) + 3] > 127;
  let best = [];
  const seen = new Set();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!on(x, y) || on(x, y - 1) || seen.has(y * width + x)) continue;
      const loop = walk(on, x, y, seen, width);
      if (Math.abs(signedArea(loop)) > Math.abs(best.length ? signedArea(best) : 0)) best = loop;
    }
  }
  if (best.length < 3) return null;
  const simple = simplify(best.map(([x, y]) => [x / FINE, y / FINE]), COARSE);
  return simple.length >= 3 ? simple : null;
}

// Along the edges between painted and empty cells, painted ones to the right, from the top edge of (x, y).
function walk(on, x, y, seen, width) {
  const steps = [[1, 0], [0, 1], [-1, 0], [0, -1]];
  const right = [[0, 0], [-1, 0], [-1, -1], [0, -1]]; // the cell to the right of an edge that leaves a corner
  const left = [[0, -1], [0, 0], [-1, 0], [-1, -1]];
  const loop = [];
  let [cx, cy, way] = [x, y, 0];
  do {
    if (way === 0) seen.add(cy * width + cx);
    loop.push([cx, cy]);
    [cx, cy] = [cx + steps[way][0], cy + steps[way][1]];
    const turns = [(way + 3) % 4, way, (way + 1) % 4, (way + 2) % 4];
    way = turns.find((to) => on(cx + right[to][0], cy + right[to][1]) && !on(cx + left[to][0], cy + left[to][1]));
  } while (cx !== x || cy !== y || way !== 0);
  return loop;
}

// Ramer, Douglas and Peucker, on the closed outline cut at its two farthest corners.
function simplify(points, tolerance) {
  const from = (p) => points.reduce((far, q, i) => (Math.hypot(q[0] - p[0], q[1] - p[1]) > Math.hypot(points[far][0] - p[0], points[far][1] - p[1]) ? i : far), 0);
  const a = from(points[0]);
  const turned = [...points.slice(a), ...points.slice(0, a)];
  const b = turned.reduce((far, q, i) => (Math.hypot(q[0] - turned[0][0], q[1] - turned[0][1]) > Math.hypot(turned[far][0] - turned[0][0], turned[far][1] - turned[0][1]) ? i : far), 0);
  const halves = [thin(turned.slice(0, b + 1), tolerance), thin([...turned.slice(b), turned[0]], tolerance)];
  return [...halves[0].slice(0, -1), ...halves[1].slice(0, -1)];
}

function thin(points, tolerance) {
  if (points.length < 3) return points;
  const [p, q] = [points[0], points.at(-1)];
  const length = Math.hypot(q[0] - p[0], q[1] - p[1]) || 1;
  let [far, most] = [0, 0];
  for (let i = 1; i < points.length - 1; i++) {
    const off = Math.abs((q[0] - p[0]) * (points[i][1] - p[1]) - (q[1] - p[1]) * (points[i][0] - p[0])) / length;
    if (off > most) [far, most] = [i, off];
  }
  if (most <= tolerance) return [p, q];
  return [...thin(points.slice(0, far + 1), tolerance).slice(0, -1), ...thin(points.slice(far), tolerance)];
}
