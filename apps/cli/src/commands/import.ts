import { roomName, serverAddress } from "../api/address.ts";
import { serviceToken } from "../api/access.ts";
import { mustObject } from "../api/exchange.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import { DEFAULT_URL, readText, SERVER_OPTIONS } from "./replay.ts";

export const importCommand: Command = {
  name: "import",
  description: "Put a danmaku file into a room's history, without showing it to viewers",
  args: {
    file: { type: "positional", description: "Bilibili XML, or danmaku JSON" },
    room: { type: "string", description: "Room whose history it becomes", valueHint: "ROOM", required: true },
    ...SERVER_OPTIONS,
  },
  examples: [
    ["barrage import live.xml --room demo --data ./data", "into a server on this machine"],
    ["barrage import history.json --room r1 --url https://danmaku.example --token TOKEN", "elsewhere"],
  ],
  async run(values, { terminal, ctx }) {
    const room = roomName(values.required("room"));
    const base = serverAddress(values.text("url") ?? DEFAULT_URL);
    const body = readText(values.required("file"));
    const access = { token: values.text("token"), key: values.text("key"), data: values.text("data") };
    const token = await serviceToken(base, access, ctx);
    const answer = await mustObject(
      base,
      { method: "POST", path: `/api/v1/rooms/${room}/import`, token, body, contentType: contentTypeOf(body) },
      ctx,
    );
    terminal.out(`imported into ${room}: ${JSON.stringify(answer)}`);
    return EXIT.DONE;
  },
};

/** The server tells the formats apart by content; the type only says which family it is. */
const contentTypeOf = (text: string): string =>
  text.trimStart().startsWith("<") ? "application/xml" : "application/json";
