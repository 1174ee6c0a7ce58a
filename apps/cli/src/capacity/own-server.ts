import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Context } from "@barrage/kernel";
import type { ResolvedConfig } from "@barrage/server";
import { cliError } from "../errors.ts";

/** A server of our own, in a process and a data folder that are gone after use. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Far above any load: what is looked for is strength, not a limit by configuration. */
const NO_LIMIT = "1000000";
const OPEN: readonly (readonly [setting: string, flag: string])[] = [
  ...["user", "room", "address"].flatMap((who) => [
    [`engine.limits.${who}.perSecond`, `engine.limits.${who}.per-second`] as const,
    [`engine.limits.${who}.burst`, `engine.limits.${who}.burst`] as const,
  ]),
  ["server.connectionsPerAddress", "server.connections-per-address"] as const,
];

/** Flags that open every limit which the config file leaves alone. */
export const opened = ({ sources }: ResolvedConfig): readonly string[] =>
  OPEN.flatMap(([setting, flag]) => (sources.get(setting) === "file" ? [] : [`--${flag}=${NO_LIMIT}`]));

/** Of this program, as source or as published. */
const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
/** After this, ms, a server that was asked to end is ended. */
const END_WITHIN_MS = 10_000;

export interface OwnServerOptions {
  readonly config: ResolvedConfig;
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Errors: CLI_SERVER_UNREACHABLE when it ends before it listens. */
export async function startOwnServer(
  { config, file, env }: OwnServerOptions,
  ctx: Context,
): Promise<OwnServer> {
  const data = mkdtempSync(join(tmpdir(), "barrage-capacity-"));
  const args = ["serve", "--host=127.0.0.1", "--port=0", "--no-demo", `--data=${data}`, "--log=json"];
  const flags = ["--telemetry.log-level=error", "--server.shutdown-spread-ms=0", ...opened(config)];
  const child = spawn(
    process.execPath,
    [MAIN, ...args, ...flags, ...(file === undefined ? [] : [`--config=${file}`])],
    // Its settings are those of the file: what this shell happens to set is not measured.
    { stdio: ["ignore", "pipe", "pipe"], env: withoutSettings(env) },
  );
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    const late = ctx.clock.setTimer(END_WITHIN_MS, () => child.kill("SIGKILL"));
    await ended;
    ctx.clock.clearTimer(late);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const url = await listening(child, ctx);
    return { url, pid: child.pid ?? 0, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

const withoutSettings = (env: OwnServerOptions["env"]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("BARRAGE_")));

async function listening(child: ChildProcess, ctx: Context): Promise<string> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError("the server's output is not piped");
  let said = "";
  stderr.setEncoding("utf8").on("data", (text: string) => (said = text));
  using _ = ctx.onCancel(() => child.kill("SIGTERM"));
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /listens on (http:\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    // The rest must still be read, or the server waits when the pipe is full.
    stdout.resume();
    return url;
  }
  ctx.throwIfCancelled();
  const reason = `it ended before it listened: ${said.trim() || "it said nothing"}`;
  throw cliError("CLI_SERVER_UNREACHABLE", { url: "the server of this command", reason });
}
