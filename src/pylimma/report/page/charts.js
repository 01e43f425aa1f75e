"use strict";
/* Axes, colours and tooltips of all charts; everything is drawn on canvas. */
const NARROWEST = 11;  // pixels of a mark whose name can be read

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const byId = (id) => document.getElementById(id);
const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

function make(tag, attributes = {}, text) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

/* A colour on the page's background: black ones are light where that is dark. */
const onPage = (color) => (color === "#222222" && document.documentElement.dataset.theme === "dark" ? "#d5dadf" : color);

/* A colour between the stops of a scale. */
function between(stops, share) {
  const at = clamp(share, 0, 1) * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(at)), w = at - k;
  const part = (color, c) => parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16);
  return `#${[0, 1, 2].map((c) => Math.round(part(stops[k], c) * (1 - w) + part(stops[k + 1], c) * w).toString(16).padStart(2, "0")).join("")}`;
}

const gradient = (stops) => `background:linear-gradient(90deg,${stops.join(",")})`;

function niceTicks(low, high, number) {
  const span = high - low || 1, raw = span / Math.max(1, number);
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * size).find((s) => span / s <= number) || 10 * size;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k++) ticks.push(k * step);
  return ticks;
}

function tickText(value, step) {
  if (Math.abs(value) >= 1e4) return Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  const digits = step ? clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6) : 0;
  return (Math.abs(value) < 1e-12 ? 0 : value).toFixed(digits).replace("-", "−");
}

const tip = make("div", { class: "tip", hidden: "" });

