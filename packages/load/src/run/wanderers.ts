import { sleep } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { Picker, sharesOf } from "../random/popularity.ts";
import { chosen } from "./chosen.ts";
import type { AudienceParts } from "./chosen.ts";
import { crowdMembers } from "./crowds.ts";
import type { Viewer } from "./viewer.ts";

/** Visits of one viewer, each of which is remembered to the end to be judged; at 7 s each, two hours. */
export const VISITS_MAX = 1_000;

/** Starts the viewers who come and go; members of crowds have moments of their own. */
export function startWanderers(parts: AudienceParts, tasks: Scope): readonly { cancel(): void }[] {
  const { comeAndGo, rooms, popularity } = parts.plan;
  if (comeAndGo === undefined) return [];
  const bound = crowdMembers(parts);
  const places = new Picker(sharesOf(popularity, rooms.length), parts.random.fork("elsewhere"));
  const wanderers = chosen(parts, "come and go", comeAndGo.share).filter((viewer) => !bound.has(viewer));
  return wanderers.map((viewer) => {
    const number = parts.viewers.indexOf(viewer) * parts.part.of + parts.part.index;
    const draws = parts.random.fork(`wanderer ${number}`);
    /** Between half and one and a half of the mean. */
    const around = (meanMs: number): number => meanMs * (0.5 + draws.next());
    const walk = {
      firstMs: comeAndGo.stayMs * draws.next(),
      stayMs: () => around(comeAndGo.stayMs),
      awayMs: () => around(comeAndGo.awayMs),
      roomOf: (visit: number) =>
        comeAndGo.elsewhere ? (rooms[places.at(number * VISITS_MAX + visit)] ?? viewer.room) : viewer.room,
    };
    return tasks.spawn((ctx) => wander(viewer, walk, ctx), { name: "wanderer" });
  });
}

interface Walk {
  readonly firstMs: number;
  stayMs(): number;
  awayMs(): number;
  roomOf(visit: number): string;
}

async function wander(viewer: Viewer, walk: Walk, ctx: Context): Promise<void> {
  await sleep(walk.firstMs, ctx);
  for (let visit = 1; visit < VISITS_MAX; visit += 1) {
    if (viewer.isIn) {
      viewer.leave();
      await sleep(walk.awayMs(), ctx);
      await viewer.enter(walk.roomOf(visit));
    }
    await sleep(walk.stayMs(), ctx);
  }
}
