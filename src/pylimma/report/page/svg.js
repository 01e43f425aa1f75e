"use strict";
/* Pictures for papers: the charts drawn again, in light colours, by a pen that writes SVG or at three times the size. */
const SHARP = 3;

/* What the charts use of a canvas context, written as SVG; shapes of one look share a group. */
class SvgPen {
  constructor(width, height) {
    Object.assign(this, { width, height, groups: [], defs: [], kept: [], path: "", font: "12px sans-serif" });
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, textAlign: "left", textBaseline: "alphabetic", lineJoin: "miter" });
    this.dash = ""; this.moved = ""; this.clipped = "";
    this.ruler = make("canvas").getContext("2d");
  }

  static names = ["font", "fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "textAlign", "textBaseline", "lineJoin", "dash", "moved", "clipped"];
  save() { this.kept.push(Object.fromEntries(SvgPen.names.map((name) => [name, this[name]]))); }
  restore() { Object.assign(this, this.kept.pop()); }
  translate(x, y) { this.moved += `translate(${num(x)} ${num(y)})`; }
  rotate(angle) { this.moved += `rotate(${num(angle * 180 / Math.PI)})`; }
  setLineDash(dash) { this.dash = dash.join(" "); }
  measureText(text) { this.ruler.font = this.font; return this.ruler.measureText(text); }

  beginPath() { this.path = ""; }
  moveTo(x, y) { if (known(x, y)) this.path += `M${num(x)} ${num(y)}`; }
  lineTo(x, y) { if (known(x, y)) this.path += `${this.path ? "L" : "M"}${num(x)} ${num(y)}`; }
  rect(x, y, w, h) { if (known(x, y, w, h)) this.path += `M${num(x)} ${num(y)}h${num(w)}v${num(h)}h${num(-w)}z`; }
  arc(x, y, r) { if (known(x, y)) this.path += `M${num(x - r)} ${num(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
  clip() {
    this.defs.push(`<clipPath id="c${this.defs.length}"><path d="${this.path}"/></clipPath>`);
    this.clipped = `c${this.defs.length - 1}`;
  }

  add(paint, look, shape) {
    const clear = this.globalAlpha < 1 ? ` ${paint}-opacity="${num(this.globalAlpha)}"` : "";
    const whole = look + clear + (this.clipped ? ` clip-path="url(#${this.clipped})"` : ""), last = this.groups.at(-1);
    if (last && last.look === whole) last.shapes.push(shape); else this.groups.push({ look: whole, shapes: [shape] });
  }

  turned() { return this.moved ? ` transform="${this.moved}"` : ""; }
  fill() { if (this.path) this.add("fill", `fill="${this.fillStyle}"`, `<path d="${this.path}"${this.turned()}/>`); }
  stroke() {
    if (!this.path) return;
    const dash = this.dash ? ` stroke-dasharray="${this.dash}"` : "";
    this.add("stroke", `fill="none" stroke="${this.strokeStyle}" stroke-width="${num(this.lineWidth)}"${dash}`, `<path d="${this.path}"${this.turned()}/>`);
  }
  fillRect(x, y, w, h) {
    if (known(x, y, w, h)) this.add("fill", `fill="${this.fillStyle}"`, `<path d="M${num(x)} ${num(y)}h${num(w)}v${num(h)}h${num(-w)}z"${this.turned()}/>`);
  }

  text(paint, look, text, x, y) {
    if (!known(x, y)) return;
    const [, weight, size] = /^(\d+ )?(\d+)px/.exec(this.font), anchor = { center: "middle", right: "end" }[this.textAlign];
    const down = { middle: .35, top: .8 }[this.textBaseline] || 0, escaped = String(text).replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
    this.add(paint, look, `<text x="${num(x)}" y="${num(y + down * size)}" font-size="${size}"${weight ? ` font-weight="${weight.trim()}"` : ""}${anchor ? ` text-anchor="${anchor}"` : ""}${this.turned()}>${escaped}</text>`);
  }
  fillText(text, x, y) { this.text("fill", `fill="${this.fillStyle}"`, text, x, y); }
  strokeText(text, x, y) { this.text("stroke", `fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-linejoin="round"`, text, x, y); }

  source() {
    const groups = this.groups.map(({ look, shapes }) => `<g ${look}>${shapes.join("")}</g>`).join("\n");
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" font-family="Arial, Helvetica, sans-serif">\n<defs>${this.defs.join("")}</defs>\n<rect width="100%" height="100%" fill="#fff"/>\n${groups}\n</svg>\n`;
  }
}

