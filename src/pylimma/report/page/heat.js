"use strict";
/* Heat maps: the top genes of a contrast, and the correlations of the samples. */
const SLOT = 12;  // pixels of a sample; a map of more samples is wider and scrolls
const MOST_NAMES = 300;

/* A chart of cells with names on its right or left and sample names below. */
class CellMap extends Chart {
  constructor(host, spec) {
    super(host, Object.assign({ xnames: true, upright: true, xlim: [0, 1], ylim: [0, 1], yticks: [], what: "samples", names: [""] }, spec));
  }

  /* Room for the names of that many samples. */
  widen(n) { this.host.style.minWidth = n <= MOST_NAMES ? `${n * SLOT + this.spec.margin.left + this.spec.margin.right}px` : ""; }

  cells(g, rows, columns, color) {
    const { left, right, top, bottom } = this.box, w = (right - left) / columns, h = (bottom - top) / rows;
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
      g.fillStyle = color(r, c);
      g.fillRect(left + c * w, top + r * h, w + .5, h + .5);
    }
    return { w, h };
  }

  strip(g, samples, { codes, colors }) {
    const { left, right, top } = this.box, w = (right - left) / samples.length;
    samples.forEach((s, c) => { g.fillStyle = onPage(colors[codes[s]]); g.fillRect(left + c * w, top - 12, w + .5, 8); });
  }

  cellAt(x, y, rows, columns) {
    const { left, right, top, bottom } = this.box;
    const r = Math.floor((y - top) / (bottom - top) * rows), c = Math.floor((x - left) / (right - left) * columns);
    return r >= 0 && r < rows && c >= 0 ? { row: r, column: c < columns ? c : null } : null;
  }
}

class HeatMap extends CellMap {
  constructor(genes) {
    const { data } = genes;
    super("heatmap", { margin: { left: 8, right: 130, top: 26, bottom: 26 }, label: `Heat map of the top ${data.words.features}`, draw: (c, g) => this.draw(g), hit: (c, x, y) => this.hit(x, y), tip: (hit) => this.about(hit), click: (hit, more) => (more ? genes.pin(hit.gene) : genes.pick(hit.gene, true)) });
    Object.assign(this, { genes, data });
    byId("heat-scale").style.cssText = gradient(data.colors.heat);
  }

  show(order) {
    this.order = order;
    const names = order.samples.map((s) => this.data.samples.names[s]);
    this.rows = order.genes.map((gene) => scaled(expressionOf(this.data, gene)));
    this.spec.names = names;
    this.host.style.height = `${34 + Math.max(1, order.genes.length) * 15 + 100}px`;
    this.widen(names.length);
    this.paint();
  }

  draw(g) {
    const { genes, samples } = this.order, { heat } = this.data.colors, { right, top } = this.box, { call } = this.genes;
    if (!genes.length) return;
    const blank = css("--grid"), { h } = this.cells(g, genes.length, samples.length, (r, c) => { const v = this.rows[r][samples[c]]; return Number.isFinite(v) ? between(heat, (v + 2) / 4) : blank; });
    this.spec.after = () => {
      this.strip(g, samples, this.data.groups);
      g.textAlign = "left"; g.textBaseline = "middle";
      genes.forEach((gene, r) => {
        const chosen = gene === this.genes.gene || this.genes.pins.includes(gene);
        g.font = `${chosen ? "600 " : ""}11px ${css("--sans")}`;
        g.fillStyle = css(chosen ? "--ink" : call[gene] > 0 ? "--up-text" : call[gene] < 0 ? "--down-text" : "--soft");
        g.fillText(fitted(g, this.genes.name(gene), 118), right + 7, top + (r + .5) * h);
      });
    };
  }

  hit(x, y) {
    const { genes, samples } = this.order, at = this.cellAt(x, y, genes.length, samples.length);
    return at && { gene: genes[at.row], row: at.row, sample: at.column === null ? undefined : samples[at.column] };
  }

  about({ gene, row, sample }) {
    if (sample === undefined) return this.genes.name(gene);
    return `${this.genes.name(gene)}\n${this.data.samples.names[sample]}\n${fixed(2)(this.rows[row][sample])} standard deviations from the mean`;
  }
}

class CorrelationMap extends CellMap {
  constructor(data) {
    const { order, values } = data.correlations, n = order.length, names = order.map((s) => data.samples.names[s]);
    super("correlations", { names, margin: { left: 110, right: 12, top: 26, bottom: 26 }, label: "Correlations of the samples", draw: (c, g) => this.draw(g), hit: (c, x, y) => this.hit(x, y), tip: (hit) => this.about(hit) });
    Object.assign(this, { data, order, values, n });
    [this.low, this.high] = niceLimits(values.filter((_, k) => k % (n + 1)), 0);  // of different samples
    this.host.style.height = `${n * (n > 40 ? SLOT : 24) + 150}px`;
    this.host.style.maxWidth = `${n * 66 + 160}px`;
    this.widen(n);
    byId("correlation-legend").replaceChildren(`${fixed(3)(this.low)} `, make("span", { class: "swatch", style: gradient(data.colors.scale) }), ` ${fixed(3)(this.high)}`);
    this.paint();
  }

  value(r, c) { return this.values[this.order[r] * this.n + this.order[c]]; }

  draw(g) {
    const { n, order, data, low, high } = this, share = (v) => (v - low) / (high - low || 1);
    const blank = css("--grid"), { w, h } = this.cells(g, n, n, (r, c) => { const v = this.value(r, c); return Number.isFinite(v) && r !== c ? between(data.colors.scale, share(v)) : blank; });
    this.spec.after = () => {
      const { left, top } = this.box;
      this.strip(g, order, data.groups);
      g.font = `11px ${css("--sans")}`; g.textBaseline = "middle";
      g.fillStyle = css("--soft"); g.textAlign = "right";
      if (h >= NARROWEST) order.forEach((s, r) => g.fillText(fitted(g, data.samples.names[s], 100), left - 6, top + (r + .5) * h));
      g.textAlign = "center";
      if (w > 38 && h > 14) for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) {
        const v = this.value(r, c);
        g.fillStyle = share(v) > .6 ? "#222222" : "#ffffff";
        if (Number.isFinite(v) && r !== c) g.fillText(v.toFixed(3), left + (c + .5) * w, top + (r + .5) * h);
      }
    };
  }

  hit(x, y) {
    const at = this.cellAt(x, y, this.n, this.n);
    return at && at.column !== null ? at : null;
  }

  about({ row, column }) {
    const { names } = this.data.samples;
    return `${names[this.order[row]]}\n${names[this.order[column]]}\ncorrelation ${fixed(4)(this.value(row, column))}`;
  }
}
