import { type Context, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

/** Each call gets half a minute, and gives it back at its end. */
function call(server: Context): boolean {
  using ctx = server.cancellable({ timeout: 30_000 });
  return ctx.cancelled;
}

export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  const server = rootContext({ clock });
  for (let request = 0; request < 10_000; request++) call(server);
  return { what: "timers of calls that have ended", meant: 0, got: clock.pendingTimers };
}