const num = (x) => String(Math.round(x * 100) / 100);
const known = (...all) => all.every(Number.isFinite);

/* A step in light colours, whatever the page has. */
function inLight(step) {
  const root = document.documentElement, now = root.dataset.theme;
  root.dataset.theme = "light";
  try { return step(); } finally { root.dataset.theme = now; }
}

/* The size of a picture, and what draws it: the chart, and below it the legend that the page has beside it. */
function pictureOf(chart) {
  const { clientWidth: w, clientHeight: h } = chart.host;
  const entries = chart.host.closest("figure").querySelectorAll(".legend:not([hidden]) > span:has(> i)");
  const ruler = make("canvas").getContext("2d"), places = [];
  let [x, y] = [14, h + 12];
  ruler.font = `12px ${css("--sans")}`;
  for (const entry of entries) {
    const width = ruler.measureText(entry.textContent).width + 30;
    if (x + width > w && x > 14) [x, y] = [14, y + 18];
    places.push({ x, y, text: entry.textContent, color: entry.firstChild.style.backgroundColor });
    x += width;
  }
  const draw = (g) => {
    chart.render(g, w, h);
    g.font = ruler.font; g.textAlign = "left"; g.textBaseline = "middle";
    for (const place of places) {
      g.fillStyle = place.color.startsWith("rgb") ? place.color : css("--black"); g.beginPath(); g.arc(place.x, place.y, 4.5, 0, 7); g.fill();
      g.fillStyle = css("--soft"); g.fillText(place.text, place.x + 9, place.y);
    }
  };
  return { w, h: places.length ? y + 12 : h, draw: (g) => inLight(() => draw(g)) };
}

function svgOf(chart) {
  const { w, h, draw } = pictureOf(chart), pen = new SvgPen(w, h);
  draw(pen);
  return pen.source();
}

function pngOf(chart) {
  const { w, h, draw } = pictureOf(chart), canvas = make("canvas", { width: w * SHARP, height: h * SHARP }), g = canvas.getContext("2d");
  g.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  g.fillStyle = "#fff"; g.fillRect(0, 0, w, h);
  draw(g);
  return new Promise((done) => canvas.toBlob(done));
}

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileName = (text) => text.replace(/[^\w.+-]+/g, "_");

/* Buttons that save the picture of every figure. */
function pictureButtons(suffix) {
  for (const host of document.querySelectorAll(".chart")) {
    const chart = [...Chart.all].find((c) => c.host === host), figure = host.closest("figure");
    if (!chart || !figure) continue;
    const name = () => fileName(figure.closest("#genes, #sets") ? `${host.id}_${suffix()}` : host.id);
    const title = figure.querySelector("h3").textContent || "picture";
    const png = make("button", { class: "plain", type: "button", "aria-label": `Save as PNG: ${title}` }, "PNG");
    png.addEventListener("click", async () => save(await pngOf(chart), `${name()}.png`));
    const svg = make("button", { class: "plain", type: "button", "data-svg": host.id, "aria-label": `Save as SVG: ${title}` }, "SVG");
    svg.addEventListener("click", () => save(new Blob([svgOf(chart)], { type: "image/svg+xml" }), `${name()}.svg`));
    const pair = make("span", { class: "save" });
    pair.append(png, svg);
    figure.querySelector(".tools").append(pair);
  }
}
