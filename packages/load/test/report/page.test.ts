import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { judged, parseThreshold, reportHtml } from "../../src/index.ts";
import { chartData } from "../../src/report/html/charts.ts";
import { shortFigure } from "../../src/report/html/table.ts";
import { HOSTILE, madeReport } from "./made-report.ts";

const scriptsOf = (page: string): readonly string[] =>
  [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script = ""]) => script);

const titles = (report: Parameters<typeof chartData>[0]): readonly string[] =>
  chartData(report).charts.map(({ title }) => title);

const SERVER = [
  {
    second: 0,
    cpu: 0.5,
    residentBytes: 1_048_576,
    heapUsedBytes: 524_288,
    loopDelayP99Ms: 3,
    connections: 7,
  },
  { second: 1, cpu: 0.25 },
];

describe("the page of a report", () => {
  it("[LD-62] has figures that fit into a narrow place", () => {
    const figures = [0, 9.876, 99.99, 100.4, 1_296.38, 999_999.4, 1_000_000, 109_186_000, 2e12].map(
      shortFigure,
    );

    assert.deepEqual(figures, ["0", "9.88", "99.99", "100", "1,296", "999,999", "1M", "109.19M", "2T"]);
  });

  it("[LD-60] holds its two scripts and its style, allows no others, and points nowhere", () => {
    const page = reportHtml(madeReport());
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    const hashes = scriptsOf(page).map(
      (script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
    );

    assert.equal(hashes.length, 2);
    assert.ok(policy.startsWith("default-src 'none'; style-src 'sha256-"));
    assert.ok(policy.endsWith(`; script-src ${hashes.join(" ")}`));
    const outside = page.replaceAll(/<script>[^]*?<\/script>|<style>[^]*?<\/style>/g, "");
    assert.doesNotMatch(outside, /\s(src|href|action|style|on\w+)=|NaN|undefined|\bnull\b(?=[^]*<script)/);
  });

  it("[LD-60] shows texts of others as text", () => {
    const [scenario = "", room = "", code = ""] = HOSTILE;
    const made = madeReport({ rooms: [room], errors: [code, scenario] });
    const page = reportHtml({ ...made, plan: { ...made.plan, scenario, host: room } });

    assert.equal(scriptsOf(page).length, 2);
    for (const text of HOSTILE) assert.equal(page.includes(text), false, text);
    assert.ok(page.includes("&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;"));
    const data = /<script type="application\/json" id="data">([^]*?)<\/script>/.exec(page)?.[1] ?? "";
    assert.deepEqual(
      JSON.parse(data),
      JSON.parse(JSON.stringify(chartData(madeReport({ rooms: [room], errors: [code, scenario] })))),
    );
  });

  it("[LD-61] has a chart of everything that was measured, and none of what was not", () => {
    const plain = titles(madeReport());
    const all = titles(madeReport({ errors: ["X"], server: SERVER }));

    assert.deepEqual(plain, [
      "Send to receive, by second",
      "Percentiles",
      "Cumulative distribution",
      "Sends per second",
      "Deliveries per second",
      "Connections",
      "Generator: CPU",
      "Generator: how late it was",
    ]);
    assert.deepEqual(
      all.filter((title) => !plain.includes(title)),
      ["Errors per second, by code", "Server: CPU", "Server: memory", "Server: event-loop delay"],
    );
  });

  it("[LD-61] draws the server's figures where it said them, in the units of its axis", () => {
    const { charts } = chartData(madeReport({ server: SERVER }));
    const valuesOf = (title: string): unknown =>
      charts.find((chart) => chart.title === title)?.series.map(({ values }) => values);

    assert.deepEqual(valuesOf("Server: CPU"), [[50, 25]]);
    assert.deepEqual(valuesOf("Server: memory"), [
      [1, null],
      [0.5, null],
    ]);
    assert.deepEqual(valuesOf("Connections"), [
      [0, 0, 0, 0, 0],
      [7, null, null, null, null],
    ]);
  });

  it("[LD-61] gives the most frequent five codes a line of their own and the others one together", () => {
    const errors = ["a", "a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "constructor", "__proto__"];
    const chart = chartData(madeReport({ errors, seconds: 1 })).charts.find(({ title }) =>
      title.startsWith("Errors"),
    );

    assert.deepEqual(
      chart?.series.map(({ name, values }) => [name, ...values]),
      [
        ["a", 3],
        ["b", 2],
        ["c", 2],
        ["d", 2],
        ["e", 2],
        ["2 others", 2],
      ],
    );
  });

  it("[LD-61] leaves a second without deliveries out of the latency, and no point out of the distribution", () => {
    const report = madeReport({ deliveryMs: (second) => (second + 1) * 10 });
    const [latency, percentiles, distribution] = chartData({
      ...report,
      timeline: report.timeline.map((each) => (each.second === 2 ? { ...each, delivered: 0 } : each)),
    }).charts;

    assert.deepEqual(
      latency?.series[2]?.values.map((value) => value !== null),
      [true, true, false, true, true],
    );
    // The largest of 50 values stands where one of 50 is left.
    assert.equal(percentiles?.xs.at(-1), 50);
    assert.equal(distribution?.series[0]?.values.at(-1), 100);
    for (const { xs } of [percentiles, distribution].filter((chart) => chart !== undefined))
      assert.deepEqual(
        [...new Set(xs)].toSorted((a, b) => a - b),
        xs,
      );
  });

  it("[LD-61] ends its lines with the last second in which anything came", () => {
    const report = madeReport({ seconds: 3 });
    const idle = { ...report.timeline[2], second: 3, published: 0, acked: 0, delivered: 0, errors: {} };
    const timeline = [...report.timeline, idle] as typeof report.timeline;
    const { charts } = chartData({ ...report, timeline });

    assert.deepEqual(charts.find(({ title }) => title === "Sends per second")?.xs, [0, 1, 2]);
  });

  it("[LD-61] names the seconds that are not counted, and why", () => {
    const report = madeReport({ invalid: [1, 2, 4] });
    const page = reportHtml(report);

    assert.deepEqual(chartData(report).invalid, [
      [1, "send lag"],
      [2, "send lag"],
      [4, "send lag"],
    ]);
    assert.ok(page.includes("Grey: 3 seconds in which the generator could not keep up (send lag)."));
    assert.ok(page.includes('<th scope="row">send lag</th><td class="n">3</td><td>1-2, 4</td>'));
  });

  it("[LD-62] has every kind of figure as a table, and its charts only where scripts run", () => {
    const report = judged(madeReport({ errors: ["LIMIT"], invalid: [0] }), [
      parseThreshold("p99<5"),
      parseThreshold("login.p99<5"),
    ]);
    const page = reportHtml(report);
    const headings = [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, heading]) => heading);

    assert.deepEqual(headings, [
      "Thresholds",
      "Charts",
      "Latencies",
      "What became of the danmaku",
      "Errors by code",
      "Rooms",
      "Seconds that are not counted",
      "Timeline",
      "Configuration",
    ]);
    assert.ok(page.includes("2 of 2 thresholds fail."));
    assert.ok(page.includes('<th scope="row">login.p99 &lt; 5</th><td>not measured</td><td>FAILS</td>'));
    assert.ok(page.includes("<td>refused publish</td>"));
    assert.ok(page.includes("&quot;run&quot;: &quot;made&quot;"));
    assert.match(page, /<p class="instead">The charts need scripts/);
    assert.match(page, /html:not\(\.charts\) figure/);
  });

  it("[LD-62] says so when the run was stopped before its end", () => {
    const page = reportHtml(madeReport({ isStopped: true }));

    assert.ok(page.includes("Stopped before its end."));
    assert.ok(page.includes("<td>not known: the run was stopped before</td>"));
  });
});
