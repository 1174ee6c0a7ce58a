import type { RoomConnection } from "@barrage/client";
import type { Screen } from "../live/screen.ts";

/** Shows what the room says; `past`: also what it said before. */
export function fillScreen(screen: Screen, connection: RoomConnection, { past }: { past: boolean }): void {
  connection.on("item", (item) => {
    const grows = connection.policies.merge.mode === "on";
    if (past || !item.past || item.kind === "recall") screen.show(item, { grows });
  });
  connection.on("merged", (count) => screen.recount(count));
}
