import { connect } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";
import { Scope, sleep, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { logIn } from "../api/access.ts";
import { look } from "./looks.ts";
import { crowdName, phrase } from "./phrases.ts";
import type { Random } from "./random.ts";
import { seededRandom } from "./random.ts";
import { gapMs } from "./rhythm.ts";
import { DEMO_ROOM, DemoHost, DemoShop } from "./stage.ts";
import type { DemoServer } from "./stage.ts";

/** People of the crowd: enough that no name comes twice in a row, few enough to be modest. */
const MEMBERS = 16;
/** A third of the server's default deadline, so that two may be lost. */
const HEARTBEAT_EVERY_MS = 15_000;
/** Mean time between two things bought, ms. */
const PURCHASE_EVERY_MS = 22_000;
/** After a refusal the crowd is quiet for so long, ms: a server that is busy has better things to do. */
const HUSH_MS = 2_000;

interface Gift {
  readonly gift_id: string;
  readonly gift_name: string;
  readonly amount_micros: number;
}

const GIFTS: readonly [Gift, ...Gift[]] = [
  { gift_id: "star", gift_name: "星星", amount_micros: 100_000 },
  { gift_id: "tea", gift_name: "奶茶", amount_micros: 5_000_000 },
  { gift_id: "rocket", gift_name: "火箭", amount_micros: 50_000_000 },
];
const CURRENCY = "CNY";

export interface Crowd {
  /** Resolves when every member has left. */
  stop(): Promise<void>;
}

interface Member {
  readonly uid: string;
  readonly name: string;
  readonly connection: RoomConnection;
}

/**
 * Fills the demo room with a modest synthetic crowd, through the public API over the network like any other client.
 *
 * Shape      tasks of one scope; `stop` ends them all.
 * Errors     from the start only: CLI_SERVER_REFUSED, CLI_SERVER_UNREACHABLE. Later refusals make the crowd pause.
 */
export async function startCrowd(server: DemoServer, seed: number, ctx: Context): Promise<Crowd> {
  const random = seededRandom(seed);
  const scope = new Scope(ctx, { name: "demo", onError: "report" });
  try {
    const host = await DemoHost.start(server, scope.context);
    const shop = await DemoShop.start(server, scope.context);
    const members = await gather(server, random, scope);
    scope.spawn((own) => keepLive(host, own), { name: "demo host" });
    scope.spawn((own) => chatter(members, random, own), { name: "demo crowd" });
    scope.spawn((own) => purchases(members, shop, own, seededRandom(seed + 1)), { name: "demo shop" });
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
  return { stop: () => scope[Symbol.asyncDispose]() };
}

async function gather(server: DemoServer, random: Random, scope: Scope): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let number = 1; number <= MEMBERS; number += 1) {
    const who = { uid: `demo-${String(number).padStart(2, "0")}`, name: crowdName(random) };
    const token = await logIn(server.base, who, scope.context);
    const connection = connect({
      url: server.base.href,
      room: DEMO_ROOM,
      token,
      refreshToken: () => logIn(server.base, who, scope.context),
      context: scope.context,
    });
    scope.defer(() => connection.close());
    members.push({ ...who, connection });
  }
  return members;
}

async function keepLive(host: DemoHost, ctx: Context): Promise<void> {
  using beat = new Ticker(HEARTBEAT_EVERY_MS, ctx);
  for await (const _ of beat) await host.heartbeat(ctx);
}

async function chatter(members: readonly Member[], random: Random, ctx: Context): Promise<void> {
  const startedAt = ctx.clock.now();
  while (!ctx.cancelled) {
    await sleep(gapMs(ctx.clock.now() - startedAt, random), ctx);
    const member = members[random.below(members.length)];
    if (member?.connection.state.type !== "live") continue;
    const likes = random.unit() < 0.1 ? 1 + random.below(9) : 0;
    const sent =
      likes > 0
        ? member.connection.like(likes)
        : member.connection.send({ content: phrase(random), ...look(random) });
    if (!(await isTaken(sent))) await sleep(HUSH_MS, ctx);
  }
}

/** False when the server refused it, or the connection closed meanwhile. */
async function isTaken(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (BarrageError.is(error)) return false;
    throw error;
  }
}

async function purchases(
  members: readonly Member[],
  shop: DemoShop,
  ctx: Context,
  random: Random,
): Promise<void> {
  while (!ctx.cancelled) {
    await sleep(PURCHASE_EVERY_MS * (0.5 + random.unit()), ctx);
    const member = members[random.below(members.length)];
    if (member === undefined) return;
    const author = { uid: member.uid, name: member.name };
    const bought =
      random.unit() < 0.7
        ? shop.sell(
            "gift",
            { author, ...random.pick(GIFTS), count: 1 + random.below(5), currency: CURRENCY },
            ctx,
          )
        : shop.sell("superchat", { author, ...superchat(random) }, ctx);
    if (!(await bought)) await sleep(HUSH_MS, ctx);
  }
}

const superchat = (random: Random) => ({
  content: phrase(random),
  amount_micros: random.pick([30_000_000, 50_000_000, 100_000_000]),
  currency: CURRENCY,
  pin_ms: 30_000,
});
