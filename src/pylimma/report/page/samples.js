"use strict";
/* Pictures of the samples and of the model. */
class Samples {
  constructor(data) {
    this.data = data;
    const { levels, codes, colors } = data.groups;
    this.groupColors = codes.map((code) => colors[code]);
    for (const place of ["heat-legend", "group-legend", "correlation-groups"]) legend(place, levels, colors);
    if (byId("mds")) this.ordination();
    if (byId("libraries")) this.libraries();
    if (byId("densities")) this.densities();
    if (byId("abundance")) this.abundance();
    if (byId("weights")) this.bars("weights", data.weights, "weight", 1);
    if (byId("correlations")) this.correlations = new CorrelationMap(data);
    if (byId("trend")) this.trend();
    if (byId("spread")) this.spread();
  }

  ordination() {
    const { mds, samples } = this.data, [xs, ys, by] = ["mds-x", "mds-y", "mds-color"].map(byId);
    mds.coordinates.forEach((_, k) => {
      const text = `${k + 1} (${(100 * mds.explained[k]).toFixed(0)} %)`;
      xs.append(new Option(text, k)); ys.append(new Option(text, k));
    });
    ys.value = Math.min(1, mds.coordinates.length - 1);
    by.append(new Option(this.data.groups.name || "group", "group"));
    samples.columns.forEach((column, k) => by.append(new Option(column.name, k)));
    this.map = new Chart("mds", { height: 380, xlim: [0, 1], ylim: [0, 1], label: "MDS plot of samples", draw: (c, g) => this.drawMap(c, g), tip: (k) => this.aboutSample(k) });
    for (const control of [xs, ys, by, byId("mds-names")]) control.addEventListener("change", () => this.moveMap());
    this.moveMap();
    const shares = mds.explained.slice(0, 8);
    this.scree = new Chart("scree", {
      height: 380, xnames: true, xlim: [0, shares.length], ylim: [0, Math.max(...shares) * 108], ylab: "variance explained, %", label: "Variance explained",
      draw: (c, g) => this.drawScree(c, g, shares), tip: (k) => `dimension ${k + 1}: ${(100 * shares[k]).toFixed(1)} %`,
      click: (k) => { if (k < mds.coordinates.length) { xs.value = k; ys.value = Math.min(k + 1, mds.coordinates.length - 1); this.moveMap(); } },
      hit: (c, x) => { const k = Math.floor((x - c.box.left) / (c.box.right - c.box.left) * shares.length); return k >= 0 && k < shares.length ? k : null; },
    });
  }

  drawScree(chart, g, shares) {
    const shown = [Number(byId("mds-x").value), Number(byId("mds-y").value)];
    shares.forEach((share, k) => {
      g.fillStyle = shown.includes(k) ? css("--accent") : css("--none");
      const x = chart.x(k + .15), w = chart.x(k + .85) - x;
      g.fillRect(x, chart.y(100 * share), w, chart.y(0) - chart.y(100 * share));
    });
    chart.spec.after = () => {
      g.fillStyle = css("--soft"); g.textAlign = "center"; g.textBaseline = "top";
      shares.forEach((_, k) => g.fillText(String(k + 1), chart.x(k + .5), chart.box.bottom + 7));
      g.fillText("dimension", (chart.box.left + chart.box.right) / 2, chart.box.bottom + 24);
    };
  }

  moveMap() {
    const { mds } = this.data, x = Number(byId("mds-x").value), y = Number(byId("mds-y").value);
    const label = (k) => `${mds.label} ${k + 1} (${(100 * mds.explained[k]).toFixed(0)} %)`;
    this.mapX = mds.coordinates[x]; this.mapY = mds.coordinates[y];
    this.colorBy(byId("mds-color").value);
    this.map.set({ xlim: niceLimits(this.mapX, .1), ylim: niceLimits(this.mapY, .1), xlab: label(x), ylab: label(y) });
    if (this.scree) this.scree.paint();
  }

  colorBy(choice) {
    const { samples, groups } = this.data;
    const column = choice === "group" ? groups : samples.columns[Number(choice)];
    if (column.levels) {
      this.mapColors = column.codes.map((code) => (code < 0 ? css("--none") : column.colors[code]));
      legend("mds-legend", column.levels, column.colors);
      return;
    }
    const [low, high] = niceLimits(column.values, 0);
    this.mapColors = column.values.map((v) => (Number.isFinite(v) ? between(this.data.colors.scale, (v - low) / (high - low || 1)) : css("--none")));
    const place = byId("mds-legend");
    const swatch = make("span", { class: "swatch", style: gradient(this.data.colors.scale) });
    place.className = "legend";
    place.replaceChildren(`${tickText(low, (high - low) / 5)} `, swatch, ` ${tickText(high, (high - low) / 5)}`);
  }

  drawMap(chart, g) {
    dots(chart, g, this.mapX, this.mapY, this.mapColors, 6);
    if (!byId("mds-names").checked) return;
    namesBeside(chart, g, this.data.samples.names);
  }

