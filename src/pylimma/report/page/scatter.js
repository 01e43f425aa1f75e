"use strict";
/* A scatter of very many genes: the cloud is painted once, what is picked lies on a second canvas. */
class GeneScatter extends Chart {
  constructor(host, spec) {
    super(host, Object.assign({ draw: (chart, g) => chart.cloud(g) }, spec));
    this.over = make("canvas", { class: "over" });
    this.host.append(this.over);
    this.picked = null;
    this.matches = null;
    this.canvas.addEventListener("wheel", (event) => this.zoom(event), { passive: false });
    this.canvas.addEventListener("dblclick", () => this.reset());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    new MutationObserver(() => this.paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  show(xs, ys, calls, limits) {
    Object.assign(this, { xs, ys, calls, home: limits });
    this.spec.xlim = limits.x.slice();
    this.spec.ylim = limits.y.slice();
    this.paint();
  }

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

  mark(picked, matches) {
    this.picked = picked; this.matches = matches;
    this.paintOver();
  }

  paint() {
    if (!this.xs) return;
    super.paint();
    if (this.over) this.paintOver();
  }

  paintOver() {
    if (!this.px || !this.host.clientWidth) return;
    const g = this.fit(this.over), { left, top, right, bottom } = this.box;
    g.save();
    g.beginPath(); g.rect(left, top - 2, right - left + 2, bottom - top + 4); g.clip();
    if (this.matches) {
      g.strokeStyle = css("--accent"); g.lineWidth = 1.4;
      for (const k of this.matches.slice(0, 2000)) { g.beginPath(); g.arc(this.px[k], this.py[k], 4, 0, 7); g.stroke(); }
    }
    if (this.picked !== null) {
      const x = this.px[this.picked], y = this.py[this.picked];
      g.fillStyle = css("--pick"); g.beginPath(); g.arc(x, y, 4.5, 0, 7); g.fill();
      g.strokeStyle = css("--panel"); g.lineWidth = 1.5; g.stroke();
      const text = this.spec.name(this.picked);
      g.font = `600 12px ${css("--sans")}`;
      const w = g.measureText(text).width, flip = x + 10 + w > right;
      g.textAlign = flip ? "right" : "left"; g.textBaseline = "middle";
      g.lineWidth = 3.5; g.strokeStyle = css("--panel"); g.lineJoin = "round";
      const ty = clamp(y - 10, top + 6, bottom);
      g.strokeText(text, flip ? x - 9 : x + 9, ty);
      g.fillStyle = css("--ink"); g.fillText(text, flip ? x - 9 : x + 9, ty);
    }
    g.restore();
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  zoom(event) {
    if (!event.ctrlKey && !event.shiftKey && !this.active) return;
    event.preventDefault();
    const factor = Math.exp((event.deltaY || event.deltaX) * .0016), [px, py] = this.at(event);
    const { left, right, top, bottom } = this.box;
    const fx = (px - left) / (right - left), fy = (bottom - py) / (bottom - top);
    const scale = ([low, high], f) => { const at = low + f * (high - low); return [at + (low - at) * factor, at + (high - at) * factor]; };
    this.spec.xlim = scale(this.spec.xlim, fx);
    this.spec.ylim = scale(this.spec.ylim, fy);
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
