import type { AppendRequest } from "@barrage/engine";
import { danmaku } from "@barrage/testkit";

/** The append that one appender makes as its `number`th: always the same, so that it can be retried by another process. */
export function loadRequest(run: string, appender: number, number: number): AppendRequest {
  const id = `${run}-${appender}-${number}`;
  return {
    room: `room${appender % 3}`,
    entry: danmaku(id, { content: `${id} ${"弹".repeat(number % 40)}` }),
    key: { scope: "load", id, bodyHash: id },
  };
}
