"use strict";
/* The thresholds of significance, by sliders and numbers, and what they call in every contrast. */
const STEPS = [-10, -9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((k) => [1, 2, 5].map((f) => f * 10 ** k)).concat(1);
const SLIDE = .05;  // log2 fold change of a step

class Thresholds {
  constructor(data, onChange) {
    this.data = data;
    this.own = { fdr: data.rule.fdr, lfc: data.rule.lfc };  // of the analysis
    this.now = { ...this.own };
    this.onChange = onChange;
    this.calls = data.contrasts.map((contrast) => contrast.call);
    this.steps = [...new Set([...STEPS, this.own.fdr])].filter((v) => v > 0).sort((a, b) => a - b);
    if (byId("fdr")) this.controls();
    this.counts();
  }

  controls() {
    const [fdr, fdrValue, lfc, lfcValue] = ["fdr", "fdr-value", "lfc", "lfc-value"].map(byId);
    fdr.max = this.steps.length - 1;
    let most = 1;
    for (const contrast of this.data.contrasts) for (const v of contrast.lfc) if (Math.abs(v) > most) most = Math.abs(v);
    lfc.max = Math.ceil(Math.min(most, 6) / SLIDE) * SLIDE;
    fdr.addEventListener("input", () => this.later({ fdr: this.steps[fdr.value] }));
    lfc.addEventListener("input", () => this.later({ lfc: Number(lfc.value) }));
    const typed = (field, name, high) => field.addEventListener("change", () => {
      const value = Number(field.value);
      if (field.value !== "" && value >= 0 && value <= high) this.later({ [name]: value }); else this.show();
    });
    typed(fdrValue, "fdr", 1);
    typed(lfcValue, "lfc", Infinity);
    byId("thresholds-reset").addEventListener("click", () => this.later(this.own));
    this.show();
  }

  /* The numbers at once, what follows from them in the next frame. */
  later(changes) {
    Object.assign(this.now, changes);
    this.show();
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.apply(); });
  }

  apply() {
    const { fdr, lfc } = this.now, limit = Math.log10(fdr);
    this.calls = this.data.contrasts.map((contrast) => (this.isOwn() ? contrast.call : callsAt(contrast, limit, lfc)));
    this.last = [];
    this.counts();
    this.onChange();
  }

  isOwn() { return this.now.fdr === this.own.fdr && this.now.lfc === this.own.lfc; }

  show() {
    const { fdr, lfc } = this.now, near = this.steps.findIndex((v) => v >= fdr * (1 - 1e-9));
    byId("fdr").value = near < 0 ? this.steps.length - 1 : near;
    byId("fdr").setAttribute("aria-valuetext", String(fdr));
    byId("fdr-value").value = +fdr.toPrecision(6);
    byId("lfc").value = lfc;
    byId("lfc").setAttribute("aria-valuetext", String(lfc));
    byId("lfc-value").value = +lfc.toFixed(4);
    byId("lfc-fold").textContent = lfc > 0 ? `${(2 ** lfc).toFixed(2)}-fold` : "any";
    byId("thresholds-reset").hidden = this.isOwn();
  }

  /* Numbers down and up in each contrast, in the overview and beside the sliders. */
  counts() {
    this.numbers = this.calls.map((call) => {
      let down = 0, up = 0;
      for (const v of call) if (v > 0) up++; else if (v < 0) down++;
      return { down, up };
    });
    const most = Math.max(1, ...this.numbers.map(({ down, up }) => down + up));
    this.numbers.forEach(({ down, up }, k) => {
      const row = document.querySelector(`.results tr[data-row="${k}"]`);
      if (!row) return;
      row.querySelector(".down").textContent = count(down);
      row.querySelector(".up").textContent = count(up);
      row.querySelector(".bar").title = `${down} down, ${up} up`;
      row.querySelector(".bar .d").style.width = `${100 * down / most}%`;
      row.querySelector(".bar .u").style.width = `${100 * up / most}%`;
    });
    const rule = byId("rule-now");
    if (rule) {
      rule.hidden = this.isOwn();
      rule.textContent = `Shown now: ${this.data.rule.name} below ${this.now.fdr}${this.now.lfc > 0 ? `, absolute log2 fold change above ${+this.now.lfc.toFixed(4)}` : ""}. `;
    }
    this.chosen(this.at || 0);
  }

  chosen(k) {
    this.at = k;
    const { down, up } = this.numbers[k], place = byId("called");
    if (!place) return;
    const part = (kind, text) => make("b", { class: kind }, text);
    place.replaceChildren(part("up", `${count(up)} up`), " · ", part("down", `${count(down)} down`), ` · ${count(this.calls[k].length - up - down)} not`);
  }

  /* Logarithm of the largest p-value that the threshold lets pass in a contrast; null where none is. */
  lastP(k) {
    this.last = this.last || [];
    if (this.last[k] === undefined) {
      const { logp, logq } = this.data.contrasts[k], limit = Math.log10(this.now.fdr);
      let last = null;
      for (let g = 0; g < logp.length; g++) if (logq[g] < limit && (last === null || logp[g] > last)) last = logp[g];
      this.last[k] = last;
    }
    return this.last[k];
  }
}

function callsAt({ lfc, logq }, limit, least) {
  const calls = new Int8Array(lfc.length);
  for (let k = 0; k < calls.length; k++) if (logq[k] < limit && (least === 0 || Math.abs(lfc[k]) > least)) calls[k] = Math.sign(lfc[k]);
  return calls;
}
