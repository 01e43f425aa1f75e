"use strict";
/* A scatter of very many genes: the cloud is painted once, names and what is picked lie on a second canvas. */
const LONGEST = 130;  // pixels of a name beside a point

class GeneScatter extends Chart {
  constructor(host, spec) {
    super(host, Object.assign({ draw: (chart, g) => chart.cloud(g) }, spec));
    this.over = make("canvas", { class: "over" });
    this.host.append(this.over);
    this.picked = null;
    this.pins = [];
    this.named = [];
    this.matches = null;
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("wheel", (event) => this.zoom(event), { passive: false });
    this.canvas.addEventListener("dblclick", () => this.reset());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
  }

  show(xs, ys, calls, limits) {
    Object.assign(this, { xs, ys, calls, home: limits });
    this.spec.xlim = limits.x.slice();
    this.spec.ylim = limits.y.slice();
    this.paint();
  }

  /* Other calls of the same genes. */
  recall(calls) { this.calls = calls; this.paint(); }

  cloud(g) {
    const { xs, ys, calls } = this, n = xs.length;
    const px = (this.px = new Float32Array(n)), py = (this.py = new Float32Array(n));
    const colors = { "0": css("--none"), "-1": css("--down"), "1": css("--up") };
    for (let k = 0; k < n; k++) { px[k] = this.x(xs[k]); py[k] = this.y(ys[k]); }
    for (const call of [0, -1, 1]) {
      g.fillStyle = colors[call];
      g.globalAlpha = call ? .75 : .45;
      const s = call ? 3.2 : 2.6;
      for (let k = 0; k < n; k++) if (calls[k] === call) g.fillRect(px[k] - s / 2, py[k] - s / 2, s, s);
    }
    g.globalAlpha = 1;
    if (this.spec.lines) this.spec.lines(this, g);
    this.index();
  }

  /* Genes by cells of 12 pixels, so that the one under the pointer is found at once. */
  index() {
    const size = 12, columns = Math.ceil(this.host.clientWidth / size) + 1;
    const cells = new Map();
    for (let k = 0; k < this.px.length; k++) {
      const x = this.px[k], y = this.py[k];
      if (!(x >= this.box.left && x <= this.box.right && y >= this.box.top - 2 && y <= this.box.bottom + 2)) continue;
      const cell = Math.floor(y / size) * columns + Math.floor(x / size);
      const list = cells.get(cell);
      if (list) list.push(k); else cells.set(cell, [k]);
    }
    this.cells = { size, columns, map: cells };
  }

