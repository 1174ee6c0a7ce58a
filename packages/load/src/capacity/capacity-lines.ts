import { ms } from "../report/lines.ts";
import type { Band } from "./bootstrap.ts";
import type { Evidence } from "./bottleneck.ts";
import type { CapacityReport } from "./capacity-report.ts";
import { throughputOf } from "./capacity-report.ts";
import type { Fit, FitForm, NoFit } from "./fit-law.ts";
import type { Recommendation } from "./recommend.ts";
import type { Step } from "./step.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const kilobytes = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;
const UNKNOWN = "-";

/** Rows in columns as wide as their widest cell: the first to the left, the others to the right; the last as it is. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (before, row) => row.map((cell, column) => Math.max(before[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (column === 0) return cell.padEnd(width);
        return column === row.length - 1 ? cell : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

const unitOf = ({ settings }: CapacityReport): string => (settings.grow === "rate" ? "danmaku/s" : "viewers");

const shown = (value: number | undefined, unit: Evidence["unit"]): string => {
  if (value === undefined) return "not measured";
  switch (unit) {
    case "ms":
      return `${ms(value)} ms`;
    case "share":
      return percent(value);
    case "cores":
      return value.toFixed(2);
    case "records":
      return String(value);
  }
};

const VERDICTS: Readonly<Record<Step["verdict"], string>> = {
  under: "ok",
  over: "OVER",
  generator: "ignored: the generator could not keep up",
};

function stepRows(report: CapacityReport): readonly (readonly string[])[] {
  const { steps } = report;
  return [
    [
      "step",
      unitOf(report),
      "acked/s",
      "delivered/s",
      "p50 ms",
      "p99 ms",
      "ack p99",
      "errors",
      "cpu",
      "loop ms",
      "verdict",
    ],
    ...steps.map((step) => [
      step.phase,
      String(step.load),
      whole(step.acked),
      whole(step.delivered),
      ms(step.delivery.p50),
      ms(step.delivery.p99),
      ms(step.ack.p99),
      percent(step.errorShare),
      step.server.cpu?.toFixed(2) ?? UNKNOWN,
      step.server.loopDelayP99Ms === undefined ? UNKNOWN : ms(step.server.loopDelayP99Ms),
      `${VERDICTS[step.verdict]}${step.verdict === "over" ? ` (${step.crossed.join(", ")})` : ""}`,
    ]),
  ];
}

const band = ({ low, estimate, high }: Band, show: (value: number) => string = whole): string =>
  `${show(estimate)} (90 % band ${show(low)} to ${show(high)})`;

function fitLines(form: FitForm, fit: Fit | NoFit, unit: string): readonly string[] {
  const name = form === "throughput" ? "Throughput" : "Delivery p99";
  if (fit.kind === "no fit") return [`${name}: no fit. ${fit.why}.`];
  const { lambda, sigma, kappa } = fit.law;
  return [
    `${name} by the Universal Scalability Law, N = load / ${fit.unit} ${unit}:`,
    `  lambda ${lambda.toPrecision(4)}${form === "throughput" ? "/s" : " ms"}, sigma ${sigma.toPrecision(3)}, kappa ${kappa.toPrecision(3)}; residuals scatter by ${percent(fit.relativeError)}`,
    ...table([
      ["  load", "measured", "fitted", "residual"],
      ...fit.residuals
        .toSorted((a, b) => a.load - b.load)
        .map(({ load, value, fitted, relative }) => [
          `  ${load}`,
          form === "throughput" ? whole(value) : ms(value),
          form === "throughput" ? whole(fitted) : ms(fitted),
          `${relative >= 0 ? "+" : ""}${percent(relative)}`,
        ]),
    ]),
    `  --- do not extrapolate beyond ${fit.largestLoad} ${unit}: nothing above was measured ---`,
  ];
}

function peakLine({ peak, throughput }: CapacityReport, unit: string): readonly string[] {
  if (throughput.kind === "no fit") return [];
  switch (peak.kind) {
    case "measured":
      return peak.load === undefined
        ? []
        : [`Most throughput at ${band(peak.load)} ${unit}; more load gives less.`];
    case "beyond":
      return ["Most throughput lies beyond what was measured: no figure for it."];
    case "none":
      return ["Throughput does not fall with load anywhere in what was measured."];
  }
}

function bottleneckLines({ bottleneck, result }: CapacityReport, unit: string): readonly string[] {
  const { name, load, cause, evidence } = bottleneck;
  const held = result.held === undefined ? "no load was held" : `held ${result.held} ${unit}`;
  return [
    `First bottleneck: ${name}${load === undefined ? "" : ` at ${load} ${unit}`} (${held}): ${cause}.`,
    ...table([
      ["  dimension", "value", "limit", "cause"],
      ...evidence.map((each) => [
        `  ${each.dimension}`,
        shown(each.value, each.unit),
        shown(each.limit, each.unit),
        each.crossed ? each.cause : "",
      ]),
    ]),
  ];
}

function adviceLines(advice: Recommendation, safety: number): readonly string[] {
  return [
    "Recommended:",
    ...advice.queues.map(
      ({ queue, rate, p99Ms, capacity }) =>
        `  queue of ${queue}: ${capacity} = ceil(${whole(rate)}/s x ${ms(p99Ms)} ms x ${safety})`,
    ),
    `  batch window ${advice.flushWindowMs} ms (${advice.windowCause})`,
    `  workers ${advice.workers}`,
    ...Object.entries(advice.settings).map(([name, value]) => `  ${name} = ${value}`),
  ];
}

function machineLines({ estimate, settings, memory }: CapacityReport, unit: string): readonly string[] {
  const perConnection =
    memory.kind === "memory"
      ? `Memory: ${band(memory.perConnection, kilobytes)} a connection, from ${memory.readings} readings up to ${memory.connections} connections.`
      : `Memory by connection: not known. ${memory.why}.`;
  if (estimate === undefined) return [perConnection];
  const { machine, processes, perProcess, load, isAtLeast, connections, assumptions } = estimate;
  const beside = settings.grow === "rate" ? `to ${settings.fixed} viewers` : `at ${settings.fixed} danmaku/s`;
  const atLeast = isAtLeast ? "at least " : "";
  return [
    perConnection,
    `A machine of ${machine.cores} cores and ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB would hold:`,
    `  one process: ${atLeast}${band(perProcess)} ${unit} ${beside} (measured here)`,
    `  ${processes} processes: ${atLeast}${band(load)} ${unit} in all, each ${beside} (not measured)`,
    ...(connections === undefined ? [] : [`  quiet connections by memory: ${band(connections)}`]),
    ...assumptions.map((text) => `  assumed: ${text}`),
  ];
}

/** A report as lines for a person. */
export function capacityLines(report: CapacityReport): readonly string[] {
  const unit = unitOf(report);
  const { settings, recommendation } = report;
  return [
    `Capacity of ${settings.host}:${settings.port} (${settings.protocol}), ` +
      `${settings.grow === "rate" ? `${settings.fixed} viewers` : `${settings.fixed} danmaku/s`}, seed ${settings.seed}`,
    "",
    ...table(stepRows(report)),
    "",
    ...bottleneckLines(report, unit),
    "",
    ...fitLines("throughput", report.throughput, unit),
    ...peakLine(report, unit),
    "",
    ...fitLines("latency", report.latency, unit),
    "",
    ...(recommendation === undefined
      ? ["No load stayed under the limits: nothing is recommended."]
      : adviceLines(recommendation, settings.safety)),
    "",
    ...machineLines(report, unit),
  ];
}

/** One line about a step, for whoever watches. */
export function stepLine(step: Step, grow: "rate" | "viewers"): string {
  const verdict = step.verdict === "over" ? `OVER (${step.crossed.join(", ")})` : VERDICTS[step.verdict];
  return (
    `${step.phase.padEnd(4)} ${String(step.load).padStart(7)} ${grow === "rate" ? "danmaku/s" : "viewers"}: ` +
    `${whole(throughputOf(step, grow))}/s, p99 ${ms(step.delivery.p99)} ms, ` +
    `server ${step.server.cpu?.toFixed(2) ?? UNKNOWN} cores: ${verdict}`
  );
}
