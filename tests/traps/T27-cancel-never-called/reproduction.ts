import { type Context, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

/** Each call gets half a minute, and leaves its context in the server's. */
function call(server: Context): boolean {
  const ctx = server.cancellable({ timeout: 30_000 }); // guilty
  return ctx.cancelled;
}

export async function run(): Promise<Measured> {
  const clock = new FakeClock();
  const server = rootContext({ clock });
  for (let request = 0; request < 10_000; request++) call(server);
  return { what: "timers of calls that have ended", meant: 0, got: clock.pendingTimers };
}
