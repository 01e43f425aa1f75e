"use strict";
/* Gene sets of a contrast: a table of tests, and the genes of the chosen set among all genes. */
const TAIL = Math.SQRT2;  // t-statistics beyond are shaded
const SPAN = .45;  // share of the genes in each window of the enrichment

class SetExplorer {
  constructor(data, genes) {
    this.data = data;
    this.genes = genes;
    this.set = null;
    const { names, given, found } = data.sets;
    const wide = clamp(Math.max(...names.map((name) => name.length)) + 2, 12, 24);
    const columns = [{ name: "set", text: true, wide, rank: 0 },
      { name: data.words.features, format: count, wide: 9, rank: 4, about: `${data.words.features} of the set in the data` },
      { name: "direction", text: true, whole: true, wide: 10, rank: 2, tone: (v) => ({ Up: "up", Down: "down" })[v] },
      { name: "p", format: power, small: true, wide: 9, rank: 3, about: "p-value" },
      { name: "FDR", format: power, small: true, wide: 9, rank: 1, about: "false discovery rate over all sets tested" }];
    this.table = new GeneTable("set-table", columns, (set, scroll) => this.pick(set, scroll), { label: "Gene sets", none: "No set matches." });
    this.text = [names, found];
    this.given = given;
    this.place = new Map();
    data.genes.forEach((name, gene) => this.place.set(name.toLowerCase(), gene));
    if (data.symbol !== null) data.annotation[data.symbol].values.forEach((name, gene) => { if (name) this.place.set(name.toLowerCase(), gene); });
    this.chart = new Chart("barcode", {
      height: 300, xnames: true, yticks: [], xlim: [0, 1], ylim: [0, 1], margin: { left: 30, right: 30, top: 14 }, label: `The set among all ${data.words.features}`,
      xlab: `all ${data.words.features}, ranked by t-statistic`, draw: (c, g) => this.drawBarcode(c, g), hit: (c, x) => this.hitBar(c, x),
      tip: (gene) => genes.about(gene), click: (gene, more) => (more ? genes.pin(gene) : genes.pick(gene, true)),
    });
    this.controls();
    genes.sets = this;
    this.choose(genes.at);
  }

  members(set) { return this.data.sets.members.subarray(this.data.sets.starts[set], this.data.sets.starts[set + 1]); }

