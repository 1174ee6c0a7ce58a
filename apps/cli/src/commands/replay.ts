import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { detectFormat, parseBilibiliXml, parseJsonDanmaku } from "@barrage/files";
import type { FileContents } from "@barrage/files";
import { roomName, serverAddress } from "../api/address.ts";
import { serviceToken } from "../api/access.ts";
import { exchange } from "../api/exchange.ts";
import type { Command, Surroundings, Values } from "../command.ts";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { wholeNumber } from "../options.ts";
import type { Post } from "../replay/deliver.ts";
import { planReplay } from "../replay/plan.ts";
import type { ReplayPlan } from "../replay/plan.ts";
import { showProgress } from "../replay/progress.ts";
import { replay } from "../replay/replayer.ts";
import { summaryLines } from "../replay/summary.ts";
import { Tally } from "../replay/tally.ts";

export const DEFAULT_URL = "http://127.0.0.1:8080";
const DEFAULT_CONCURRENCY = 32;
const CONCURRENCY_MAX = 1_024;
/** 36 bits: two replays of one file into one room must not take each other's danmaku for retries. */
const RUN_ID_BYTES = 6;

/** Options of every command that speaks to a running server. */
export const SERVER_OPTIONS = {
  url: { type: "string", description: `Address of the server (default ${DEFAULT_URL})`, valueHint: "URL" },
  key: { type: "string", description: "Development key, as `barrage serve` prints it", valueHint: "KEY" },
  token: { type: "string", description: "Token of a service, instead of the key", valueHint: "TOKEN" },
  data: {
    type: "string",
    description: "Data folder of a server on this machine: its key is used",
    valueHint: "DIR",
  },
} as const;

/** Text of a file that someone else wrote. Errors: CLI_FILE_UNREADABLE. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw cliError("CLI_FILE_UNREADABLE", { file, reason: reasonOf(error) }, error);
  }
}

/** Errors: CLI_FILE_UNREADABLE, and the FILES_ codes. */
function readDanmaku(file: string): FileContents {
  const text = readText(file);
  switch (detectFormat(file, text.slice(0, 512))) {
    case "bilibili-xml":
      return parseBilibiliXml(text);
    case "json":
      return parseJsonDanmaku(text);
    case "ass":
    case undefined:
      throw cliError("CLI_FILE_UNREADABLE", { file, reason: "it is neither Bilibili XML nor danmaku JSON" });
  }
}

/** Seconds of the video per second; `max` is as fast as the server takes them. */
function speedOf(text: string): number {
  if (text === "max") return Infinity;
  const speed = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw usageError(`--speed must be a number above 0, or max, not ${text}`);
}

export const replayCommand: Command = {
  name: "replay",
  description: "Send a danmaku file into a room at its own times",
  args: {
    file: { type: "positional", description: "Bilibili XML, or danmaku JSON" },
    room: { type: "string", description: "Room to send it to", valueHint: "ROOM", required: true },
    speed: {
      type: "string",
      description: "Seconds of the video per second, or max (default 1)",
      valueHint: "X",
    },
    concurrency: {
      type: "string",
      description: `Sends under way at once (default ${DEFAULT_CONCURRENCY})`,
      valueHint: "N",
    },
    ...SERVER_OPTIONS,
  },
  examples: [
    ["barrage replay live.xml --room demo --data ./data", "as it was, into a server on this machine"],
    ["barrage replay live.xml --room demo --speed 10 --key KEY", "ten times as fast"],
    [
      "barrage replay live.xml --room r1 --speed max --url https://danmaku.example --token TOKEN",
      "at once, elsewhere",
    ],
  ],
  run: runReplay,
};

async function runReplay(values: Values, around: Surroundings): Promise<number> {
  const { terminal, ctx } = around;
  const room = roomName(values.required("room"));
  const base = serverAddress(values.text("url") ?? DEFAULT_URL);
  const speed = speedOf(values.text("speed") ?? "1");
  const concurrency = wholeNumber("concurrency", values.text("concurrency") ?? String(DEFAULT_CONCURRENCY), {
    min: 1,
    max: CONCURRENCY_MAX,
  });
  const file = readDanmaku(values.required("file"));
  const plan = planReplay(file.danmaku, speed, randomBytes(RUN_ID_BYTES).toString("base64url"));
  const access = { token: values.text("token"), key: values.text("key"), data: values.text("data") };
  const token = await serviceToken(base, access, ctx);
  const tally = new Tally(plan.sends.length);
  const post: Post = ({ body, author }, own) =>
    exchange(
      base,
      { method: "POST", path: "/api/v1/danmu", token, body: { room_id: room, ...body, author } },
      own,
    );
  const startedAt = ctx.clock.now();
  const isStopped = await sendAll(plan, { post, tally, concurrency, random: Math.random }, around);
  const elapsedMs = ctx.clock.now() - startedAt;
  for (const line of summaryLines({ file, plan, tally, elapsedMs })) terminal.out(line);
  if (isStopped) return EXIT.STOPPED;
  if (tally.lost > 0) throw cliError("CLI_INCOMPLETE", { lost: tally.lost, total: tally.total });
  return EXIT.DONE;
}

/** True when the user stopped it: what was sent until then is still summed up. */
async function sendAll(
  plan: ReplayPlan,
  parts: Parameters<typeof replay>[1],
  { terminal, ctx }: Surroundings,
): Promise<boolean> {
  return scope(async (tasks) => {
    const progress = tasks.spawn((own: Context) => showProgress(parts.tally, terminal, own), {
      name: "progress",
    });
    try {
      await replay(plan.sends, parts, ctx);
      return false;
    } catch (error) {
      if (!ctx.cancelled) throw error;
      return true;
    } finally {
      progress.cancel();
    }
  });
}
