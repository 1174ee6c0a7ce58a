import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import {
  exitCodeOf,
  judged,
  parseThreshold,
  planOf,
  PROTOCOLS,
  reportHtml,
  reportLines,
  runLoad,
  SCENARIO_LIST,
  verdictLine,
} from "@barrage/load";
import type { LoadPlan, LoadReport } from "@barrage/load";
import type { Command, Surroundings, Values } from "../command.ts";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { compareCommand } from "../load/compare.ts";
import { RunProgress } from "../load/progress.ts";
import { runView } from "../load/view.ts";
import { hireWorkers, sourcesOf, WORKER_ARGS, workerCommand } from "../load/workers.ts";
import { wholeNumber } from "../options.ts";
import { oneLine } from "../terminal.ts";

const DEFAULT_URL = "http://127.0.0.1:8080";
/** Two runs against one server must not take each other's danmaku for their own. */
const RUN_ID_BYTES = 3;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Seconds of `60s`, `15m`, `1h`. */
function durationOf(text: string): number {
  const [, count, unit = "s"] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 1);
  if (seconds > 0) return seconds;
  throw usageError(`--duration must be like 60s, 15m or 1h, not ${text}`);
}

function planFrom(values: Values): LoadPlan {
  const url = URL.parse(values.text("url") ?? DEFAULT_URL);
  if (url?.protocol !== "http:")
    throw usageError("--url must be an http address, like http://127.0.0.1:8080");
  const whole = (name: string, standard: number, max: number): number =>
    wholeNumber(name, values.text(name) ?? String(standard), { min: 1, max });
  const rate = whole("rate", 50, 1_000_000);
  const sources = sourcesOf(values);
  const plan = planOf(values.required("scenario"), {
    protocol: values.text("protocol") ?? "barrage",
    host: url.hostname,
    port: Number(url.port === "" ? 80 : url.port),
    run: randomBytes(RUN_ID_BYTES).toString("hex"),
    seed: whole("seed", 1, 4_294_967_295),
    viewers: whole("viewers", 100, 1_000_000),
    rate,
    seconds: durationOf(values.text("duration") ?? "30s"),
    // One danmaku a second and user, as a server's limit by user allows.
    users: whole("users", Math.max(1, rate), 1_000_000),
  });
  return sources === undefined ? plan : { ...plan, sources };
}

function save(file: string | undefined, text: () => string): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, text());
  } catch (error) {
    throw cliError("CLI_FILE_UNWRITABLE", { file, reason: reasonOf(error) }, error);
  }
}

export const load: Command = {
  name: "load",
  description: "Measure a live room: send-to-receive latency, losses, doubles, order",
  args: {
    scenario: {
      type: "positional",
      description: `${SCENARIO_LIST.map(([name, says]) => `${name} (${says})`).join("; ")}; or compare, with two reports; or worker, for a run of another machine`,
    },
    a: { type: "positional", description: "compare: first report", required: false },
    b: { type: "positional", description: "compare: second report", required: false },
    url: { type: "string", description: `Address of the server (default ${DEFAULT_URL})`, valueHint: "URL" },
    protocol: { type: "string", description: `${PROTOCOLS.join(", ")} (default barrage)`, valueHint: "NAME" },
    duration: { type: "string", description: "Length, as 30s, 15m or 1h (default 30s)", valueHint: "TIME" },
    rate: { type: "string", description: "Danmaku per second (default 50)", valueHint: "N" },
    viewers: { type: "string", description: "Connections that watch (default 100)", valueHint: "N" },
    users: { type: "string", description: "Who publish, in turns (default: the rate)", valueHint: "N" },
    seed: { type: "string", description: "Seed of everything random (default 1)", valueHint: "N" },
    threshold: {
      type: "string",
      description: "Bars that decide the exit code, as p99<50,lost<=0 (latencies in ms)",
      valueHint: "LIST",
    },
    report: { type: "string", description: "Write the report as an HTML page", valueHint: "FILE" },
    json: { type: "string", description: "Write the report as JSON", valueHint: "FILE" },
    ...WORKER_ARGS,
    quiet: { type: "boolean", description: "Only the result, nothing while it runs" },
    "fail-above": {
      type: "string",
      description: "compare: code 1 when a measure is worse by more than this ratio, as 1.2",
      valueHint: "RATIO",
    },
  },
  examples: [
    ["barrage load live-room --rate 50 --viewers 100 --duration 30s", "one room on this machine"],
    [
      "barrage load live-room --report out.html --json out.json --threshold 'p99<50,lost<=0'",
      "for CI: code 1 if not so",
    ],
    [
      "barrage load live-room --viewers 40000 --workers 2 --remote-workers 1 --listen 0.0.0.0:9400",
      "two processes here and one on another machine, where you run the line it prints",
    ],
    [
      "barrage load compare before.json after.json --fail-above 1.2",
      "two reports with ratios; code 1 if the second is worse",
    ],
  ],
  run: runCommand,
};

async function runCommand(values: Values, around: Surroundings): Promise<number> {
  const { terminal, ctx } = around;
  if (values.required("scenario") === "compare") {
    const request = { a: values.text("a"), b: values.text("b"), failAbove: values.text("fail-above") };
    return compareCommand(request, terminal);
  }
  if (values.required("scenario") === "worker") return workerCommand(values, around);
  const extra = values.text("a");
  if (extra !== undefined) throw usageError(`unexpected argument ${extra}`);
  const thresholds = (values.text("threshold") ?? "")
    .split(",")
    .filter((text) => text !== "")
    .map(parseThreshold);
  const plan = planFrom(values);
  const seconds = plan.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const view = runView(new RunProgress(plan, seconds), terminal, values.switch("quiet") === true);
  let report: LoadReport;
  try {
    await using hired = await hireWorkers(values, around);
    report = judged(
      await runLoad(
        plan,
        {
          workers: hired.workers,
          onSecond: (second) => view.second(second),
          onConnecting: (connections) => view.connecting(connections),
          onPhase: (phase) => view.phase(phase),
        },
        ctx,
      ),
      thresholds,
    );
    view.end(report);
  } finally {
    view.close();
  }
  for (const line of reportLines(report)) terminal.out(oneLine(line));
  for (const verdict of report.verdicts) terminal.out(verdictLine(verdict));
  save(values.text("json"), () => `${JSON.stringify(report, undefined, 2)}\n`);
  save(values.text("report"), () => reportHtml(report));
  if (report.lostWorkers.length > 0) return EXIT.FAILED;
  if (!report.isComplete) return EXIT.STOPPED;
  return exitCodeOf(report.verdicts) === 0 ? EXIT.DONE : EXIT.FAILED;
}
