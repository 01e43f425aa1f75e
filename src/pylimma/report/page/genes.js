"use strict";
/* The genes of a contrast: the thresholds, and what is chosen, found and kept, shown in linked pictures and a table.
   "Gene" is the name of a row here; what the page calls it stands in `data.words`. */
const MOST_PINS = 12;  // rows compared at once
const NAMED = 12;  // top rows that plots name while there is room

const power = (logp) => {
  if (Number.isNaN(logp)) return "NA";
  if (logp > -3.3) return (10 ** logp).toFixed(logp > -1.3 ? 3 : 4);
  const whole = Math.floor(logp), digits = (10 ** (logp - whole)).toFixed(1);
  return (digits === "10.0" ? `1.0e${whole + 1}` : `${digits}e${whole}`).replace("-", "−");
};
const fixed = (digits) => (value) => (Number.isNaN(value) ? "NA" : value.toFixed(digits).replace("-", "−"));
const count = (n) => n.toLocaleString("en");

class Explorer {
  constructor(data) {
    Object.assign(this, { data, gene: null, at: 0, pins: [], members: null, sets: null });  // members: of the chosen set
    this.text = [data.genes, ...data.annotation.slice(0, 2).map((a) => a.values)];
    this.haystack = data.genes.map((name, k) => [name, ...data.annotation.map((a) => a.values[k])].join("\t").toLowerCase());
    this.thresholds = new Thresholds(data, () => this.recall());
    if (byId("gene-table")) this.build();
    if (byId("p-histogram")) this.histogram = new Chart("p-histogram", { height: 260, margin: { left: 62 }, label: "Histogram of p-values", xlab: "p-value", ylab: data.words.features, xlim: [0, 1], ylim: [0, 1], draw: (c, g) => this.drawHistogram(c, g) });
    if (byId("heatmap")) this.heat = new HeatMap(this);
    this.controls();
    this.choose(0);
  }

  build() {
    const { data } = this, wide = (names, most) => clamp(Math.max(...names.slice(0, 2000).map((name) => name.length)) + 1, 8, most);
    const room = (part) => widest(data.contrasts.map((contrast) => contrast[part]), 7);
    const notes = data.annotation.slice(0, 2).map((a, k) => ({ name: a.name, text: true, wide: wide(a.values, 14), rank: k === data.symbol ? 0 : 6 }));
    const columns = [{ name: data.words.feature, text: true, wide: wide(data.genes, 20), rank: data.symbol === null ? 0 : 2 }, ...notes,
      { name: "log2 FC", format: fixed(2), signed: true, wide: room("lfc"), rank: 0, bar: (v) => Math.min(1, Math.abs(v) / this.scale), about: "log2 fold change; bars are on one scale in all rows and contrasts" },
      { name: "average", format: fixed(2), wide: widest([data.average], 8), rank: 4, about: `average log2 ${data.words.level}` },
      { name: "t", format: fixed(2), wide: room("t"), rank: 5, about: "moderated t-statistic" },
      { name: "p", format: power, small: true, wide: 9, rank: 3, about: "p-value" },
      { name: "adj. p", format: power, small: true, wide: 9, rank: 1, about: "p-value adjusted for multiple testing" }];
    this.table = new GeneTable("gene-table", columns, (gene, scroll) => this.pick(gene, scroll), { label: data.words.features, none: `No ${data.words.feature} matches.`, onPin: (gene) => this.pin(gene) });
    const common = {
      height: 400, margin: { left: 52 }, tip: (k) => this.about(k), click: (k, more) => (more ? this.pin(k) : this.pick(k, true)), name: (k) => this.name(k),
    };
    this.volcano = new GeneScatter("volcano", { ...common, xlab: "log2 fold change", ylab: "−log10 p-value", lines: (c, g) => this.drawLimits(c, g, true), label: "Volcano plot" });
    this.md = new GeneScatter("md", { ...common, xlab: `average log2 ${data.words.level}`, ylab: "log2 fold change", lines: (c, g) => this.drawLimits(c, g, false), label: "MA plot" });
    this.strip = new SamplePlot(this);
  }

  controls() {
    const { data } = this, select = byId("contrast"), search = byId("search");
    const listen = (id, event, step) => byId(id)?.addEventListener(event, step);
    data.contrasts.forEach((contrast, k) => select?.append(new Option(contrast.name, k)));
    listen("contrast", "change", () => this.choose(Number(select.value)));
    listen("search", "input", () => this.search());
    listen("search", "keydown", (event) => {
      if (event.key === "Enter" && this.table.shown.length) this.pick(this.table.shown[0], true);
      if (event.key === "Escape") { search.value = ""; this.search(); }
    });
    listen("calls", "change", () => this.search());
    listen("compare", "click", () => this.keep(Array.from(this.table.shown.slice(0, MOST_PINS))));
    listen("export", "click", () => save(new Blob([this.table.text()], { type: "text/csv" }), `${fileName(this.contrast.name)}.csv`));
    listen("zoom-in", "click", () => { for (const c of [this.volcano, this.md]) c.key({ key: "+", preventDefault() {} }); });
    listen("zoom-out", "click", () => { this.volcano.reset(); this.md.reset(); });
    for (const button of document.querySelectorAll("button[data-contrast]")) {
      button.addEventListener("click", () => { this.choose(Number(button.dataset.contrast)); byId("genes")?.scrollIntoView(); });
    }
  }