function showTip(event, text) {
  tip.textContent = text;
  tip.hidden = false;
  const width = tip.offsetWidth, height = tip.offsetHeight;
  const left = event.clientX + 14 + width > innerWidth ? event.clientX - width - 10 : event.clientX + 14;
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

const hideTip = () => { tip.hidden = true; };

function niceLimits(values, pad = 0.04) {
  let low = Infinity, high = -Infinity;
  for (const v of values) if (Number.isFinite(v)) { if (v < low) low = v; if (v > high) high = v; }
  if (low > high) return [0, 1];
  const more = (high - low || Math.abs(high) || 1) * pad;
  return [low - more, high + more];
}

/* A canvas with two axes. `spec.draw(chart)` paints the data; positions come from chart.x and chart.y. */
class Chart {
  constructor(host, spec) {
    this.host = typeof host === "string" ? byId(host) : host;
    this.spec = spec;
    this.host.classList.add("chart");
    if (spec.height) this.host.style.height = `${spec.height}px`;
    this.canvas = make("canvas", { role: "img", "aria-label": spec.label || spec.ylab || "" });
    this.host.replaceChildren(this.canvas);
    this.canvas.addEventListener("mousemove", (event) => this.hover(event));
    this.canvas.addEventListener("mouseleave", hideTip);
    this.canvas.addEventListener("click", (event) => {
      const hit = this.nearest(event);
      if (hit !== null && spec.click) spec.click(hit, event.ctrlKey || event.metaKey || event.shiftKey);
    });
    Chart.all.add(this);
    Chart.sizes.observe(this.host);
  }

  set(changes) { Object.assign(this.spec, changes); this.paint(); }

  fit(canvas) {
    const ratio = Chart.sharpness || window.devicePixelRatio || 1, { clientWidth: w, clientHeight: h } = this.host;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    return g;
  }

  paint() {
    const { clientWidth: w, clientHeight: h } = this.host;
    this.painted = `${w} ${h}`;
    if (w) this.render(this.fit(this.canvas), w, h);
  }

  /* Draw everything with a pen: that of the canvas, or one for a file. */
  render(g, w, h) {
    const spec = this.spec, m = Object.assign({ left: 54, right: 12, top: 10, bottom: 42 }, spec.margin);
    g.font = `12px ${css("--sans")}`;
    const slot = spec.names ? (w - m.left - m.right) / spec.names.length : 0;
    const widest = spec.names ? Math.max(...spec.names.map((name) => g.measureText(name).width)) : 0;
    this.turned = Boolean(spec.names) && widest > slot - 4;
    this.upright = slot < 24 || spec.upright;  // turned names stand upright where they are close
    if (this.turned) m.bottom = slot < NARROWEST ? 26 : Math.min(112, widest * (this.upright ? 1 : .72) + 18);
    this.box = { left: m.left, top: m.top, right: w - m.right, bottom: h - m.bottom };
    const { left, top, right, bottom } = this.box;
    const [x0, x1] = this.xlim = spec.xlim, [y0, y1] = this.ylim = spec.ylim;
    this.x = (v) => left + (v - x0) / (x1 - x0) * (right - left);
    this.y = (v) => bottom - (v - y0) / (y1 - y0) * (bottom - top);
    this.axes(g);
    if (spec.names) this.below(g, slot);
    g.save();
    g.beginPath(); g.rect(left, top - 2, right - left + 2, bottom - top + 4); g.clip();
    spec.draw(this, g);
    g.restore();
    if (spec.after) spec.after(this, g);
  }

  axes(g) {
    const { left, top, right, bottom } = this.box, spec = this.spec;
    g.lineWidth = 1; g.strokeStyle = css("--grid"); g.fillStyle = css("--soft");
    const yt = spec.yticks || niceTicks(...this.ylim, Math.max(2, Math.floor((bottom - top) / 46)));
    g.textAlign = "right"; g.textBaseline = "middle";
    for (const t of yt) {
      const y = Math.round(this.y(t)) + .5;
      g.beginPath(); g.moveTo(left, y); g.lineTo(right, y); g.stroke();
      g.fillText(tickText(t, yt.length > 1 ? yt[1] - yt[0] : 0), left - 7, y);
    }
    g.textAlign = "center"; g.textBaseline = "top";
    if (!spec.xnames) {
      const xt = niceTicks(...this.xlim, Math.max(2, Math.floor((right - left) / 70)));
      for (const t of xt) {
        const x = Math.round(this.x(t)) + .5;
        g.beginPath(); g.moveTo(x, top); g.lineTo(x, bottom); g.stroke();
        g.fillText(tickText(t, xt.length > 1 ? xt[1] - xt[0] : 0), x, bottom + 6);
      }
    }
    g.strokeStyle = css("--line");
    g.beginPath(); g.moveTo(left, bottom + .5); g.lineTo(right, bottom + .5); g.stroke();
    g.fillStyle = css("--soft");
    if (spec.xlab) g.fillText(spec.xlab, (left + right) / 2, bottom + 24);
    if (spec.ylab) {
      g.save(); g.translate(13, (top + bottom) / 2); g.rotate(-Math.PI / 2);
      g.textBaseline = "middle"; g.fillText(spec.ylab, 0, 0); g.restore();
    }
  }

  /* Names under their marks, rotated where they would not fit, omitted where there are too many. */
  below(g, slot) {
    const { left, right, bottom } = this.box, { names, what } = this.spec;
    g.fillStyle = css("--soft"); g.textBaseline = "top"; g.textAlign = "center";
    if (slot < NARROWEST && this.turned) { g.fillText(`${names.length} ${what}`, (left + right) / 2, bottom + 8); return; }
    names.forEach((name, k) => {
      const x = left + (k + .5) * slot;
      if (!this.turned) { g.fillText(name, x, bottom + 8); return; }
      g.save(); g.translate(this.upright ? x : x + 3, bottom + 7); g.rotate(-Math.PI / (this.upright ? 2 : 4));
      g.textAlign = "right"; g.textBaseline = this.upright ? "middle" : "top";
      g.fillText(fitted(g, name, this.upright ? 98 : 124), 0, 0); g.restore();
    });
  }

  at(event) {
    const rect = this.canvas.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }

  /* Index of the mark under the pointer, found by spec.marks: arrays of x and y in pixels. */
  nearest(event, radius = 14) {
    if (this.spec.hit) return this.spec.hit(this, ...this.at(event));
    if (!this.marks) return null;
    const [px, py] = this.at(event), { x, y } = this.marks;
    let best = null, least = radius * radius;
    for (let k = 0; k < x.length; k++) {
      const d = (x[k] - px) ** 2 + (y[k] - py) ** 2;
      if (d < least) { least = d; best = k; }
    }
    return best;
  }

  hover(event) {
    const hit = this.nearest(event);
    this.canvas.style.cursor = hit !== null && this.spec.click ? "pointer" : "default";
    if (hit === null || !this.spec.tip) hideTip(); else showTip(event, this.spec.tip(hit));
  }
}
Chart.all = new Set();
Chart.sizes = new ResizeObserver((entries) => {
  for (const chart of Chart.all) {
    const { clientWidth: w, clientHeight: h } = chart.host;
    if (entries.some((entry) => entry.target === chart.host) && `${w} ${h}` !== chart.painted) chart.paint();
  }
});

function fitted(g, text, width) {
  if (g.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && g.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/* Names beside marks, without overlaps; one that fits nowhere is omitted. */
function namesBeside(chart, g, names) {
  const taken = [], { x: xs, y: ys } = chart.marks, { left, right, top, bottom } = chart.box;
  g.fillStyle = css("--soft"); g.font = `11px ${css("--sans")}`; g.textBaseline = "middle"; g.textAlign = "left";
  names.forEach((name, k) => {
    const w = g.measureText(name).width, x = xs[k], y = ys[k];
    const places = [[x + 9, y], [x - 9 - w, y], [x - w / 2, y - 14], [x - w / 2, y + 14], [x + 7, y - 12], [x + 7, y + 12], [x - 7 - w, y - 12], [x - 7 - w, y + 12]];
    for (const [px, py] of places) {
      const box = [px, py - 6, px + w, py + 6];
      const free = box[0] > left && box[2] < right && box[1] > top && box[3] < bottom
        && !taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])
        && !xs.some((mx, j) => mx > box[0] - 4 && mx < box[2] + 4 && ys[j] > box[1] - 3 && ys[j] < box[3] + 3);
      if (free) { taken.push(box); g.fillText(name, px, py); return; }
    }
  });
}

function repaintAll() { for (const chart of Chart.all) chart.paint(); }

function dots(chart, g, xs, ys, colors, size = 4.5) {
  chart.marks = { x: [], y: [] };
  for (let k = 0; k < xs.length; k++) {
    const x = chart.x(xs[k]), y = chart.y(ys[k]);
    chart.marks.x.push(x); chart.marks.y.push(y);
    g.fillStyle = onPage(colors[k]); g.globalAlpha = .88;
    g.beginPath(); g.arc(x, y, size, 0, 7); g.fill();
  }
  g.globalAlpha = 1;
}

function curve(chart, g, xs, ys, color, width = 1.5) {
  g.strokeStyle = color; g.lineWidth = width; g.beginPath();
  for (let k = 0; k < xs.length; k++) g.lineTo(chart.x(xs[k]), chart.y(ys[k]));
  g.stroke();
}

function cloud(chart, g, xs, ys, color, size = 2) {
  g.fillStyle = color; g.globalAlpha = .35;
  for (let k = 0; k < xs.length; k++) g.fillRect(chart.x(xs[k]) - size / 2, chart.y(ys[k]) - size / 2, size, size);
  g.globalAlpha = 1;
}

function legend(host, names, colors) {
  const place = byId(host);
  if (!place) return;
  place.className = "legend";
  place.replaceChildren(...names.map((name, k) => {
    const item = make("span");
    item.append(make("i", { style: `background-color:${colors[k] === "#222222" ? "var(--black)" : colors[k]}` }), name);
    return item;
  }));
}
