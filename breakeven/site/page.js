// Draws the figures and exchanges their columns when another machine or release is chosen.
"use strict";

// JSON knows no NaN, and Bokeh would draw null as 0.
const read = (id) => JSON.parse(document.getElementById(id).textContent, (_, value) => value ?? NaN);
const figures = JSON.parse(document.getElementById("figures").textContent);
const views = read("views"); // machine -> {about, history, followed, releases: {release -> {sources, sentences}}}
const machine = document.getElementById("machine");
const release = document.getElementById("release");

function fill(select, names) {
  select.replaceChildren(...names.map((name) => new Option(name, name)));
}

function chooseMachine() {
  const kept = release.value;
  const names = Object.keys(views[machine.value].releases);
  fill(release, names);
  release.value = names.includes(kept) ? kept : names.at(-1);
  document.getElementById("about").textContent = views[machine.value].about;
}

function update() {
  const { history, followed, releases } = views[machine.value];
  const { sources, sentences } = releases[release.value];
  const columns = { ...history, ...sources };
  for (const page of Bokeh.documents) {
    for (const [name, data] of Object.entries(columns)) {
      const source = page.get_model_by_name(name);
      if (source) source.data = data;
    }
  }
  for (const list of document.querySelectorAll("[data-sentences]")) {
    const told = sentences[list.dataset.sentences] ?? ["Not measured on this release."];
    list.replaceChildren(...told.map((text) => cell("li", text)));
  }
  for (const place of document.querySelectorAll("[data-followed]")) {
    const size = followed[place.dataset.followed];
    place.textContent = size ? `${size.toLocaleString("en")} rows` : "not measured on this machine";
  }
  for (const table of document.querySelectorAll("[data-table]")) {
    tabulate(table, columns[table.dataset.table]);
  }
}

function cell(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function tabulate(table, columns) {
  const names = Object.keys(columns);
  if (!names.length) {
    table.replaceChildren(cell("caption", "Not measured on this release."));
    return;
  }
  const head = document.createElement("tr");
  head.append(...names.map((name) => cell("th", name)));
  const rows = columns[names[0]].map((_, i) => {
    const row = document.createElement("tr");
    row.append(...names.map((name) => cell("td", written(name, columns[name][i]))));
    return row;
  });
  table.replaceChildren(head, ...rows);
}

function written(name, value) {
  if (name === "date") return new Date(value).toISOString().slice(0, 10);
  if (typeof value !== "number") return value;
  if (Number.isNaN(value)) return "not measured";
  return Number.isInteger(value) ? value.toLocaleString("en") : +value.toPrecision(4);
}

// A canvas takes no colours from the page's style sheet.
function paint() {
  const style = getComputedStyle(document.documentElement);
  const [ink, line] = ["--ink", "--line"].map((name) => style.getPropertyValue(name));
  for (const page of Bokeh.documents) {
    for (const plot of page.roots()) {
      plot.title.text_color = ink;
      for (const axis of [...plot.below, ...plot.left]) {
        axis.setv({
          axis_label_text_color: ink, major_label_text_color: ink, axis_line_color: ink,
          major_tick_line_color: ink, minor_tick_line_color: line,
        });
      }
      for (const part of plot.center) {
        if ("grid_line_color" in part) part.grid_line_color = line;
      }
      for (const part of plot.renderers) {
        if (part.name === "ink") part.glyph.text_color = { value: ink };
      }
    }
  }
}

async function start() {
  fill(machine, Object.keys(views));
  chooseMachine();
  for (const place of document.querySelectorAll("[data-figure]")) {
    await Bokeh.embed.embed_item(figures[place.dataset.figure], place);
  }
  update();
  paint();
  machine.addEventListener("change", () => { chooseMachine(); update(); });
  release.addEventListener("change", update);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  document.documentElement.dataset.state = "drawn";
}

start();
