import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readmeExample } from "@barrage/testkit";
import { snapshot } from "./records.ts";
import { ScriptedServer } from "./scripted-server.ts";

// #region example
import { connect } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";

export function watch(url: string, token: string, show: (line: string) => void): RoomConnection {
  const room = connect({ url, room: "demo", token });
  room.on("item", (item) => item.kind === "danmaku" && show(`${item.author.name}: ${item.content}`));
  room.on("gap", ({ count }) => show(`${count ?? "some"} danmaku were not shown`));
  room.on("state", (state) => state.type === "waiting" && show(`back in ${state.retryInMs} ms`));
  return room;
}
// #endregion

describe("README", () => {
  it("shows the example that is compiled here", () => {
    const { shown, compiled } = readmeExample(import.meta.filename);

    assert.equal(shown, compiled);
  });

  it("[SE-1] shows how to watch a room", async () => {
    await using server = await ScriptedServer.start();
    const lines: string[] = [];
    const room = watch(server.url, "t", (line) => lines.push(line));
    const peer = await server.peer();
    const heard = new Promise((resolve) => room.on("viewers", resolve));
    peer.tell(snapshot(5, [5], { viewers: 0 }), { type: "viewers", room_id: "demo", count: 2 });
    await heard;
    room.close();

    assert.deepEqual(lines, ["Bob: text 5"]);
  });
});
