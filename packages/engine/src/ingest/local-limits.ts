import type { LimitStores } from "../ports/index.ts";
import type { EngineSettings } from "../settings.ts";
import { SlowMode } from "./slow-mode.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { UniqueMode } from "./unique-mode.ts";

/** Limits of this process alone, in its memory. */
export const localLimits = ({ user, room, address }: EngineSettings["limits"]): LimitStores => ({
  users: new TokenBuckets(user),
  rooms: new TokenBuckets(room),
  addresses: new TokenBuckets(address),
  slowMode: new SlowMode(),
  uniqueMode: new UniqueMode(),
});
