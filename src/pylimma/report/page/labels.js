"use strict";
/* Names of points, each near its own and clear of the others, with a line where it stands apart. */
const RINGS = [9, 15, 23, 33, 45, 59];  // pixels from the point
const WAYS = Array.from({ length: 12 }, (_, k) => k * Math.PI / 6);
const HEIGHT = 13;

/* Where names fit: those first in the list choose first, and one that fits nowhere is omitted.
   `crowd` gives the number of points in a box, which a place had better not cover. */
function placeLabels(g, points, box, crowd) {
  const placed = [];
  for (const point of points) {
    const width = g.measureText(point.text).width;
    let best = null;
    RINGS.forEach((radius, ring) => {
      if (best && best.cost <= ring) return;
      for (const way of WAYS) {
        const [dx, dy] = [Math.cos(way), Math.sin(way)];
        const x = point.x + dx * radius + (dx > .1 ? 0 : dx < -.1 ? -width : -width / 2), y = point.y + dy * radius - HEIGHT / 2;
        const at = [x, y, x + width, y + HEIGHT];
        if (at[0] < box.left || at[2] > box.right || at[1] < box.top || at[3] > box.bottom) continue;
        if (placed.some((other) => meet(at, other.at, 3)) || points.some((p) => p.x > at[0] - 4 && p.x < at[2] + 4 && p.y > at[1] - 2 && p.y < at[3] + 2)) continue;
        const cost = ring + Math.min(crowd(at), 12) * .4 + (dx < -.1 ? .1 : 0);
        if (!best || cost < best.cost) best = { ...point, at, cost, far: radius > 12 };
      }
    });
    if (best) placed.push(best);
  }
  return placed;
}

const meet = (a, b, gap) => a[0] < b[2] + gap && a[2] > b[0] - gap && a[1] < b[3] && a[3] > b[1];

function drawLabels(g, placed) {
  g.textAlign = "left"; g.textBaseline = "middle"; g.lineJoin = "round";
  for (const { x, y, at, text, color, far, strong } of placed) {
    if (far) {
      g.strokeStyle = css("--faint"); g.lineWidth = .8; g.beginPath();
      g.moveTo(x, y); g.lineTo(clamp(x, at[0], at[2]), clamp(y, at[1] + 1, at[3] - 1)); g.stroke();
    }
    g.font = `${strong ? "600 " : ""}12px ${css("--sans")}`;
    g.lineWidth = 3; g.strokeStyle = css("--panel");
    g.strokeText(text, at[0], at[1] + HEIGHT / 2);
    g.fillStyle = color;
    g.fillText(text, at[0], at[1] + HEIGHT / 2);
  }
}