  controls() {
    const select = byId("set-contrast"), search = byId("set-search");
    this.data.contrasts.forEach((contrast, k) => select.append(new Option(contrast.name, k)));
    select.addEventListener("change", () => this.genes.choose(Number(select.value)));
    search.addEventListener("input", () => this.search());
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.table.shown.length) this.pick(this.table.shown[0], true);
      if (event.key === "Escape") { search.value = ""; this.search(); }
    });
    byId("set-calls").addEventListener("change", () => this.search());
    byId("set-export").addEventListener("click", () => save(new Blob([this.table.text()], { type: "text/csv" }), `sets_${fileName(this.genes.contrast.name)}.csv`));
    byId("set-genes").addEventListener("click", () => byId("genes")?.scrollIntoView());
    byId("set-chip")?.addEventListener("click", () => this.pick(null));
  }

  /* Tests and ranks of another contrast. */
  choose(k) {
    byId("set-contrast").value = k;
    const { direction, logp, logq } = (this.tests = this.data.sets.contrasts[k]);
    const words = Array.from(direction, (way) => ({ "1": "Up", "-1": "Down" })[way] || "");
    const key = (set) => (Number.isNaN(logp[set]) ? 1 : logp[set]);
    const order = Array.from(logp.keys()).sort((a, b) => key(a) - key(b) || a - b);
    const { t } = this.data.contrasts[k];
    this.ranked = Array.from(t.keys()).filter((gene) => !Number.isNaN(t[gene])).sort((a, b) => t[a] - t[b]);
    this.rank = new Int32Array(t.length).fill(-1);
    this.ranked.forEach((gene, place) => { this.rank[gene] = place; });
    this.tails = [this.ranked.filter((gene) => t[gene] < -TAIL).length, this.ranked.length - this.ranked.filter((gene) => t[gene] > TAIL).length];
    this.chart.spec.xlim = [-.5, Math.max(this.ranked.length, 1) - .5];
    this.table.load([...this.text, words, logp, logq], order, 3, false);
    this.search();
    this.describe(this.set === null ? order[0] : this.set);
  }

  search() {
    const parts = byId("set-search").value.toLowerCase().split(/[\s,;]+/).filter(Boolean), kind = byId("set-calls").value;
    const { direction, logq } = this.tests, { fdr } = this.genes.thresholds.now, limit = Math.log10(fdr);
    const right = { all: () => true, called: (s) => logq[s] < limit, up: (s) => logq[s] < limit && direction[s] > 0, down: (s) => logq[s] < limit && direction[s] < 0 }[kind];
    let wanted = null;
    if (parts.length || kind !== "all") {
      const inside = parts.map((part) => this.place.get(part));
      wanted = Uint8Array.from(this.text[0], (name, set) => right(set) && (!parts.length || parts.some((part, k) =>
        name.toLowerCase().includes(part) || (inside[k] !== undefined && this.members(set).includes(inside[k])))));
    }
    this.table.filter(wanted);
    byId("sets-found").textContent = `${count(this.table.shown.length)} of ${count(this.text[0].length)} sets`;
    byId("set-calls").options[1].textContent = fdr === this.data.sets.fdr ? "significant" : `FDR below ${fdr}`;
  }

  /* Choose a set, whose genes are then the ones in the table and plots of genes; null for none. */
  pick(set, scroll) {
    this.set = set;
    const chip = byId("set-chip");
    if (chip) {
      chip.hidden = set === null;
      chip.textContent = set === null ? "" : `× ${this.text[0][set]}`;
    }
    this.genes.show(set === null ? null : this.members(set));
    this.describe(set === null ? this.shown : set, scroll);
  }

  describe(set, scroll) {
    this.shown = set;
    this.table.mark(this.set === null ? null : set, scroll);
    byId("set-name").textContent = this.text[0][set];
    const { direction, logp, logq } = this.tests, way = { "1": "up, ", "-1": "down, " }[direction[set]] || "";
    byId("set-about").textContent = `${count(this.text[1][set])} of its ${count(this.given[set])} ${this.data.words.features} are in the data; ${way}p ${power(logp[set])}, FDR ${power(logq[set])}`;
    this.chart.paint();
  }

  /* Membership smoothed over the ranks by tricube weights, over its mean, at some ranks. */
  enrichment(ranks, n) {
    const half = Math.max(1, Math.floor(SPAN * n / 2)), points = Math.min(n, 201), size = (2 * half + 1) / (2 * half + 2) / half;
    const weight = (d) => (d > half ? 0 : (1 - (d * size) ** 3) ** 3);
    const sums = [0];
    for (let d = 0; d <= half; d++) sums.push(sums[d] + weight(d));
    const upTo = (d) => sums[Math.min(d, half) + 1], mean = ranks.length / n;
    return Array.from({ length: points }, (_, k) => {
      const at = points > 1 ? Math.round(k * (n - 1) / (points - 1)) : 0;
      const inside = upTo(at) + upTo(n - 1 - at) - weight(0);
      let sum = 0;
      for (const rank of ranks) sum += weight(Math.abs(rank - at));
      return [at, sum / inside / mean];
    });
  }

  drawBarcode(chart, g) {
    const n = this.ranked.length, { left, right } = chart.box, [low, high] = this.tails;
    const band = (from, to, color, opacity) => {
      g.fillStyle = color; g.globalAlpha = opacity;
      g.fillRect(chart.x(from - .5), chart.y(.28), chart.x(to - .5) - chart.x(from - .5), chart.y(0) - chart.y(.28));
    };
    band(0, low, css("--down"), .3); band(low, high, css("--none"), .3); band(high, n, css("--up"), .3);
    g.globalAlpha = 1;
    const genes = Array.from(this.members(this.shown)).filter((gene) => this.rank[gene] >= 0);
    this.bars = genes.map((gene) => [chart.x(this.rank[gene]), gene]);
    g.lineWidth = clamp(120 / Math.max(1, genes.length), .6, 1.6);
    const opacity = clamp(120 / Math.max(1, genes.length), .25, .8);
    for (const [x, gene] of this.bars) {
      const picked = gene === this.genes.gene;
      g.strokeStyle = css(picked ? "--accent" : "--ink"); g.globalAlpha = picked ? 1 : opacity;
      g.beginPath(); g.moveTo(x, chart.y(0)); g.lineTo(x, chart.y(.52)); g.stroke();
    }
    g.globalAlpha = 1;
    const worm = genes.length ? this.enrichment(genes.map((gene) => this.rank[gene]), n) : [];
    const top = Math.max(...worm.map((p) => p[1]), 1), up = (v) => .58 + .42 * v / top;
    g.setLineDash([5, 4]); curve(chart, g, [-.5, n], [up(1), up(1)], css("--faint"), 1); g.setLineDash([]);
    curve(chart, g, worm.map((p) => p[0]), worm.map((p) => up(p[1])), css("--accent"), 2);
    chart.spec.after = () => {
      g.fillStyle = css("--soft"); g.textBaseline = "middle"; g.textAlign = "right";
      for (const v of top > 1.3 ? [0, 1, top] : [0, 1]) g.fillText(v === top && top > 1.3 ? top.toFixed(1) : String(v), left - 5, chart.y(up(v)));
      g.textAlign = "center";
      for (const [x, word] of [[left - 12, "down"], [right + 13, "up"]]) {
        g.save(); g.translate(x, chart.y(.14)); g.rotate(-Math.PI / 2); g.fillText(word, 0, 0); g.restore();
      }
    };
  }

  hitBar(chart, x) {
    let best = null, least = 5;
    for (const [at, gene] of this.bars || []) if (Math.abs(at - x) < least) { least = Math.abs(at - x); best = gene; }
    return best;
  }
}
