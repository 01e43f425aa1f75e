"use strict";
/* The values of one gene, or of several beside each other, in all samples. */
class SamplePlot {
  constructor(genes) {
    const { data } = genes;
    Object.assign(this, { genes, data, colors: data.groups.colors });
    this.chart = new Chart("expression", { height: 400, xnames: true, names: [""], what: data.words.features, ylab: data.unit, xlim: [0, 1], ylim: [0, 1], draw: (c, g) => this.draw(c, g), tip: (k) => this.about(k), margin: { bottom: 30 }, label: `Values of the selected ${data.words.features} in all samples` });
    byId("centred").addEventListener("change", () => this.show());
  }

  /* The genes shown: those kept, and the chosen one. */
  get shown() { const { pins, gene } = this.genes; return pins.includes(gene) || gene === null ? pins : [...pins, gene]; }

  show() {
    const { genes, data } = this, shown = this.shown, several = shown.length > 1, centred = several && byId("centred").checked;
    this.rows = shown.map((gene) => {
      const values = expressionOf(data, gene), seen = values.filter(Number.isFinite), mean = seen.reduce((a, b) => a + b, 0) / seen.length;
      return { gene, values: centred ? values.map((v) => v - mean) : values };
    });
    byId("compare-bar").hidden = !several && !genes.pins.length;
    byId("pins").replaceChildren(...shown.map((gene) => this.chip(gene)));
    legend("expression-legend", data.groups.levels, this.colors);
    byId("expression-legend").hidden = !several;
    const alone = data.groups.levels.length > 1 ? data.groups.levels : data.samples.names;
    this.chart.set({
      ylim: niceLimits(this.rows.flatMap((row) => row.values), .08), ylab: centred ? `${data.unit}, centred` : data.unit,
      names: several ? shown.map((gene) => genes.name(gene)) : alone, what: several ? data.words.features : data.groups.levels.length > 1 ? "groups" : "samples",
    });
  }

  chip(gene) {
    const { genes } = this, kept = genes.pins.includes(gene), name = genes.name(gene);
    const button = make("button", { type: "button", class: kept ? "plain chip" : "plain", title: kept ? `Compare without ${name}` : `Keep ${name} for comparison` }, kept ? `× ${name}` : `+ ${name}`);
    button.addEventListener("click", () => genes.pin(gene));
    return button;
  }

  /* Each gene has a band, each group a slot of it; without groups each sample has its own place. */
  draw(chart, g) {
    const { levels, codes } = this.data.groups, bands = this.rows.length, n = levels.length, each = bands > 1 ? .84 / bands : 1;
    const total = levels.map((_, k) => codes.filter((c) => c === k).length), xs = [], ys = [], colors = [];
    this.rows.forEach(({ values }, band) => {
      const seen = levels.map(() => 0), start = bands > 1 ? (band + .08) / bands : 0;
      if (band) { g.strokeStyle = css("--line"); g.lineWidth = 1; g.beginPath(); g.moveTo(chart.x(band / bands), chart.box.top); g.lineTo(chart.x(band / bands), chart.box.bottom); g.stroke(); }
      values.forEach((v, s) => {
        const code = codes[s], k = seen[code]++, many = total[code] > 6 && n > 1;
        const offset = (many ? (k * .618034) % 1 : (k + .5) / total[code]) - .5;
        xs.push(start + each * (code + .5 + offset * (n > 1 ? .46 : 1)) / n); ys.push(v); colors.push(this.colors[code]);
      });
      levels.forEach((_, k) => {
        const own = values.filter((v, s) => codes[s] === k && Number.isFinite(v));
        if (own.length) curve(chart, g, [start + each * (k + .12) / n, start + each * (k + .88) / n], Array(2).fill(own.reduce((a, b) => a + b, 0) / own.length), onPage(this.colors[k]), 2);
      });
    });
    dots(chart, g, xs, ys, colors, bands > 4 ? 3 : bands > 1 ? 4 : 5);
  }

  about(k) {
    const { samples, groups } = this.data, n = samples.names.length, { gene, values } = this.rows[Math.floor(k / n)], s = k % n;
    return `${this.genes.name(gene)}\n${samples.names[s]}\n${groups.levels[groups.codes[s]]}\n${fixed(2)(values[s])}`;
  }
}
