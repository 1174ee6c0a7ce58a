import type { Context } from "@barrage/kernel";

export interface Erasure {
  /** Records that were changed, as far as they are counted. */
  readonly records: number;
  /** Rooms whose archive had any. */
  readonly rooms: readonly string[];
}

/** Forgets everything that a user wrote: log, held queue, archive and recent windows. */
export interface UserEraser {
  erase(uid: string, ctx: Context): Promise<Erasure>;
}