  /* What is called in the chosen contrast now. */
  get call() { return this.thresholds.calls[this.at]; }

  choose(k) {
    const { data } = this, contrast = (this.contrast = data.contrasts[k]);
    this.at = k;
    if (byId("contrast")) { byId("contrast").value = k; byId("meaning").textContent = contrast.meaning; }
    const { lfc, logp, logq, t } = contrast, n = lfc.length;
    const order = (this.order = Array.from({ length: n }, (_, gene) => gene));
    const key = (gene) => (Number.isNaN(logp[gene]) ? 1 : logp[gene]);
    order.sort((a, b) => key(a) - key(b) || Math.abs(lfc[b]) - Math.abs(lfc[a]));
    this.thresholds.chosen(k);
    if (this.table) {
      this.scale = this.scale || changeScale(data.contrasts);
      const up = logp.map((v) => -v), span = niceLimits(lfc), side = Math.max(Math.abs(span[0]), Math.abs(span[1]));
      const top = niceLimits(up.filter(Number.isFinite))[1] * 1.04;
      this.volcano.show(lfc, up, this.call, { x: [-side, side], y: [-top * .02, top] });
      this.md.show(data.average, lfc, this.call, { x: niceLimits(data.average), y: span });
      this.table.load([...this.text, lfc, data.average, t, logp, logq], order, this.text.length + 3, false);
    }
    this.histogram?.set({ ylim: [0, Math.max(...contrast.histogram, 1) * 1.06] });
    this.heat?.show(contrast.heat);
    this.search();
    this.pick(order[0], false);
    if (this.sets) this.sets.choose(k);
  }

  /* Other thresholds: the same genes with other calls. */
  recall() {
    this.volcano?.recall(this.call);
    this.md?.recall(this.call);
    this.heat?.paint();
    this.search(true);
    this.describe();
    this.sets?.search();
  }

  /* Show the genes of a set alone; null for all genes. */
  show(members) {
    this.members = members && new Set(members);
    this.search();
  }

  name(gene) {
    const symbol = this.data.symbol === null ? "" : this.data.annotation[this.data.symbol].values[gene];
    return symbol || this.data.genes[gene];
  }

  about(gene) {
    const { lfc, logp, logq } = this.contrast;
    const words = this.data.annotation.slice(0, 3).map((a) => a.values[gene]).filter((v) => v && v !== this.data.genes[gene]);
    return [this.data.genes[gene], ...words, `log2 FC ${fixed(2)(lfc[gene])}`, `p ${power(logp[gene])}, adjusted ${power(logq[gene])}`].join("\n");
  }

  search(stay) {
    if (!this.table) return;
    const parts = byId("search").value.toLowerCase().split(/[\s,;]+/).filter(Boolean), kind = byId("calls").value;
    const { call } = this;
    const right = { all: () => true, up: (g) => call[g] > 0, down: (g) => call[g] < 0, called: (g) => call[g] !== 0 }[kind];
    let wanted = null, found = null;
    if (parts.length || kind !== "all" || this.members) {
      wanted = new Uint8Array(this.haystack.length);
      found = [];
      for (let g = 0; g < wanted.length; g++) {
        if (right(g) && (!this.members || this.members.has(g)) && (!parts.length || parts.some((part) => this.haystack[g].includes(part)))) { wanted[g] = 1; found.push(g); }
      }
    }
    this.matches = parts.length || this.members ? found : null;
    this.table.filter(wanted, stay);
    byId("found").textContent = `${count(this.table.shown.length)} of ${count(this.haystack.length)} ${this.data.words.features}`;
    this.markPlots();
  }

  mark(scroll) {
    this.table.mark(this.gene, scroll, this.pins);
    this.markPlots();
  }

  /* Mark what is chosen in the plots, and name the top genes there: the called ones, or simply the first. */
  markPlots() {
    const { call, order } = this, top = order.filter((gene) => call[gene]).slice(0, NAMED);
    for (const plot of [this.volcano, this.md]) plot.mark(this.gene, this.matches, this.pins, top.length ? top : order.slice(0, 5));
  }

  pick(gene, scroll) {
    if (gene === undefined) return;
    this.gene = gene;
    this.values = expressionOf(this.data, gene);
    if (this.table) { this.mark(scroll); this.describe(); this.strip.show(); }
    this.heat?.paint();
    if (this.sets) this.sets.chart.paint();
  }

