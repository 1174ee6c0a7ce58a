import { type Context, Mutex, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

const ASKING_MS = 100;

/** The lock is held for what must not be interrupted, not for the question; two locks are taken in one order. */
export async function run(): Promise<readonly Measured[]> {
  const clock = new FakeClock();
  using server = rootContext({ clock }).cancellable({ timeout: 60_000 });
  const settings = new Mutex({ name: "settings" });
  const started = clock.now();
  let answeredAt = 0;
  const request = async (ctx: Context): Promise<void> => {
    await sleep(ASKING_MS, ctx);
    using _held = await settings.lock(ctx);
    answeredAt = clock.now();
  };
  const requests = scope(
    (s) => {
      for (let each = 0; each < 10; each++) s.spawn(request);
    },
    { parent: server },
  );
  await clock.advance(5_000);
  await requests;

  const rooms = [new Mutex({ name: "games" }), new Mutex({ name: "music" })] as const;
  let moved = 0;
  const move = async (ctx: Context): Promise<void> => {
    await sleep(ASKING_MS, ctx);
    using _first = await rooms[0].lock(ctx);
    using _second = await rooms[1].lock(ctx);
    moved += 1;
  };
  const moves = scope(
    (s) => {
      s.spawn(move, { name: "there" });
      s.spawn(move, { name: "back" });
    },
    { parent: server },
  );
  await clock.advance(50_000);
  await moves;
  return [
    { what: "ms until ten requests were answered", meant: ASKING_MS, got: answeredAt - started },
    { what: "viewers moved", meant: 2, got: moved },
  ];
}