  aboutSample(k) {
    const { samples } = this.data;
    const facts = samples.columns.slice(0, 10).map((c) => `${c.name}: ${c.levels ? c.levels[c.codes[k]] ?? "NA" : Number.isFinite(c.values[k]) ? +c.values[k].toPrecision(5) : "NA"}`);
    return [samples.names[k], ...facts].join("\n");
  }

  bars(host, values, what, line) {
    const n = values.length, top = Math.max(...values.filter(Number.isFinite)) * 1.06;
    return new Chart(host, {
      height: 260, xnames: true, names: this.data.samples.names, what: "samples", xlim: [0, n], ylim: [0, top], ylab: what, margin: { left: 62, bottom: 30 }, label: what,
      draw: (c, g) => {
        values.forEach((v, k) => {
          const x = c.x(k + .12), w = Math.max(1, c.x(k + .88) - x);
          g.fillStyle = onPage(this.groupColors[k]); g.fillRect(x, c.y(v), w, c.y(0) - c.y(v));
        });
        if (line) { g.setLineDash([5, 4]); curve(c, g, [0, n], [line, line], css("--soft")); g.setLineDash([]); }
      },
      hit: (c, x) => { const k = Math.floor((x - c.box.left) / (c.box.right - c.box.left) * n); return k >= 0 && k < n ? k : null; },
      tip: (k) => `${this.data.samples.names[k]}\n${what}: ${values[k].toLocaleString("en", { maximumFractionDigits: 3 })}\n${this.data.groups.levels[this.data.groups.codes[k]]}`,
    });
  }

  libraries() {
    const { library } = this.data, choice = byId("library-kind");
    const draw = () => this.bars("libraries", library[choice.value], choice.selectedOptions[0].text, choice.value === "factors" ? 1 : 0);
    choice.addEventListener("change", draw);
    draw();
  }

  densities() {
    const choice = byId("density-kind"), sets = this.data.densities;
    for (const name of Object.keys(sets)) choice.append(new Option(name, name));
    choice.value = Object.keys(sets).at(-1);
    const chart = new Chart("densities", {
      height: 260, margin: { left: 62 }, xlim: [0, 1], ylim: [0, 1], xlab: this.data.unit, ylab: "density", label: `Densities of ${this.data.words.level}`,
      draw: (c, g) => {
        const { x, y } = sets[choice.value];
        g.globalAlpha = y.length > 24 ? .45 : .85;
        y.forEach((line, k) => curve(c, g, x, line, onPage(this.groupColors[k]), 1.3));
        g.globalAlpha = 1;
      },
    });
    const draw = () => {
      const { x, y } = sets[choice.value];
      chart.set({ xlim: [x[0], x.at(-1)], ylim: [0, Math.max(...y.map((line) => Math.max(...line))) * 1.06] });
    };
    choice.addEventListener("change", draw);
    draw();
  }

  abundance() {
    const { edges, kept, removed } = this.data.abundance, top = Math.max(...kept.map((v, k) => v + removed[k]));
    const chart = new Chart("abundance", {
      height: 260, margin: { left: 62 }, xlim: [edges[0], edges.at(-1)], ylim: [0, top * 1.06], xlab: "average log2 counts per million", ylab: this.data.words.features, label: `Filter of the ${this.data.words.features}`,
      draw: (c, g) => kept.forEach((v, k) => {
        const x = c.x(edges[k]), w = c.x(edges[k + 1]) - x - 1;
        g.fillStyle = css("--accent"); g.fillRect(x, c.y(v), w, c.y(0) - c.y(v));
        g.fillStyle = css("--none"); g.fillRect(x, c.y(v + removed[k]), w, c.y(v) - c.y(v + removed[k]));
      }),
    });
    legend("abundance-legend", ["kept", "removed"], ["var(--accent)", "var(--none)"]);
    return chart;
  }

  trend() {
    const { x, y, line_x: lx, line_y: ly, label } = this.data.trend;
    return new Chart("trend", {
      height: 320, xlim: niceLimits(x), ylim: niceLimits(y), xlab: label, ylab: "√ standard deviation", label: "Mean-variance trend",
      draw: (c, g) => { cloud(c, g, x, y, css("--soft")); curve(c, g, lx, ly, css("--up"), 2.2); },
    });
  }

  spread() {
    const { x, y, prior, outlier } = this.data.spread;
    const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
    const odd = order.filter((k) => outlier[k]);
    return new Chart("spread", {
      height: 320, xlim: niceLimits(x), ylim: niceLimits(y), xlab: `average log2 ${this.data.words.level}`, ylab: "√ residual standard deviation", label: "Residual standard deviations",
      draw: (c, g) => {
        cloud(c, g, x, y, css("--soft"));
        cloud(c, g, odd.map((k) => x[k]), odd.map((k) => y[k]), css("--up"), 4);
        curve(c, g, order.map((k) => x[k]), order.map((k) => prior[k]), css("--accent"), 2.2);
      },
    });
  }
}
