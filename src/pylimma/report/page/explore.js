"use strict";
/* The genes of a contrast: volcano, MD plot, table and expression, linked to each other. */
const power = (logp) => {
  if (Number.isNaN(logp)) return "NA";
  if (logp > -3.3) return (10 ** logp).toFixed(logp > -1.3 ? 3 : 4);
  const whole = Math.floor(logp), digits = (10 ** (logp - whole)).toFixed(1);
  return (digits === "10.0" ? `1.0e${whole + 1}` : `${digits}e${whole}`).replace("-", "−");
};
const fixed = (digits) => (value) => (Number.isNaN(value) ? "NA" : value.toFixed(digits).replace("-", "−"));

class Explorer {
  constructor(data) {
    this.data = data;
    this.gene = null;
    this.at = 0;
    this.members = null;  // of the chosen set
    this.sets = null;  // the gene sets, where there are some
    const wide = (names) => clamp(Math.max(...names.slice(0, 2000).map((name) => name.length)) + 3, 8, 20);
    const text = data.annotation.slice(0, 2).map((a) => ({ name: a.name, text: true, wide: Math.min(14, wide(a.values)), values: a.values }));
    this.text = [data.genes, ...text.map((column) => column.values)];
    this.haystack = data.genes.map((name, k) => [name, ...data.annotation.map((a) => a.values[k])].join("\t").toLowerCase());
    const columns = [{ name: data.gene_label, text: true, wide: wide(data.genes) }, ...text,
      { name: "log2 FC", format: fixed(2), signed: true, about: "log2 fold change" },
      { name: "average", format: fixed(2), about: "average log2 expression" },
      { name: "t", format: fixed(2), about: "moderated t-statistic" },
      { name: "p", format: power, small: true, about: "p-value" },
      { name: "adj. p", format: power, small: true, about: "p-value adjusted for multiple testing" }];
    this.table = new GeneTable("gene-table", columns, (gene, scroll) => this.pick(gene, scroll));
    const common = {
      height: 380, margin: { left: 52 }, tip: (k) => this.about(k), click: (k) => this.pick(k, true), name: (k) => this.name(k),
    };
    const zero = (chart, g, fromX) => {
      g.strokeStyle = css("--faint"); g.lineWidth = 1; g.beginPath();
      if (fromX) { g.moveTo(chart.x(0), chart.box.top); g.lineTo(chart.x(0), chart.box.bottom); }
      else { g.moveTo(chart.box.left, chart.y(0)); g.lineTo(chart.box.right, chart.y(0)); }
      g.stroke();
    };
    this.volcano = new GeneScatter("volcano", { ...common, xlab: "log2 fold change", ylab: "−log10 p-value", lines: (c, g) => zero(c, g, true), label: "Volcano plot" });
    this.md = new GeneScatter("md", { ...common, xlab: "average log2 expression", ylab: "log2 fold change", lines: (c, g) => zero(c, g, false), label: "MD plot" });
    this.strip = new Chart("expression", { height: 400, xnames: true, names: data.groups.levels, what: "groups", ylab: data.unit, xlim: [0, 1], ylim: [0, 1], draw: (c, g) => this.drawStrip(c, g), tip: (k) => this.aboutSample(k), margin: { bottom: 30 }, label: "Expression of the selected gene" });
    this.histogram = new Chart("p-histogram", { height: 260, margin: { left: 62 }, label: "Histogram of p-values", xlab: "p-value", ylab: "genes", xlim: [0, 1], ylim: [0, 1], draw: (c, g) => this.drawHistogram(c, g) });
    this.heat = new Chart("heatmap", { height: 420, xnames: true, xlim: [0, 1], ylim: [0, 1], yticks: [], draw: (c, g) => this.drawHeat(c, g), hit: (c, x, y) => this.hitHeat(c, x, y), tip: (hit) => this.aboutCell(hit), click: (hit) => this.pick(hit.gene, true), margin: { left: 8, right: 130, top: 26, bottom: 8 }, label: "Heatmap of the top genes" });
    this.controls();
    this.choose(0);
  }