  /* Keep a gene beside the chosen one, or no longer. */
  pin(gene) { this.keep(this.pins.includes(gene) ? this.pins.filter((other) => other !== gene) : [...this.pins, gene]); }

  keep(genes) {
    this.pins = genes.slice(-MOST_PINS);
    if (genes.length && !this.pins.includes(this.gene)) this.pick(this.pins.at(-1));
    this.mark();
    this.strip.show();
    this.describe();
    this.heat?.paint();
  }

  describe() {
    if (!this.table || this.gene === null) return;
    const { gene, contrast: { lfc, logq }, call } = this;
    const verdict = Number.isNaN(logq[gene]) ? "not tested" : { "1": "up", "-1": "down", "0": "not significant" }[call[gene]];
    byId("gene-name").textContent = this.name(gene);
    byId("gene-about").textContent = `log2 fold change ${fixed(2)(lfc[gene])}, adjusted p ${power(logq[gene])}: ${verdict}${this.missing()}`;
    byId("gene-links").replaceChildren(...linksOf(this.data, gene));
  }

  /* In how many samples of each group the chosen gene was seen, where not in all. */
  missing() {
    const { codes, levels } = this.data.groups, seen = levels.map(() => [0, 0]);
    this.values.forEach((v, s) => { seen[codes[s]][1]++; if (Number.isFinite(v)) seen[codes[s]][0]++; });
    if (seen.every(([some, all]) => some === all)) return "";
    return `; seen in ${seen.map(([some, all], k) => `${some} of ${all} ${levels[k]}`).join(", ")}`;
  }

  /* Zero, the smallest fold change, and in a volcano the last p-value that is significant. */
  drawLimits(chart, g, volcano) {
    const { left, right, top, bottom } = chart.box, { lfc } = this.thresholds.now;
    const line = (at, upright) => {
      g.beginPath();
      if (upright) { g.moveTo(chart.x(at), top); g.lineTo(chart.x(at), bottom); } else { g.moveTo(left, chart.y(at)); g.lineTo(right, chart.y(at)); }
      g.stroke();
    };
    g.strokeStyle = css("--faint"); g.lineWidth = 1;
    line(0, volcano);
    g.setLineDash([4, 4]);
    if (lfc > 0) { line(lfc, volcano); line(-lfc, volcano); }
    const last = this.thresholds.lastP(this.at);
    if (volcano && last !== null) line(-last, false);
    g.setLineDash([]);
  }

  drawHistogram(chart, g) {
    const bins = this.contrast.histogram, n = bins.length, even = this.contrast.even;
    g.fillStyle = css("--accent"); g.globalAlpha = .75;
    bins.forEach((number, k) => {
      const x = chart.x(k / n), w = chart.x((k + 1) / n) - x;
      g.fillRect(x + .5, chart.y(number), w - 1, chart.y(0) - chart.y(number));
    });
    g.globalAlpha = 1;
    g.setLineDash([5, 4]); curve(chart, g, [0, 1], [even, even], css("--up")); g.setLineDash([]);
  }
}

/* Letters of the longest number. */
function widest(columns, least) {
  return Math.max(least, ...columns.flatMap((values) => niceLimits(values, 0).map((v) => fixed(2)(v).length + 1)));
}

/* The change that fills a bar: the largest of any significant gene, or of all. */
function changeScale(contrasts) {
  let called = 0, all = 0;
  for (const { lfc, call } of contrasts) for (let k = 0; k < lfc.length; k++) {
    const size = Math.abs(lfc[k]);
    if (size > all) all = size;
    if (call[k] && size > called) called = size;
  }
  return called || all || 1;
}

/* Links to the databases that know an identifier of a gene. */
function linksOf(data, gene) {
  const links = [];
  for (const { column, name, pattern, url, version } of data.links) {
    const cell = column < 0 ? data.genes[gene] : data.annotation[column].values[gene], form = new RegExp(`^(?:${pattern})$`);
    for (const id of cell.split(/[\s,;|/]+/).filter((part) => form.test(part)).slice(0, 3)) {
      const href = url.replace("{}", encodeURIComponent(id.replace(new RegExp(version), "")));
      links.push(make("a", { href, target: "_blank", rel: "noreferrer noopener", title: `${name}: ${id} (needs the internet)` }, `${name} ↗`));
    }
  }
  return links;
}

function expressionOf(data, gene) {
  const { expression, scale } = data, n = data.samples.names.length, values = [];
  for (let s = 0; s < n; s++) {
    const code = expression[gene * n + s];
    values.push(code === 65535 ? NaN : scale.low + code * scale.step);
  }
  return values;
}

function scaled(values) {
  const known = values.filter(Number.isFinite), mean = known.reduce((a, b) => a + b, 0) / known.length;
  const sd = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, known.length - 1)) || 1;
  return values.map((v) => (v - mean) / sd);
}