  nearest(event) {
    if (!this.cells) return null;
    const [px, py] = this.at(event), { size, columns, map } = this.cells;
    let best = null, least = 100;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
      const list = map.get((Math.floor(py / size) + dy) * columns + Math.floor(px / size) + dx);
      if (list) for (const k of list) {
        const d = (this.px[k] - px) ** 2 + (this.py[k] - py) ** 2 - (this.calls[k] ? 8 : 0);
        if (d < least) { least = d; best = k; }
      }
    }
    return best;
  }

  /* The chosen gene, those kept for comparison, those found, and those named while there is room. */
  mark(picked, matches, pins = [], named = []) {
    Object.assign(this, { picked, matches, pins, named });
    this.paintOver();
  }

  paint() {
    if (!this.xs) return;
    const { clientWidth: w, clientHeight: h } = this.host;
    this.painted = `${w} ${h}`;
    if (!w) return;
    if (Chart.sharpness) { this.render(this.fit(this.canvas), w, h); return; }  // on paper all is one picture
    super.render(this.fit(this.canvas), w, h);
    this.paintOver();
  }

  render(g, w, h) {
    super.render(g, w, h);
    this.drawOver(g);
  }

  paintOver() {
    if (this.px && this.host.clientWidth && this.over) this.drawOver(this.fit(this.over));
  }

  drawOver(g) {
    const { left, top, right, bottom } = this.box, { px, py } = this;
    g.save();
    g.beginPath(); g.rect(left, top - 2, right - left + 2, bottom - top + 4); g.clip();
    if (this.matches) {
      g.strokeStyle = css("--accent"); g.lineWidth = 1.4;
      for (const k of this.matches.slice(0, 2000)) { g.beginPath(); g.arc(px[k], py[k], 4, 0, 7); g.stroke(); }
    }
    g.strokeStyle = css("--soft"); g.lineWidth = 1;
    for (const k of this.named) { g.beginPath(); g.arc(px[k], py[k], 3, 0, 7); g.stroke(); }
    const chosen = [...this.pins, this.picked].filter((k) => k !== null);
    for (const k of chosen) {
      g.fillStyle = css(k === this.picked ? "--pick" : "--accent"); g.beginPath(); g.arc(px[k], py[k], 4.5, 0, 7); g.fill();
      g.strokeStyle = css("--panel"); g.lineWidth = 1.5; g.stroke();
    }
    const seen = (k) => px[k] >= left && px[k] <= right && py[k] >= top && py[k] <= bottom;
    g.font = `600 12px ${css("--sans")}`;
    const names = [...new Set([...chosen.reverse(), ...this.named])].filter(seen).map((k) => ({
      text: fitted(g, this.spec.name(k), LONGEST), x: px[k], y: py[k], strong: chosen.includes(k), color: css(chosen.includes(k) ? "--ink" : "--soft"),
    }));
    drawLabels(g, placeLabels(g, names, { left, right, top, bottom }, (at) => this.crowd(at)));
    g.restore();
  }

  /* Number of points in the cells of a box. */
  crowd([left, top, right, bottom]) {
    const { size, columns, map } = this.cells;
    let n = 0;
    for (let row = Math.floor(top / size); row <= bottom / size; row++) for (let column = Math.floor(left / size); column <= right / size; column++) {
      const list = map.get(row * columns + column);
      if (list) n += list.length;
    }
    return n;
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  zoom(event) {
    if (!event.ctrlKey && !event.shiftKey && !this.active) return;
    event.preventDefault();
    this.zoomAt(Math.exp((event.deltaY || event.deltaX) * .0016), ...this.at(event));
  }

  zoomAt(factor, px, py) {
    const { left, right, top, bottom } = this.box;
    const fx = (px - left) / (right - left), fy = (bottom - py) / (bottom - top);
    const scale = ([low, high], f) => { const at = low + f * (high - low); return [at + (low - at) * factor, at + (high - at) * factor]; };
    this.spec.xlim = scale(this.spec.xlim, fx);
    this.spec.ylim = scale(this.spec.ylim, fy);
    this.later();
  }

  key(event) {
    const { left, right, top, bottom } = this.box, middle = [(left + right) / 2, (top + bottom) / 2];
    const move = (limits, share) => limits.map((v) => v + share * (limits[1] - limits[0]));
    const step = {
      "+": () => this.zoomAt(.8, ...middle), "=": () => this.zoomAt(.8, ...middle), "-": () => this.zoomAt(1.25, ...middle), "0": () => this.reset(),
      ArrowLeft: () => { this.spec.xlim = move(this.spec.xlim, -.1); }, ArrowRight: () => { this.spec.xlim = move(this.spec.xlim, .1); },
      ArrowUp: () => { this.spec.ylim = move(this.spec.ylim, .1); }, ArrowDown: () => { this.spec.ylim = move(this.spec.ylim, -.1); },
    }[event.key];
    if (!step || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step();
    this.later();
  }

  grab(event) {
    this.active = true;
    const start = this.at(event), x = this.spec.xlim.slice(), y = this.spec.ylim.slice();
    const { left, right, top, bottom } = this.box;
    const move = (e) => {
      const now = this.at(e), dx = (start[0] - now[0]) / (right - left) * (x[1] - x[0]), dy = (now[1] - start[1]) / (bottom - top) * (y[1] - y[0]);
      if (Math.abs(start[0] - now[0]) + Math.abs(start[1] - now[1]) < 5) return;
      this.spec.xlim = [x[0] + dx, x[1] + dx]; this.spec.ylim = [y[0] + dy, y[1] + dy];
      this.later();
    };
    const stop = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", stop); };
    addEventListener("pointermove", move); addEventListener("pointerup", stop);
  }

  reset() { this.spec.xlim = this.home.x.slice(); this.spec.ylim = this.home.y.slice(); this.paint(); }
}
