import { reportLines } from "./lines.ts";
import type { LoadReport } from "./load-report.ts";

interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 220, 56, 28, 12];
const TICKS = 4;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

/** A line chart as SVG. Seconds in `marked` have a grey ground. */
function chart(title: string, lines: readonly Line[], marked: readonly number[] = []): string {
  const all = lines.flatMap(({ points }) => points);
  const xs = all.map(([x]) => x);
  const [low, high] = [xs.reduce((a, b) => Math.min(a, b), Infinity), xs.reduce((a, b) => Math.max(a, b), 1)];
  const first = Number.isFinite(low) ? low : 0;
  const most = all.reduce((before, [, y]) => Math.max(before, y), 0) || 1;
  const xOf = (x: number): number => LEFT + ((x - first) / Math.max(1e-9, high - first)) * (WIDTH - LEFT - 8);
  const yOf = (y: number): number => HEIGHT - BOTTOM - (y / most) * (HEIGHT - BOTTOM - TOP);
  const grounds = marked.map(
    (x) =>
      `<rect x="${xOf(x - 0.5).toFixed(1)}" y="${TOP}" width="${Math.max(1, xOf(x + 0.5) - xOf(x - 0.5)).toFixed(1)}" height="${HEIGHT - BOTTOM - TOP}" fill="#8884"/>`,
  );
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => (most * index) / TICKS).map(
    (y) =>
      `<text x="${LEFT - 6}" y="${(yOf(y) + 4).toFixed(1)}" text-anchor="end">${Number(y.toPrecision(3))}</text><path d="M${LEFT} ${yOf(y).toFixed(1)}H${WIDTH}" stroke="#8883"/>`,
  );
  const paths = lines.map(
    ({ color, points }) =>
      `<path fill="none" stroke="${color}" stroke-width="1.5" d="${points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`).join("")}"/>`,
  );
  const names = lines.map(({ name, color }) => `<b style="color:${color}">${escaped(name)}</b>`).join(" ");
  const ends = `<text x="${LEFT}" y="${HEIGHT - 8}">${Number(first.toPrecision(4))}</text><text x="${WIDTH - 8}" y="${HEIGHT - 8}" text-anchor="end">${Number(high.toPrecision(4))}</text>`;
  return `<figure><figcaption>${escaped(title)} ${names}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${grounds.join("")}${ticks.join("")}${paths.join("")}${ends}</svg></figure>`;
}

const STYLE =
  "body{font:15px system-ui,sans-serif;max-width:780px;margin:2em auto;padding:0 1em;color-scheme:light dark}" +
  "svg{width:100%;font-size:11px}svg text{fill:currentColor}figure{margin:1.5em 0}pre{overflow:auto}";

/** A report as one HTML page that loads nothing and runs nothing. */
export function reportHtml(report: LoadReport): string {
  const seconds = report.timeline.filter(({ second }) => second >= 0);
  const marked = seconds.filter(({ invalid }) => invalid.length > 0).map(({ second }) => second);
  const line = (name: string, color: string, of: (each: (typeof seconds)[number]) => number): Line => ({
    name,
    color,
    points: seconds.map((each) => [each.second, of(each)] as const),
  });
  const charts = [
    chart(
      "Send to receive, ms, by second",
      [
        line("p50", "#2a8", ({ p50 }) => p50),
        line("p95", "#d80", ({ p95 }) => p95),
        line("p99", "#d33", ({ p99 }) => p99),
      ],
      marked,
    ),
    chart("Percentile of send to receive (ms over percent)", [
      { name: "all valid seconds", color: "#36c", points: report.curves.delivery ?? [] },
    ]),
    chart(
      "Per second",
      [
        line("published", "#36c", ({ published }) => published),
        line("acknowledged", "#2a8", ({ acked }) => acked),
        line("refused", "#d33", ({ refused }) => refused),
      ],
      marked,
    ),
    chart("Deliveries per second", [line("delivered", "#36c", ({ delivered }) => delivered)], marked),
    chart("Connections", [line("open", "#36c", ({ connections }) => connections)], marked),
    chart(
      "The generator itself",
      [
        line("CPU, % of a core", "#d80", ({ effort }) => effort.cpu * 100),
        line("event-loop delay p99, ms", "#36c", ({ effort }) => effort.loopDelayP99Ms),
      ],
      marked,
    ),
  ];
  const title = escaped(`barrage load ${report.plan.scenario}, ${report.startedAt}`);
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style><h1>${title}</h1>` +
    `<pre>${escaped(reportLines(report).join("\n"))}</pre>${charts.join("")}` +
    `<p>Grey: seconds in which the generator could not keep up; they are not counted.</p>` +
    `<h2>Configuration</h2><pre>${escaped(JSON.stringify(report.plan, undefined, 2))}</pre></html>\n`
  );
}
