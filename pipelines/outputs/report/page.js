// Draws the charts of the page: each to the width it has, again when that changes; and their data as tables.
"use strict";

const CHART_WIDTH = 640; // as the specifications have it; every view in them is this wide
const SMALLEST = 200;
const LARGEST = 1040;

function withWidth(specification, width) {
  const copy = structuredClone(specification);
  for (const view of [copy, ...(copy.vconcat ?? [])]) {
    if (view.width === CHART_WIDTH) view.width = width;
  }
  return copy;
}

async function draw(place, specification, width) {
  place.view?.finalize();
  const options = { actions: false, renderer: "svg", mode: "vega-lite" };
  place.view = (await vegaEmbed(place, withWidth(specification, width), options)).view;
}

// Axes and labels take a width that is known only after drawing: draw, measure, draw again.
async function fit(place, specification) {
  const room = Math.floor(place.clientWidth);
  if (room === 0 || room === place.room) return;
  place.room = room;
  await draw(place, specification, CHART_WIDTH);
  const natural = place.querySelector("svg").width.baseVal.value;
  const width = Math.max(SMALLEST, Math.min(LARGEST, CHART_WIDTH + room - natural));
  if (Math.abs(width - CHART_WIDTH) > 2) await draw(place, specification, width);
}

function dataTable(rows) {
  const table = document.createElement("table");
  const columns = Object.keys(rows[0] ?? {});
  table.createCaption().textContent = `${rows.length} rows`;
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const column of columns) line.insertCell().textContent = row[column] ?? "";
  }
  return table;
}

for (const figure of document.querySelectorAll("figure.chart")) {
  const specification = JSON.parse(figure.querySelector("script").textContent);
  const place = figure.querySelector(".drawing");
  fit(place, specification);
  let waiting;
  new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => fit(place, specification), 150);
  }).observe(place);
  const data = figure.querySelector(".chart-data");
  data.parentElement.addEventListener("toggle", () => {
    if (data.childElementCount > 0) return;
    for (const rows of Object.values(specification.datasets ?? {})) data.append(dataTable(rows));
  });
}
