import type { Context } from "@barrage/kernel";
import type { Publisher } from "../protocol/adapter.ts";
import { Picker, sharesOf } from "../random/popularity.ts";
import type { Random } from "../random/random.ts";
import { arrivalsOf } from "../schedule/plan-arrivals.ts";
import { runArrivals } from "../schedule/run-arrivals.ts";
import { marked } from "../stream/mark.ts";
import type { RoomLedger } from "../stream/room-ledger.ts";
import type { LoadPlan } from "./plan.ts";
import type { RunClock } from "./run-clock.ts";
import type { RunTally } from "./run-tally.ts";
import { ownArrivals } from "./shares.ts";
import type { Part } from "./shares.ts";

/** Length of texts, in characters: most danmaku are short. */
const MOST_WORDS = 30;

export interface SendParts {
  readonly plan: LoadPlan;
  readonly part: Part;
  readonly random: Random;
  readonly publisher: Publisher;
  readonly clock: RunClock;
  readonly tally: RunTally;
  readonly ledgers: ReadonlyMap<string, RoomLedger>;
  /** By the user's number in the plan. */
  readonly tokens: readonly (string | undefined)[];
}

/** Which user makes each send: in turns, or as often as their shares say. */
function talkersOf({ users, talkers }: LoadPlan, random: Random): (send: number) => number {
  if (talkers === undefined) return (send) => send % users;
  const picker = new Picker(sharesOf(talkers, users), random.fork("talkers"));
  return (send) => picker.at(send);
}

/** Does a part's sends; all about each is drawn by its number in the plan. Units: `startAt` in ms of the worker's own clock. */
export async function doSends(parts: SendParts, startAt: number, ctx: Context): Promise<void> {
  const { plan, part, random, publisher, clock, tally, ledgers, tokens } = parts;
  const { rooms, talk, run } = plan;
  const userOf = talkersOf(plan, random);
  const picker = new Picker(sharesOf(talk, rooms.length), random.fork("talk"));
  const words = random.fork("words");
  const own = ownArrivals(arrivalsOf(plan), userOf, part);
  const send = (index: number, ownDueAt: number): void => {
    const key = own.numberOf(index);
    const room = rooms[picker.at(key)] ?? "";
    const dueAt = ownDueAt + clock.offsetMs;
    const content = marked({ run, key, dueAt }, "弹".repeat(Math.floor(words.nth(key) * MOST_WORDS)));
    tally.published(room, ctx.clock.now() - ownDueAt);
    publisher.publish({ room, token: tokens[userOf(key)], content }, (outcome) => {
      if (outcome.kind === "refused") return tally.second.refused(outcome.code);
      tally.acked(room, ctx.clock.now() - ownDueAt);
      ledgers.get(room)?.acked(key, outcome.seq, dueAt);
    });
  };
  await runArrivals(own, startAt, send, ctx);
}