  controls() {
    const select = byId("contrast");
    this.data.contrasts.forEach((contrast, k) => select.append(new Option(contrast.name, k)));
    select.addEventListener("change", () => this.choose(Number(select.value)));
    const search = byId("search");
    search.addEventListener("input", () => this.search());
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.table.shown.length) this.pick(this.table.shown[0], true);
      if (event.key === "Escape") { search.value = ""; this.search(); }
    });
    byId("calls").addEventListener("change", () => this.search());
    byId("export").addEventListener("click", () => save(new Blob([this.table.text()], { type: "text/csv" }), `${this.contrast.name.replace(/[^\w.+-]+/g, "_")}.csv`));
    byId("zoom-out").addEventListener("click", () => { this.volcano.reset(); this.md.reset(); });
    for (const button of document.querySelectorAll("button[data-contrast]")) {
      button.addEventListener("click", () => { this.choose(Number(button.dataset.contrast)); byId("genes").scrollIntoView(); });
    }
    for (const button of document.querySelectorAll("button[data-image]")) {
      button.addEventListener("click", () => savePicture(byId(button.dataset.image), button.dataset.image));
    }
  }

  choose(k) {
    const { data } = this, contrast = (this.contrast = data.contrasts[k]);
    this.at = k;
    byId("contrast").value = k;
    byId("meaning").textContent = contrast.meaning;
    const { lfc, logp, logq, call, t } = contrast;
    const n = lfc.length, up = logp.map((v) => -v);
    const span = niceLimits(lfc), side = Math.max(Math.abs(span[0]), Math.abs(span[1]));
    const top = niceLimits(up.filter(Number.isFinite))[1];
    this.volcano.show(lfc, up, call, { x: [-side, side], y: [-top * .02, top] });
    this.md.show(data.average, lfc, call, { x: niceLimits(data.average), y: span });
    const order = Array.from({ length: n }, (_, gene) => gene);
    const key = (gene) => (Number.isNaN(logp[gene]) ? 1 : logp[gene]);
    order.sort((a, b) => key(a) - key(b) || Math.abs(lfc[b]) - Math.abs(lfc[a]));
    this.table.load([...this.text, lfc, data.average, t, logp, logq], order, this.text.length + 3, false);
    this.histogram.set({ ylim: [0, Math.max(...contrast.histogram, 1) * 1.06] });
    this.heat.spec.height = 34 + contrast.heat.genes.length * 15;
    this.heat.host.style.height = `${this.heat.spec.height}px`;
    this.heat.paint();
    this.search();
    this.pick(order[0], false);
    if (this.sets) this.sets.choose(k);
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

  search() {
    const parts = byId("search").value.toLowerCase().split(/[\s,;]+/).filter(Boolean), kind = byId("calls").value;
    const { call } = this.contrast;
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
    this.table.filter(wanted);
    byId("found").textContent = `${this.table.shown.length.toLocaleString("en")} of ${this.haystack.length.toLocaleString("en")} genes`;
    this.volcano.mark(this.gene, this.matches);
    this.md.mark(this.gene, this.matches);
  }

  pick(gene, scroll) {
    this.gene = gene;
    this.table.mark(gene, scroll);
    this.volcano.mark(gene, this.matches);
    this.md.mark(gene, this.matches);
    byId("gene-name").textContent = this.name(gene);
    const { lfc, logq, call } = this.contrast;
    const verdict = { "1": "up", "-1": "down", "0": "not significant" }[call[gene]] || "not tested";
    byId("gene-about").textContent = `log2 fold change ${fixed(2)(lfc[gene])}, adjusted p ${power(logq[gene])}: ${verdict}`;
    this.values = expressionOf(this.data, gene);
    const [low, high] = niceLimits(this.values, .08);
    this.strip.set({ ylim: [low, high] });
    this.heat.paint();
    if (this.sets) this.sets.chart.paint();
  }

  drawStrip(chart, g) {
    if (!this.values) return;
    const { levels, codes } = this.data.groups, n = levels.length;
    const seen = levels.map(() => 0), total = levels.map((_, k) => codes.filter((c) => c === k).length);
    const xs = codes.map((code) => {
      const k = seen[code]++, many = total[code] > 6;
      const offset = (many ? (k * 0.618034) % 1 : (k + .5) / total[code]) - .5;
      return (code + .5 + offset * .46) / n;
    });
    levels.forEach((_, k) => {
      const own = this.values.filter((v, s) => codes[s] === k && Number.isFinite(v));
      if (!own.length) return;
      const mean = chart.y(own.reduce((a, b) => a + b, 0) / own.length);
      g.strokeStyle = groupColor(k); g.lineWidth = 2; g.beginPath();
      g.moveTo(chart.x((k + .2) / n), mean); g.lineTo(chart.x((k + .8) / n), mean); g.stroke();
    });
    dots(chart, g, xs, this.values, codes.map(groupColor), 5);
  }

  aboutSample(k) { return `${this.data.samples.names[k]}\n${this.data.groups.levels[this.data.groups.codes[k]]}\n${fixed(2)(this.values[k])}`; }

  drawHistogram(chart, g) {
    const bins = this.contrast.histogram, n = bins.length, even = this.contrast.even;
    g.fillStyle = css("--accent"); g.globalAlpha = .75;
    bins.forEach((count, k) => {
      const x = chart.x(k / n), w = chart.x((k + 1) / n) - x;
      g.fillRect(x + .5, chart.y(count), w - 1, chart.y(0) - chart.y(count));
    });
    g.globalAlpha = 1;
    g.setLineDash([5, 4]); curve(chart, g, [0, 1], [even, even], css("--up")); g.setLineDash([]);
  }

  drawHeat(chart, g) {
    const { genes, samples } = this.contrast.heat, { codes } = this.data.groups;
    const w = (chart.box.right - chart.box.left) / samples.length, h = (chart.box.bottom - chart.box.top) / genes.length;
    const rows = genes.map((gene) => scaled(expressionOf(this.data, gene)));
    rows.forEach((row, r) => samples.forEach((s, c) => {
      g.fillStyle = Number.isFinite(row[s]) ? ramp((row[s] + 2) / 4) : css("--grid");
      g.fillRect(chart.box.left + c * w, chart.box.top + r * h, w + .5, h + .5);
    }));
    chart.rows = rows;
    chart.spec.after = () => {
      samples.forEach((s, c) => { g.fillStyle = groupColor(codes[s]); g.fillRect(chart.box.left + c * w, chart.box.top - 12, w + .5, 8); });
      g.textAlign = "left"; g.textBaseline = "middle"; g.font = `11px ${css("--sans")}`;
      genes.forEach((gene, r) => {
        g.fillStyle = gene === this.gene ? css("--accent") : css("--soft");
        g.fillText(fitted(g, this.name(gene), 118), chart.box.right + 7, chart.box.top + (r + .5) * h);
      });
    };
  }

  hitHeat(chart, x, y) {
    const { genes, samples } = this.contrast.heat;
    const r = Math.floor((y - chart.box.top) / (chart.box.bottom - chart.box.top) * genes.length);
    const c = Math.floor((x - chart.box.left) / (chart.box.right - chart.box.left) * samples.length);
    return r >= 0 && r < genes.length && c >= 0 ? { gene: genes[r], row: r, sample: samples[c] } : null;
  }

  aboutCell({ gene, row, sample }) {
    if (sample === undefined) return this.name(gene);
    return `${this.name(gene)}\n${this.data.samples.names[sample]}\n${fixed(2)(this.heat.rows[row][sample])} standard deviations from the mean`;
  }
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

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function savePicture(host, name) {
  const layers = host.querySelectorAll("canvas"), whole = make("canvas");
  whole.width = layers[0].width; whole.height = layers[0].height;
  const g = whole.getContext("2d");
  g.fillStyle = css("--panel"); g.fillRect(0, 0, whole.width, whole.height);
  for (const layer of layers) g.drawImage(layer, 0, 0);
  whole.toBlob((blob) => save(blob, `${name}.png`));
}
