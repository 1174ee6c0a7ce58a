/// <reference lib="dom" />
import type uPlot from "uplot";
import type { ChartData, ChartSpec } from "./chart-spec.ts";

// These functions run in the page: each is put there as its own source text, so they call only each other and `chart`.

/** A number short enough for an axis. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(size >= 100 ? 4 : 3)));
}

/** A value of an x axis in words; the library asks also where nothing is pointed at. */
function xText(kind: ChartSpec["kind"], value: number | null): string {
  if (value === null) return "-";
  if (kind === "latency") return `${shortNumber(value)} ms`;
  if (kind === "percentile") return `${Number((100 - 100 / value).toPrecision(7))} %`;
  const seconds = Math.round(value);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A colour of the page's style, as it is now: light or dark. */
function styleColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Puts a ground under the seconds that are not counted. */
function shadeSeconds(plot: uPlot, seconds: readonly number[]): void {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.beginPath();
  plot.ctx.rect(left, top, width, height);
  plot.ctx.clip();
  plot.ctx.fillStyle = styleColor("--shade");
  for (const second of seconds) {
    const from = plot.valToPos(second - 0.5, "x", true);
    plot.ctx.fillRect(from, top, plot.valToPos(second + 0.5, "x", true) - from, height);
  }
  plot.ctx.restore();
}

function xAxis(kind: ChartSpec["kind"]): uPlot.Axis {
  const axis: uPlot.Axis = {
    stroke: styleColor("--quiet"),
    grid: { stroke: styleColor("--grid"), width: 1 },
    ticks: { stroke: styleColor("--grid"), width: 1 },
    values: (_, splits: readonly (number | null)[]) =>
      splits.map((value) => (value === null ? "" : xText(kind, value))),
  };
  if (kind === "seconds") return { ...axis, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] };
  if (kind === "latency") return axis;
  const tens = (min: number, max: number): number[] => {
    const found: number[] = [];
    for (let power = 1; power <= max * 1.001; power *= 10) if (power >= min * 0.999) found.push(power);
    return found;
  };
  return { ...axis, splits: (_, __, min, max) => tens(min, max), filter: (_, splits) => splits };
}

/** The x axis and each line, as the legend names them. */
function lines({ kind, unit, xs, series }: ChartSpec): uPlot.Series[] {
  const valueText = (value: number | null): string =>
    value === null ? "-" : `${shortNumber(value)} ${unit}`.trim();
  return [
    {
      label: kind === "seconds" ? "second" : kind === "latency" ? "within" : "percentile",
      value: (_, x) => xText(kind, x),
    },
    ...series.map(({ name, color, isHidden = false }) => ({
      label: name,
      show: !isHidden,
      stroke: styleColor(`--s${color}`),
      width: 1.5,
      spanGaps: true,
      points: { show: xs.length < 2 },
      value: (_: uPlot, value: number | null) => valueText(value),
    })),
  ];
}

function chartOptions(
  spec: ChartSpec,
  data: ChartData,
  onCursor: (second: number | null) => void,
): uPlot.Options {
  const { kind, unit } = spec;
  const isTime = kind === "seconds";
  const wholeRange = (_: uPlot, min: number, max: number): [number, number] => [min, Math.max(max, min * 10)];
  return {
    width: 320,
    height: 260,
    padding: [8, 28, 0, 0],
    scales: {
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- 3 is logarithmic: a const enum is in no file
      x: isTime ? { time: false } : { time: false, distr: 3, range: wholeRange },
      y: { range: (_, __, max) => (unit === "%" ? [0, 100] : [0, max > 0 ? max * 1.08 : 1]) },
    },
    cursor: { drag: { x: true, y: false }, ...(isTime ? { sync: { key: "seconds" } } : {}) },
    axes: [
      xAxis(kind),
      {
        stroke: styleColor("--quiet"),
        grid: { stroke: styleColor("--grid"), width: 1 },
        ticks: { show: false },
        size: 52,
        values: (_, splits) => splits.map(shortNumber),
      },
    ],
    series: lines(spec),
    hooks: isTime
      ? {
          drawClear: [
            (plot) =>
              shadeSeconds(
                plot,
                data.invalid.map(([second]) => second),
              ),
          ],
          setCursor: [
            ({ cursor: { idx } }) => onCursor(typeof idx === "number" ? (spec.xs[idx] ?? null) : null),
          ],
        }
      : {},
  };
}

/** Draws one chart into its figure; resolves to what takes it away again. */
function drawChart(figure: HTMLElement, spec: ChartSpec, data: ChartData): () => void {
  const place = figure.querySelector("div");
  const note = figure.querySelector("p");
  if (place === null) return () => {};
  const reasons = new Map(data.invalid);
  const usual = note?.textContent ?? "";
  const onCursor = (second: number | null): void => {
    if (note === null) return;
    const why = second === null ? undefined : reasons.get(second);
    note.textContent = why === undefined ? usual : `${xText("seconds", second ?? 0)} is not counted: ${why}`;
  };
  const values: uPlot.AlignedData = [[...spec.xs], ...spec.series.map((each) => [...each.values])];
  const plot = new chart(chartOptions(spec, data, onCursor), values, place);
  const fit = (): void => plot.setSize({ width: Math.max(160, place.clientWidth), height: 260 });
  fit();
  const watch = new ResizeObserver(fit);
  watch.observe(place);
  return () => {
    watch.disconnect();
    plot.destroy();
    if (note !== null) note.textContent = usual;
  };
}

/** Draws all charts, and again when the reader's screen turns dark or light. */
function drawCharts(data: ChartData): void {
  document.documentElement.classList.add("charts");
  let drawn: (() => void)[] = [];
  const draw = (): void => {
    for (const remove of drawn) remove();
    drawn = data.charts.flatMap((spec, index) => {
      const figure = document.getElementById(`chart-${index}`);
      return figure === null ? [] : [drawChart(figure, spec, data)];
    });
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

declare const chart: typeof uPlot;

/** The page's own script: draws what the element `data` says, with the library's `uPlot`. */
export const chartScript = (): string =>
  [
    "const chart = uPlot;",
    ...[shortNumber, xText, styleColor, shadeSeconds, xAxis, lines, chartOptions, drawChart, drawCharts].map(
      String,
    ),
    'drawCharts(JSON.parse(document.getElementById("data").textContent));',
  ].join("\n");
