"use strict";
/* A table of all genes, or sets, of which only the visible rows exist. Numbers are never cut: where there is no
   room for a column it is hidden, those of the highest rank first. */
const ROW = 28;
/* Pixels beside the text of a cell, of half a bar, and that text keeps: longer text ends in an ellipsis. */
const WIDE = { padding: 16, half: 34, text: 104 }, SLIM = { padding: 10, half: 15, text: 72 };
const SLIM_BELOW = 430;
const PRINTED = 40;  // rows on paper

/* A probability from its logarithm, also where it is too small for a number. */
function fromLog(value) {
  if (Number.isNaN(value)) return "NA";
  const whole = Math.floor(value);
  return value > -290 ? String(+(10 ** value).toPrecision(6)) : `${(10 ** (value - whole)).toPrecision(6)}e${whole}`;
}

class GeneTable {
  constructor(host, columns, onPick, words) {
    Object.assign(this, { host: byId(host), columns, onPick, words, picked: null, pins: [] });
    this.head = make("div", { class: "head", role: "row" });
    this.body = make("div", { class: "body", tabindex: "0", role: "grid", "aria-label": words.label, "aria-multiselectable": String(Boolean(words.onPin)) });
    this.inner = make("div", { role: "rowgroup" });
    this.body.append(this.inner);
    this.host.classList.add("genes");
    this.host.replaceChildren(this.head, this.body);
    this.buttons = columns.map((column, k) => {
      const button = make("button", { type: "button", class: column.text ? "text" : "", title: column.about || "" }, column.name);
      button.addEventListener("click", () => this.sortBy(k));
      return button;
    });
    this.head.replaceChildren(...this.buttons);
    if (words.onPin) this.head.append(make("span", { class: "pin", title: "Keep for comparison" }, "+"));
    this.body.addEventListener("scroll", () => this.later());
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (!row) return;
      const gene = Number(row.dataset.gene);
      if (words.onPin && (event.target.closest(".pin") || event.ctrlKey || event.metaKey || event.shiftKey)) words.onPin(gene); else this.onPick(gene);
    });
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.layout();
    new ResizeObserver(() => { this.layout(); this.paint(); }).observe(this.body);
  }

  /* Which columns have room, and the width of each. */
  layout() {
    const slim = this.host.clientWidth < SLIM_BELOW, { padding, half, text } = slim ? SLIM : WIDE;
    this.host.classList.toggle("slim", slim);
    this.host.style.setProperty("--half", `${half}px`);
    const g = make("canvas").getContext("2d"), style = getComputedStyle(this.host);
    g.font = `${style.fontSize} ${style.fontFamily}`;
    const letter = g.measureText("0").width, width = (column) => column.wide * letter + padding + (column.bar ? 2 * half + 8 : 0);
    const least = (column) => (column.text && !column.whole ? Math.min(width(column), text) : width(column));
    const room = this.host.clientWidth - 14 - (this.words.onPin ? 34 : 0);
    const shown = this.columns.map(() => true), total = () => this.columns.reduce((sum, column, k) => sum + (shown[k] ? least(column) : 0), 0);
    for (let rank = 9; rank > 0 && total() > room; rank--) this.columns.forEach((column, k) => { if (column.rank === rank) shown[k] = false; });
    if (shown.join() === (this.visible || []).join() && room === this.room) return;
    this.visible = shown;
    this.room = room;
    this.buttons.forEach((button, k) => { button.hidden = !shown[k]; });
    this.tracks = this.columns.filter((_, k) => shown[k]).map((column) => (column.text ? `minmax(${Math.ceil(least(column))}px, ${column.wide}fr)` : `minmax(${Math.ceil(width(column))}px, 1fr)`)).join(" ") + (this.words.onPin ? " 34px" : "");
    this.head.style.gridTemplateColumns = this.tracks;
  }

  /* Values by column and the order in which genes come at first; `filter` shows them. */
  load(values, order, sorted, down) {
    this.values = values;
    this.order = order.slice();
    this.column = sorted;
    this.down = down;
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

  filter(wanted, stay) {
    this.wanted = wanted;
    this.shown = wanted ? Array.from(this.order).filter((gene) => wanted[gene]) : this.order;
    this.buttons.forEach((button, k) => {
      const sorted = k === this.column;
      button.className = (this.columns[k].text ? "text" : "") + (sorted ? " sorted" : "");
      button.textContent = this.columns[k].name + (sorted ? (this.down ? " ↓" : " ↑") : "");
      button.setAttribute("aria-pressed", String(sorted));
    });
    this.body.setAttribute("aria-rowcount", this.shown.length);
    if (!stay) this.body.scrollTop = 0;
    this.paint();
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    if (!this.shown) return;
    const n = this.shown.length, printed = this.printed ? Math.min(n, PRINTED) : n;
    this.inner.style.height = `${printed * ROW}px`;
    const first = this.printed ? 0 : clamp(Math.floor(this.body.scrollTop / ROW) - 4, 0, n);
    const last = this.printed ? printed : Math.min(n, first + Math.ceil(this.body.clientHeight / ROW) + 8);
    const rows = [];
    for (let k = first; k < last; k++) rows.push(this.row(this.shown[k], k));
    if (!n) rows.push(make("div", { class: "empty" }, this.words.none));
    this.inner.replaceChildren(...rows);
    const active = rows.find((row) => row.classList.contains("picked"));
    if (active) this.body.setAttribute("aria-activedescendant", active.id); else this.body.removeAttribute("aria-activedescendant");
  }

  row(gene, place) {
    const kept = this.pins.includes(gene), picked = gene === this.picked;
    const row = make("div", { class: `row${picked ? " picked" : ""}${kept ? " kept" : ""}`, role: "row", id: `${this.host.id}-${gene}`, "aria-rowindex": place + 1, "aria-selected": String(picked || kept), "data-gene": gene });
    row.style.transform = `translateY(${place * ROW}px)`;
    row.style.gridTemplateColumns = this.tracks;
    this.columns.forEach((column, k) => { if (this.visible[k]) row.append(this.cell(column, this.values[k][gene])); });
    if (this.words.onPin) row.append(make("span", { class: "pin", role: "gridcell", title: kept ? "Compare without" : "Keep for comparison" }, kept ? "×" : "+"));
    return row;
  }

  cell(column, value) {
    const cell = make("span", { role: "gridcell" }, column.text ? value : column.format(value));
    if (column.text) { cell.className = "text"; cell.title = value; }
    if (column.tone && column.tone(value)) cell.classList.add(column.tone(value));
    if (column.signed && !Number.isNaN(value)) cell.classList.add(value > 0 ? "up" : "down");
    if (column.bar) { cell.classList.add("change"); cell.style.setProperty("--share", Number.isNaN(value) ? 0 : column.bar(value)); }
    return cell;
  }

  mark(gene, scroll, pins = []) {
    this.picked = gene;
    this.pins = pins;
    if (scroll) {
      const place = this.shown.indexOf(gene), top = place * ROW;
      if (place >= 0 && (top < this.body.scrollTop || top + ROW > this.body.scrollTop + this.body.clientHeight)) {
        this.body.scrollTop = Math.max(0, top - this.body.clientHeight / 2);
      }
    }
    this.paint();
  }

  key(event) {
    const n = this.shown.length, page = Math.floor(this.body.clientHeight / ROW);
    if (!n || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -n, End: n }[event.key];
    if (event.key === " " && this.words.onPin && this.picked !== null) { event.preventDefault(); this.words.onPin(this.picked); }
    if (!step) return;
    event.preventDefault();
    this.onPick(this.shown[clamp(this.shown.indexOf(this.picked) + step, 0, n - 1)], true);
  }

  /* The first rows for paper, or the table as it was. */
  print(printed) { this.printed = printed; this.paint(); }

  text() {
    const quote = (v) => (/[",\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v);
    const lines = [this.columns.map((c) => quote(c.name)).join(",")];
    const cell = (column, value) => quote(column.text ? value : column.small ? fromLog(value) : Number.isNaN(value) ? "NA" : String(+value.toPrecision(6)));
    for (const gene of this.shown) lines.push(this.columns.map((column, k) => cell(column, this.values[k][gene])).join(","));
    return lines.join("\n") + "\n";
  }
}
