"use strict";
/* A table of all genes, or sets, of which only the visible rows exist. */
const ROW = 28;

/* A probability from its logarithm, also where it is too small for a number. */
function fromLog(value) {
  if (Number.isNaN(value)) return "NA";
  const whole = Math.floor(value);
  return value > -290 ? String(+(10 ** value).toPrecision(6)) : `${(10 ** (value - whole)).toPrecision(6)}e${whole}`;
}

class GeneTable {
  constructor(host, columns, onPick, words = { label: "Genes", none: "No gene matches." }) {
    this.host = byId(host);
    this.columns = columns;
    this.onPick = onPick;
    this.words = words;
    this.picked = null;
    this.head = make("div", { class: "head", role: "row" });
    this.body = make("div", { class: "body", tabindex: "0", role: "grid", "aria-label": words.label });
    this.inner = make("div");
    this.body.append(this.inner);
    this.host.classList.add("genes");
    this.host.replaceChildren(this.head, this.body);
    this.buttons = columns.map((column, k) => {
      const button = make("button", { type: "button", class: column.text ? "text" : "", title: column.about || "" }, column.name);
      button.addEventListener("click", () => this.sortBy(k));
      return button;
    });
    this.head.replaceChildren(...this.buttons);
    const widths = columns.map((c) => (c.text ? `minmax(${c.wide}ch, ${c.share || 1.6}fr)` : `minmax(${c.wide ? `${c.wide}ch` : "56px"}, 1fr)`)).join(" ");
    this.host.style.setProperty("--columns", widths);
    this.head.style.gridTemplateColumns = widths;
    this.body.addEventListener("scroll", () => this.later());
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.onPick(Number(row.dataset.gene));
    });
    this.body.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.paint()).observe(this.body);
  }

  /* Values by column and the order in which genes come at first. */
  load(values, order, sorted, down) {
    this.values = values;
    this.order = order;
    this.column = sorted;
    this.down = down;
    this.filter(this.wanted || null);
  }

  sortBy(column) {
    this.down = this.column === column ? !this.down : !this.columns[column].text && !this.columns[column].small;
    this.column = column;
    const values = this.values[column], sign = this.down ? -1 : 1;
    if (this.columns[column].text) {
      const collate = new Intl.Collator("en", { numeric: true }).compare;
      this.order.sort((a, b) => sign * collate(values[a], values[b]) || a - b);
    } else {
      const key = (k) => (Number.isNaN(values[k]) ? Infinity * sign : values[k]);
      this.order.sort((a, b) => sign * (key(a) - key(b)) || a - b);
    }
    this.filter(this.wanted || null);
  }

  filter(wanted) {
    this.wanted = wanted;
    this.shown = wanted ? Array.from(this.order).filter((gene) => wanted[gene]) : this.order;
    this.buttons.forEach((button, k) => {
      button.className = (this.columns[k].text ? "text" : "") + (k === this.column ? " sorted" : "");
      button.textContent = this.columns[k].name + (k === this.column ? (this.down ? " ↓" : " ↑") : "");
    });
    this.body.scrollTop = 0;
    this.paint();
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    if (!this.shown) return;
    const n = this.shown.length;
    this.inner.style.height = `${n * ROW}px`;
    const first = clamp(Math.floor(this.body.scrollTop / ROW) - 4, 0, n);
    const last = Math.min(n, first + Math.ceil(this.body.clientHeight / ROW) + 8);
    const rows = [];
    for (let k = first; k < last; k++) rows.push(this.row(this.shown[k], k));
    if (!n) rows.push(make("div", { class: "empty" }, this.words.none));
    this.inner.replaceChildren(...rows);
  }

  row(gene, place) {
    const row = make("div", { class: gene === this.picked ? "row picked" : "row", role: "row", "data-gene": gene });
    row.style.transform = `translateY(${place * ROW}px)`;
    row.style.gridTemplateColumns = this.host.style.getPropertyValue("--columns");
    this.columns.forEach((column, k) => {
      const value = this.values[k][gene], cell = make("span", { role: "gridcell" }, column.text ? value : column.format(value));
      if (column.text) { cell.className = "text"; cell.title = value; }
      if (column.tone && column.tone(value)) cell.classList.add(column.tone(value));
      if (column.signed) cell.classList.add(value > 0 ? "up" : "down");
      row.append(cell);
    });
    return row;
  }

  mark(gene, scroll) {
    this.picked = gene;
    if (scroll) {
      const place = this.shown.indexOf(gene), top = place * ROW;
      if (place >= 0 && (top < this.body.scrollTop || top + ROW > this.body.scrollTop + this.body.clientHeight)) {
        this.body.scrollTop = Math.max(0, top - this.body.clientHeight / 2);
      }
    }
    this.paint();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.shown.length) return;
    event.preventDefault();
    const place = clamp(this.shown.indexOf(this.picked) + step, 0, this.shown.length - 1);
    this.onPick(this.shown[place], true);
  }

  text() {
    const quote = (v) => (/[",\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v);
    const lines = [this.columns.map((c) => quote(c.name)).join(",")];
    const cell = (column, value) => quote(column.text ? value : column.small ? fromLog(value) : Number.isNaN(value) ? "NA" : String(+value.toPrecision(6)));
    for (const gene of this.shown) lines.push(this.columns.map((column, k) => cell(column, this.values[k][gene])).join(","));
    return lines.join("\n") + "\n";
  }
}
