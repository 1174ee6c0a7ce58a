import type { BucketStore, LimitStores, SlowModeStore, UniqueModeStore } from "@barrage/engine";
import type { SharedOrLocal } from "./shared-or-local.ts";

/** The shared limits, and the local ones while those are away. */
export const fallbackLimits = (
  shared: LimitStores,
  local: LimitStores,
  guard: SharedOrLocal,
): LimitStores => ({
  users: fallbackBuckets(shared.users, local.users, guard),
  rooms: fallbackBuckets(shared.rooms, local.rooms, guard),
  addresses: fallbackBuckets(shared.addresses, local.addresses, guard),
  slowMode: fallbackSlowMode(shared.slowMode, local.slowMode, guard),
  uniqueMode: fallbackUniqueMode(shared.uniqueMode, local.uniqueMode, guard),
});

export const fallbackBuckets = (
  shared: BucketStore,
  local: BucketStore,
  guard: SharedOrLocal,
): BucketStore => ({
  take: (key, ctx) =>
    guard.ask(
      (own) => shared.take(key, own),
      (own) => local.take(key, own),
      ctx,
    ),
});

/** Undone is where it was noted, and nobody remembers where that was. */
export const fallbackSlowMode = (
  shared: SlowModeStore,
  local: SlowModeStore,
  guard: SharedOrLocal,
): SlowModeStore => ({
  enter: (room, uid, seconds, ctx) =>
    guard.ask(
      (own) => shared.enter(room, uid, seconds, own),
      (own) => local.enter(room, uid, seconds, own),
      ctx,
    ),
  async undo(room, uid, ctx) {
    await local.undo(room, uid, ctx);
    await guard.ask(
      (own) => shared.undo(room, uid, own),
      () => undefined,
      ctx,
    );
  },
});

export const fallbackUniqueMode = (
  shared: UniqueModeStore,
  local: UniqueModeStore,
  guard: SharedOrLocal,
): UniqueModeStore => ({
  enter: (room, saying, policy, ctx) =>
    guard.ask(
      (own) => shared.enter(room, saying, policy, own),
      (own) => local.enter(room, saying, policy, own),
      ctx,
    ),
  async undo(room, saying, ctx) {
    await local.undo(room, saying, ctx);
    await guard.ask(
      (own) => shared.undo(room, saying, own),
      () => undefined,
      ctx,
    );
  },
});
