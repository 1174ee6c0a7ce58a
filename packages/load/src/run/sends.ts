import type { Context } from "@barrage/kernel";
import type { Publisher } from "../protocol/adapter.ts";
import { apportion, Picker, sharesOf } from "../random/popularity.ts";
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

/** Longest text, in characters, unless the plan says otherwise: most danmaku are short. */
const TEXT_MAX = 30;

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

/**
 * In which room each send is: drawn by the rooms' shares, or, where users hold connections to publish over, the room of
 * its user.
 */
function roomsOfSends(
  { rooms, talk, publishOver, users }: LoadPlan,
  userOf: (send: number) => number,
  random: Random,
): (send: number) => string {
  if (publishOver === "websocket") {
    const homes = homesOf({ rooms, talk, users });
    return (send) => homes[userOf(send)] ?? "";
  }
  const picker = new Picker(sharesOf(talk, rooms.length), random.fork("talk"));
  return (send) => rooms[picker.at(send)] ?? "";
}

/** The room of each user: users are spread over rooms as danmaku are. */
export const homesOf = ({
  rooms,
  talk,
  users,
}: Pick<LoadPlan, "rooms" | "talk" | "users">): readonly string[] =>
  apportion(users, sharesOf(talk, rooms.length)).flatMap((count, index) =>
    Array.from({ length: count }, () => rooms[index] ?? ""),
  );

/** Does a part's sends; all about each is drawn by its number in the plan. Units: `startAt` in ms of the worker's own clock. */
export async function doSends(parts: SendParts, startAt: number, ctx: Context): Promise<void> {
  const { plan, part, random, publisher, clock, tally, ledgers, tokens } = parts;
  const { run, textMax = TEXT_MAX } = plan;
  const userOf = talkersOf(plan, random);
  const roomOf = roomsOfSends(plan, userOf, random);
  const words = random.fork("words");
  const own = ownArrivals(arrivalsOf(plan), userOf, part);
  const send = (index: number, ownDueAt: number): void => {
    const key = own.numberOf(index);
    const room = roomOf(key);
    const dueAt = ownDueAt + clock.offsetMs;
    const content = marked({ run, key, dueAt }, "弹".repeat(Math.floor(words.nth(key) * textMax)));
    tally.published(room, ctx.clock.now() - ownDueAt);
    publisher.publish({ room, token: tokens[userOf(key)], content }, (outcome) => {
      if (outcome.kind === "refused") return tally.second.refused(outcome.code);
      tally.acked(room, ctx.clock.now() - ownDueAt);
      ledgers.get(room)?.acked(key, outcome.seq, dueAt);
    });
  };
  await runArrivals(own, startAt, send, ctx);
}
