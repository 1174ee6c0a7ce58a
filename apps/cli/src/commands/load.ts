import { writeFileSync } from "node:fs";
import {
  arrivalsOf,
  exitCodeOf,
  judged,
  reportHtml,
  reportLines,
  runLoad,
  SCENARIO_LIST,
  stoppedText,
  verdictLine,
} from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import type { Command, Surroundings, Values } from "../command.ts";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { compareCommand } from "../load/compare.ts";
import { JUDGE_ARGS, measureLines, PLAN_ARGS, requestOf, urlOf } from "../load/plan-options.ts";
import { RunProgress } from "../load/progress.ts";
import { SERVER_ARGS, serverSourceOf } from "../load/server-options.ts";
import { runView } from "../load/view.ts";
import { hireWorkers, WORKER_ARGS, workerCommand } from "../load/workers.ts";
import { oneLine } from "../terminal.ts";

function save(file: string | undefined, text: () => string): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, text());
  } catch (error) {
    throw cliError("CLI_FILE_UNWRITABLE", { file, reason: reasonOf(error) }, error);
  }
}

const SCENARIO_WIDTH = Math.max(...SCENARIO_LIST.map(([name]) => name.length));

export const load: Command = {
  name: "load",
  description: "Measure a live room: send-to-receive latency, losses, doubles, order",
  args: {
    scenario: {
      type: "positional",
      description: "A built-in scenario, a file of your own (.yaml, .ts), compare, or worker",
    },
    a: { type: "positional", description: "compare: first report", required: false },
    b: { type: "positional", description: "compare: second report", required: false },
    ...PLAN_ARGS,
    ...JUDGE_ARGS,
    ...SERVER_ARGS,
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
  details: [
    ["SCENARIOS", SCENARIO_LIST.map(([name, says]) => `${name.padEnd(SCENARIO_WIDTH)}  ${says}`)],
    ["MEASURES", measureLines()],
  ],
  examples: [
    ["barrage load live-room", "100 viewers and 50 danmaku a second for 30 s, on this machine"],
    [
      "barrage load live-room --report out.html --json out.json --threshold 'p99<50,lost<=0'",
      "for CI: code 1 if not so",
    ],
    [
      "barrage load hot-room --viewers 1000 --stages 'ramp 10s 0..500, hold 60s, spike 5s x3'",
      "ten rooms by Zipf's law, up to 1,500 a second",
    ],
    [
      "barrage load live-room --arrivals live.xml --speed 10 --talkers 'recorded live.xml'",
      "at a recording's moments, by as talkative users",
    ],
    ["barrage load ./evening.yaml --viewers 2000", "a scenario of your own (docs/guides/load.md)"],
    [
      "barrage load soak --duration 30m --stop-when 'errors>5%,p99>500 for 10s'",
      "ends early when it goes wrong",
    ],
    [
      "barrage load live-room --protocol socket.io --url http://127.0.0.1:3000 --server-pid 4321",
      "another system, the same measures; its CPU and memory from /proc",
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
  const { plan, thresholds } = await requestOf(values);
  const server = serverSourceOf(values, urlOf(values));
  const seconds = Math.max(1, Math.ceil(arrivalsOf(plan).durationMs / 1_000));
  const view = runView(new RunProgress(plan, seconds), terminal, values.switch("quiet") === true);
  let report: LoadReport;
  try {
    await using hired = await hireWorkers(values, around);
    report = judged(
      await runLoad(
        plan,
        {
          workers: hired.workers,
          server,
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
  if (report.server.length === 0) terminal.out(oneLine(`the server's own figures: ${report.serverSource}`));
  if (report.stopped !== undefined) terminal.out(stoppedText(report.stopped));
  for (const verdict of report.verdicts) terminal.out(verdictLine(verdict));
  save(values.text("json"), () => `${JSON.stringify(report, undefined, 2)}\n`);
  save(values.text("report"), () => reportHtml(report));
  if (report.lostWorkers.length > 0 || report.stopped !== undefined) return EXIT.FAILED;
  if (!report.isComplete) return EXIT.STOPPED;
  return exitCodeOf(report.verdicts) === 0 ? EXIT.DONE : EXIT.FAILED;
}
