import assert from "node:assert/strict";
import type { PolicyChange } from "@barrage/protocol";
import { caller, carry, said, user } from "../support/live-engine.ts";
import type { FakeSocket, LiveEngine } from "../support/live-engine.ts";

/** Who changes the policies of the room "r". */
export const SERVICE = user("desk", "service");

export const set = (live: LiveEngine, change: PolicyChange) =>
  carry(live, live.engine.commands.setPolicies(SERVICE, "r", change, live.ctx));

/** As many viewers as there are texts say one each at the present moment; the first of them is number `from`. */
export const sayAtOnce = (live: LiveEngine, texts: readonly string[], from = 0) =>
  carry(
    live,
    Promise.all(
      texts.map((text, i) =>
        live.engine.publisher.danmaku(caller(`v${from + i}`), "r", said(text), live.ctx),
      ),
    ),
    100,
  );

/** The chain of one viewer: every frame continues the one before. */
export function assertChain(socket: FakeSocket): void {
  let last = socket.of("snapshot")[0]?.head ?? 0;
  for (const frame of socket.frames) {
    if (frame.type === "gap" && frame.to > last) {
      assert.equal(frame.from, last);
      last = frame.to;
    } else if (frame.type === "batch") {
      assert.equal(frame.prev, last);
      last = frame.seq;
    }
  }
}
