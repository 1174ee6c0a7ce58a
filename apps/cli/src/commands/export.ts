import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Context } from "@barrage/kernel";
import { roomName, serverAddress } from "../api/address.ts";
import { refusalOf } from "../api/exchange.ts";
import type { Command } from "../command.ts";
import { cliError, usageError } from "../errors.ts";
import { EXIT, reasonOf } from "../failure.ts";
import { DEFAULT_URL } from "./replay.ts";

const FORMATS = ["xml", "json", "ass"] as const;

export const exportCommand: Command = {
  name: "export",
  description: "Write a room's whole history to a file",
  args: {
    room: { type: "string", description: "Room to export", valueHint: "ROOM", required: true },
    format: {
      type: "string",
      description: "xml (Bilibili), json (loses nothing) or ass (subtitles); by default as -o ends",
      valueHint: FORMATS.join("|"),
    },
    output: {
      type: "string",
      alias: "o",
      description: "File to write; without one, stdout",
      valueHint: "FILE",
    },
    url: { type: "string", description: `Address of the server (default ${DEFAULT_URL})`, valueHint: "URL" },
  },
  examples: [
    ["barrage export --room demo -o demo.xml", "Bilibili XML"],
    ["barrage export --room demo --format ass -o demo.ass", "subtitles for a player"],
    ["barrage export --room demo --format json | jq .", "to another program"],
  ],
  async run(values, { terminal, ctx }) {
    const room = roomName(values.required("room"));
    const output = values.text("output") ?? values.text("o");
    const format = formatOf(values.text("format"), output);
    const base = serverAddress(values.text("url") ?? DEFAULT_URL);
    const response = await ask(new URL(`/api/v1/rooms/${room}/danmu.${format}`, base), ctx);
    if (output === undefined) {
      await pipeline(bodyOf(response), process.stdout, { end: false });
      return EXIT.DONE;
    }
    await save(response, output, ctx);
    terminal.err(`barrage: wrote ${output}`);
    return EXIT.DONE;
  },
};

function formatOf(given: string | undefined, output: string | undefined): (typeof FORMATS)[number] {
  const wanted = given ?? /\.([a-z]+)$/i.exec(output ?? "")?.[1]?.toLowerCase();
  const format = FORMATS.find((each) => each === wanted);
  if (format !== undefined) return format;
  throw usageError(`--format must be one of ${FORMATS.join(", ")}`);
}

async function ask(url: URL, ctx: Context): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: ctx.signal });
  } catch (error) {
    ctx.throwIfCancelled();
    throw cliError("CLI_SERVER_UNREACHABLE", { url: url.origin, reason: reasonOf(error) }, error);
  }
  if (response.ok) return response;
  const { code, message } = refusalOf(response, await response.text());
  throw cliError("CLI_SERVER_REFUSED", { code, message });
}

const bodyOf = (response: Response): Readable =>
  response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);

/** Writes beside the file and renames at the end, so that a cut connection leaves no half file under its name. */
async function save(response: Response, output: string, ctx: Context): Promise<void> {
  const unfinished = `${output}.part`;
  try {
    await pipeline(bodyOf(response), createWriteStream(unfinished));
    await rename(unfinished, output);
  } catch (error) {
    await rm(unfinished, { force: true });
    ctx.throwIfCancelled();
    throw cliError("CLI_FILE_UNWRITABLE", { file: output, reason: reasonOf(error) }, error);
  }
}
