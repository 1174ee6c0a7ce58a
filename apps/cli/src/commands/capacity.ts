import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import {
  capacityLines,
  LoadRig,
  measureCapacity,
  processWorkers,
  serverReader,
  stepLine,
} from "@barrage/load";
import type { CapacitySettings } from "@barrage/load";
import { readConfigFile, resolveConfig } from "@barrage/server";
import type { ResolvedConfig } from "@barrage/server";
import { configWith } from "../capacity/config-file.ts";
import { startOwnServer } from "../capacity/own-server.ts";
import { CAPACITY_ARGS, choiceOf } from "../capacity/options.ts";
import type { Command, Surroundings, Values } from "../command.ts";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { wholeNumber } from "../options.ts";
import { oneLine } from "../terminal.ts";

/** Two measurements of one server must not take each other's danmaku for their own. */
const RUN_ID_BYTES = 3;
const PID_MAX = 4_194_304;
const WORKERS_MAX = 64;

export const capacity: Command = {
  name: "capacity",
  description: "Find what a server holds, what stops it, and the settings for it",
  args: CAPACITY_ARGS,
  examples: [
    ["barrage capacity", "a server of its own on this machine: danmaku per second to 100 viewers"],
    ["barrage capacity --cores 8 --mem 16G --write-config barrage.json", "what a larger machine would hold"],
    ["barrage serve --config barrage.json", "a server with the recommended settings"],
    [
      "barrage capacity --url http://127.0.0.1:8080 --server-pid 4711 --json out.json",
      "a server that runs already; its CPU and memory from /proc",
    ],
    [
      "barrage capacity --grow viewers --rate 50 --start 500 --max-p99 100",
      "viewers of one room, p99 within 100 ms",
    ],
  ],
  run: runCapacity,
};

/** The server that is measured, and where its figures are. */
interface Subject extends AsyncDisposable {
  readonly url: URL;
  readonly pid: number | undefined;
}

async function subjectOf(values: Values, config: ResolvedConfig, around: Surroundings): Promise<Subject> {
  const given = values.text("url");
  const pid = values.text("server-pid");
  if (given === undefined) {
    if (pid !== undefined) throw usageError("--server-pid needs --url: a server of its own is known");
    const own = await startOwnServer({ config, file: values.text("config"), env: around.env }, around.ctx);
    return { url: new URL(own.url), pid: own.pid, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
  }
  const url = URL.parse(given);
  if (url?.protocol !== "http:")
    throw usageError(`--url must be an http address, like http://127.0.0.1:8080, not ${given}`);
  return {
    url,
    pid: pid === undefined ? undefined : wholeNumber("server-pid", pid, { min: 1, max: PID_MAX }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function runCapacity(values: Values, around: Surroundings): Promise<number> {
  const { terminal, ctx, env } = around;
  const file = values.text("config");
  const given = file === undefined ? undefined : readConfigFile(file);
  const config = resolveConfig(given === undefined ? {} : { file: given });
  const choice = choiceOf(values, config.config);
  const workers = wholeNumber("workers", values.text("workers") ?? "1", { min: 1, max: WORKERS_MAX });
  await using subject = await subjectOf(values, config, around);
  const { url, pid } = subject;
  const settings: CapacitySettings = {
    ...choice,
    host: url.hostname,
    port: Number(url.port === "" ? 80 : url.port),
  };
  const tell = (line: string): void => {
    if (values.switch("quiet") !== true) terminal.err(line);
  };
  const rig = new LoadRig({
    settings,
    run: randomBytes(RUN_ID_BYTES).toString("hex"),
    workers: processWorkers(workers),
    readServer: serverReader({
      metricsUrl: new URL("/metrics", url).href,
      token: values.text("admin-token") ?? env["BARRAGE_SERVER_ADMIN_TOKEN"],
      pid,
    }),
  });
  const report = await measureCapacity(
    settings,
    rig,
    { onStep: (step) => tell(stepLine(step, settings.grow)), onPhase: (phase) => tell(PHASES[phase]) },
    ctx,
  );
  for (const line of capacityLines(report)) terminal.out(oneLine(line) === "" ? "" : line);
  write(values.text("json"), () => report);
  const { recommendation } = report;
  if (recommendation === undefined) return EXIT.FAILED;
  write(values.text("write-config"), () => configWith(given?.text, recommendation.settings));
  return EXIT.DONE;
}

const PHASES: Readonly<Record<"memory" | "up" | "back" | "hold", string>> = {
  memory: "memory: making quiet connections",
  up: "stepping up until a limit",
  back: "back, and on in smaller steps",
  hold: "holding",
};

function write(file: string | undefined, content: () => unknown): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, `${JSON.stringify(content(), undefined, 2)}\n`);
  } catch (error) {
    throw cliError("CLI_FILE_UNWRITABLE", { file, reason: reasonOf(error) }, error);
  }
}
