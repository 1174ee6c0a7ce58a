import { changePolicies, withSlowMode } from "@barrage/protocol";
import type { Entry, Item, PolicyChange, RoomEvent } from "@barrage/protocol";
import type { LogRecord } from "../ports/danmaku-log.ts";
import { isBanned, isMuted } from "./state.ts";
import type { RoomState, Until } from "./state.ts";

/** What one record of the log comes to in its room. */
export type Applied =
  /** Took the next place in the room's chain: goes to window, feed and archive. */
  | { readonly outcome: "published"; readonly state: RoomState; readonly item: Item }
  /** Imported history: goes to the archive only. */
  | { readonly outcome: "archived"; readonly item: Item }
  /** Its sender was muted, or the room closed, by a record before it in the log. */
  | { readonly outcome: "dropped"; readonly reason: "muted" | "closed" };

/**
 * Folds one record into a room's state. Pure: the same log gives the same states, places and drops everywhere.
 * Time comes from the records (`entry.at`), never from the machine that folds.
 */
export function applyRecord(state: RoomState, record: LogRecord): Applied {
  const { entry, seq } = record;
  if (!record.live) return { outcome: "archived", item: { ...entry, seq, n: 0 } };
  if (state.closed && entry.kind !== "recall") return { outcome: "dropped", reason: "closed" };
  if (isSilenced(state, entry)) return { outcome: "dropped", reason: "muted" };
  const item: Item = { ...entry, seq, n: state.head.n + 1 };
  const changed = entry.kind === "room-event" ? applyEvent(state, entry.event, entry.at) : state;
  return { outcome: "published", state: { ...changed, head: { seq, n: item.n } }, item };
}

// Control and service records pass: a mute keeps a viewer from speaking, not a moderator's action from taking place.
function isSilenced(state: RoomState, entry: Entry): boolean {
  if (entry.kind === "room-event" || entry.kind === "recall" || entry.author.role === "service") return false;
  const { uid } = entry.author;
  return isMuted(state, uid, entry.at) || isBanned(state, uid, entry.at);
}

function applyEvent(state: RoomState, event: RoomEvent, at: number): RoomState {
  switch (event.type) {
    case "created":
      return { ...changed(state, event.policies ?? {}), title: event.title, owner: event.owner };
    case "live":
      return { ...state, live: true };
    case "offline":
      return { ...state, live: false };
    case "title":
      return { ...state, title: event.title };
    case "slow_mode":
      return { ...state, policies: withSlowMode(state.policies, event.seconds) };
    case "policies":
      return changed(state, event.change);
    case "mute":
      return { ...state, mutes: withUser(state.mutes, event, at) };
    case "unmute":
      return { ...state, mutes: withoutUser(state.mutes, event.uid, at) };
    case "ban":
      return { ...state, bans: withUser(state.bans, event, at) };
    case "unban":
      return { ...state, bans: withoutUser(state.bans, event.uid, at) };
    case "closed":
      return { ...state, closed: true, live: false };
  }
}

const changed = (state: RoomState, change: PolicyChange): RoomState => ({
  ...state,
  policies: changePolicies(state.policies, change),
});

type Users = ReadonlyMap<string, Until>;

// What has run out is left behind at each change, so the maps hold only what is in force.
const inForce = (users: Users, at: number): Map<string, Until> =>
  new Map([...users].filter(([, until]) => until === null || until > at));

function withUser(users: Users, event: { readonly uid: string; readonly until: Until }, at: number): Users {
  return inForce(users, at).set(event.uid, event.until);
}

function withoutUser(users: Users, uid: string, at: number): Users {
  const rest = inForce(users, at);
  rest.delete(uid);
  return rest;
}
