import { NO_POLICIES, slowSeconds } from "@barrage/protocol";
import type { RoomPolicies, RoomView } from "@barrage/protocol";

/** Until when a user is kept from something: ms since 1970, `null` for ever. */
export type Until = number | null;

/** Everything a room's records add up to. A pure fold: `applyRecord` is the only way to change it. */
export interface RoomState {
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  readonly live: boolean;
  readonly closed: boolean;
  readonly policies: RoomPolicies;
  /** By uid. */
  readonly mutes: ReadonlyMap<string, Until>;
  readonly bans: ReadonlyMap<string, Until>;
  /** Place of the last record that was fanned out. */
  readonly head: { readonly seq: number; readonly n: number };
}

export const emptyRoom = (id: string): RoomState => ({
  id,
  title: id,
  owner: "system",
  live: false,
  closed: false,
  policies: NO_POLICIES,
  mutes: new Map(),
  bans: new Map(),
  head: { seq: 0, n: 0 },
});

export const viewOf = (state: RoomState): RoomView => ({
  id: state.id,
  title: state.title,
  owner: state.owner,
  live: state.live,
  closed: state.closed,
  slow_mode_s: slowSeconds(state.policies),
  head: state.head.seq,
  n: state.head.n,
});

const isInForce = (until: Until | undefined, now: number): boolean =>
  until !== undefined && (until === null || until > now);

/** `now` is the wall clock in ms. */
export const isMuted = (state: RoomState, uid: string, now: number): boolean =>
  isInForce(state.mutes.get(uid), now);
export const isBanned = (state: RoomState, uid: string, now: number): boolean =>
  isInForce(state.bans.get(uid), now);
