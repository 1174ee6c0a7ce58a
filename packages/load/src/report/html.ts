import { createHash } from "node:crypto";
import type { LoadReport } from "./load-report.ts";
import type { ChartData, ChartSpec } from "./html/chart-spec.ts";
import { chartData } from "./html/charts.ts";
import { chartScript } from "./html/draw-charts.ts";
import { escaped, scriptJson } from "./html/escape.ts";
import * as sections from "./html/sections.ts";
import { STYLE } from "./html/style.ts";
import { figure, shortFigure } from "./html/table.ts";
import { uplotFiles } from "./html/uplot-files.ts";

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

function tile(name: string, value: string, unit = ""): string {
  return `<div><dt>${name}</dt><dd>${value}${unit === "" ? "" : ` <small>${unit}</small>`}</dd></div>`;
}

function tiles({
  latencies,
  audience,
  published,
  delivered,
  refused,
  faults,
  invalidSeconds,
}: LoadReport): string {
  const { p50, p99 } = latencies.delivery;
  const errors = [...Object.values(refused), ...Object.values(faults)].reduce((sum, count) => sum + count, 0);
  return `<dl class="tiles">${[
    tile("receive p50", shortFigure(p50), "ms"),
    tile("receive p99", shortFigure(p99), "ms"),
    tile("ack p99", shortFigure(latencies.ack.p99), "ms"),
    tile("published", shortFigure(published)),
    tile("delivered", shortFigure(delivered)),
    tile("lost", audience.viewers === 0 ? "-" : shortFigure(audience.lost)),
    tile("errors", shortFigure(errors)),
    tile("invalid seconds", shortFigure(invalidSeconds)),
  ].join("")}</dl>`;
}

function verdict({ verdicts, isComplete, stopped, lostWorkers }: LoadReport): string {
  const failed = verdicts.filter(({ holds }) => !holds).length;
  const said = [];
  if (stopped !== undefined) {
    const { measure, sign, limit, seconds } = stopped.condition;
    const why = `${measure} ${sign} ${limit} for ${seconds} s, at second ${stopped.second}: ${figure(stopped.value)}`;
    said.push(`<span class="bad">Ended by its stop condition (${escaped(why)}).</span>`);
  }
  if (lostWorkers.length > 0) said.push(`<span class="bad">${lostWorkers.length} workers were lost.</span>`);
  if (!isComplete) said.push('<span class="bad">Stopped before its end.</span>');
  if (failed > 0) said.push(`<span class="bad">${failed} of ${verdicts.length} thresholds fail.</span>`);
  else if (verdicts.length > 0)
    said.push(`<span class="good">All ${verdicts.length} thresholds hold.</span>`);
  return said.length === 0 ? "" : `<p>${said.join(" ")}</p>`;
}

function chartFigure({ title, kind, unit }: ChartSpec, index: number, { invalid }: ChartData): string {
  const grey =
    invalid.length === 0
      ? ""
      : `Grey: ${invalid.length} second${invalid.length === 1 ? "" : "s"} in which the generator could not keep up (${escaped([...new Set(invalid.map(([, why]) => why))].join("; "))}).`;
  const note = kind === "seconds" ? `<p>${grey}</p>` : "";
  const name = `${escaped(title)}${unit === "" ? "" : ` <span>${escaped(unit)}</span>`}`;
  return `<figure id="chart-${index}"${index === 0 ? ' class="wide"' : ""}><figcaption>${name}</figcaption><div></div>${note}</figure>`;
}

/**
 * A report as one HTML page. It loads nothing: the chart library stands in it, and its own policy forbids it every
 * request and every script but the two it came with. Without scripts it is the tables.
 */
export function reportHtml(report: LoadReport): string {
  const { plan, startedAt } = report;
  const data = chartData(report);
  const library = uplotFiles();
  const [style, script] = [library.style + STYLE, chartScript()];
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(library.script)} ${hashOf(script)}`;
  const title = escaped(`barrage load ${plan.scenario}`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>${title}</title><style>${style}</style></head><body>`,
    `<header><h1>${title}</h1><p class="quiet">${escaped(
      `${plan.viewers} viewers, ${plan.rooms.length} room${plan.rooms.length === 1 ? "" : "s"}, ` +
        `${plan.protocol} at ${plan.host}:${plan.port}, ${startedAt}`,
    )}</p>${verdict(report)}${tiles(report)}</header><main>`,
    sections.thresholds(report),
    `<section><h2>Charts</h2><p class="quiet hint">Drag over a chart to zoom into it; a double click goes back. A click on a name hides its line.</p>`,
    '<p class="instead">The charts need scripts; the tables below have their numbers.</p>',
    `<div class="charts-grid">${data.charts.map((spec, index) => chartFigure(spec, index, data)).join("")}</div></section>`,
    sections.latencies(report),
    sections.outcomes(report),
    sections.errors(report),
    sections.rooms(report),
    sections.invalidSeconds(report),
    `<section><h2>Timeline</h2>${sections.secondBySecond(report)}</section>`,
    sections.configuration(report),
    `</main><script type="application/json" id="data">${scriptJson(data)}</script>`,
    `<script>${library.script}</script><script>${script}</script></body></html>\n`,
  ].join("");
}
