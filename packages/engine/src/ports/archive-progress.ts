import type { Context } from "@barrage/kernel";

/** How far the archive has come, for those who read it. */
export interface ArchiveProgress {
  /** Resolves once what is part of the room's state at the time of the call is in the archive. */
  reach(room: string, ctx: Context): Promise<void>;
  /** As `reach`, but false where that is not to be expected soon. */
  reachUnlessFailing(room: string, ctx: Context): Promise<boolean>;
}
