import type { World } from "./world.ts";

/** One way in which something breaks under load. */
export interface FaultCase {
  /** For `--case`. */
  readonly name: string;
  /** What happens, with its rule's id. */
  readonly title: string;
  /** Longest that a viewer may wait for the next record, ms. */
  readonly barMs: number;
  /** Viewers come back to the gateway that they had, rather than go to the other one. */
  readonly isSticky?: boolean;
  /** May viewers be told that they do not get something? */
  readonly mayWithhold?: boolean;
  /** Why it cannot be had on this machine; undefined where it can. */
  readonly missing?: () => string | undefined;
  /** Breaks it, and mends what does not mend itself. The world is warm; delivery is waited for afterwards. */
  readonly run: (world: World) => Promise<void>;
}
