"use strict";
/* Reads the data of the page and builds its parts. */
const KINDS = { f: Float32Array, u: Uint16Array, b: Int8Array, i: Int32Array };

async function arrays(manifest) {
  const text = atob(byId("blob").textContent.trim()), packed = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) packed[k] = text.charCodeAt(k);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const read = (kind, offset, length) => (kind === "j" ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, offset, length))) : new KINDS[kind](buffer, offset, length));
  return Object.fromEntries(Object.entries(manifest).map(([name, parts]) => [name, read(...parts)]));
}

/* Where the data name an array, the array itself. */
function filled(node, found) {
  if (Array.isArray(node)) { node.forEach((item, k) => { if (item && typeof item === "object") node[k] = filled(item, found); }); return node; }
  if (node && typeof node === "object") {
    if (node.array !== undefined) return found[node.array];
    for (const key of Object.keys(node)) if (node[key] && typeof node[key] === "object") node[key] = filled(node[key], found);
  }
  return node;
}

function theme() {
  const root = document.documentElement, wanted = matchMedia("(prefers-color-scheme: dark)");
  const set = (dark) => { root.dataset.theme = dark ? "dark" : "light"; repaintAll(); };
  set(wanted.matches);
  wanted.addEventListener("change", () => set(wanted.matches));
  byId("theme").addEventListener("click", () => set(root.dataset.theme !== "dark"));
}

function navigation() {
  const links = [...document.querySelectorAll("nav.side a")], by = new Map(links.map((a) => [a.hash.slice(1), a]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      links.forEach((a) => a.classList.remove("here"));
      by.get(entry.target.id).classList.add("here");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const id of by.keys()) if (byId(id)) watch.observe(byId(id));
}

/* On paper: light colours, sharp pictures, the first rows of tables, and everything unfolded. */
function printing(tables) {
  const root = document.documentElement;
  let before = null;
  addEventListener("beforeprint", () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    before = before || { theme: root.dataset.theme, folded };
    root.dataset.theme = "light";
    Chart.sharpness = SHARP;
    for (const item of before.folded) item.open = true;
    for (const table of tables) table.print(true);
    repaintAll();
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    root.dataset.theme = before.theme;
    Chart.sharpness = 0;
    for (const item of before.folded) item.open = false;
    for (const table of tables) table.print(false);
    before = null;
    repaintAll();
  });
}

async function start() {
  document.body.append(tip);
  theme();
  navigation();
  const data = JSON.parse(byId("data").textContent);
  filled(data, await arrays(data.arrays));
  const report = (window.report = { data, genes: new Explorer(data) });
  performance.mark("usable");  // the rest follows once the genes are on the screen
  await new Promise((done) => { setTimeout(done); });
  if (byId("sets")) report.sets = new SetExplorer(data, report.genes);
  report.samples = new Samples(data);
  pictureButtons(() => report.genes.contrast.name);
  printing([report.genes.table, report.sets?.table].filter(Boolean));
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  const place = make("p", { class: "warnings", role: "alert" }, `The charts of this page could not be drawn: ${error.message}. Please use a current browser.`);
  document.querySelector("main").prepend(place);
});
