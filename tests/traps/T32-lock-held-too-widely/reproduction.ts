import { type Context, Mutex, rootContext, scope, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Measured } from "../trap.ts";

const ASKING_MS = 100;

/** Ten requests that hold one lock while they ask a store; then two that move viewers between two rooms. */
export async function run(): Promise<readonly Measured[]> {
  const clock = new FakeClock();
  using server = rootContext({ clock }).cancellable({ timeout: 60_000 });
  const settings = new Mutex({ name: "settings" });
  const started = clock.now();
  let answeredAt = 0;
  const request = async (ctx: Context): Promise<void> => {
    using _held = await settings.lock(ctx);
    await sleep(ASKING_MS, ctx);
    answeredAt = clock.now();
  };
  const requests = scope(
    (s) => {
      for (let each = 0; each < 10; each++) s.spawn(request); // guilty
    },
    { parent: server },
  );
  await clock.advance(5_000);
  await requests;

  const rooms = [new Mutex({ name: "music" }), new Mutex({ name: "games" })] as const;
  let moved = 0;
  const move = async (from: Mutex, to: Mutex, ctx: Context): Promise<void> => {
    using _from = await from.lock(ctx);
    await sleep(ASKING_MS, ctx);
    using _to = await to.lock(ctx);
    moved += 1;
  };
  const moves = scope(
    (s) => {
      s.spawn((ctx) => move(rooms[0], rooms[1], ctx), { name: "there" }); // guilty
      s.spawn((ctx) => move(rooms[1], rooms[0], ctx), { name: "back" }); // guilty
    },
    { parent: server },
  ).catch(() => undefined); // ended by the deadline
  await clock.advance(60_000);
  await moves;
  return [
    { what: "ms until ten requests were answered", meant: ASKING_MS, got: answeredAt - started },
    { what: "viewers moved", meant: 2, got: moved },
  ];
}
