import type { Context } from "@barrage/kernel";
import type { SlowModeStore } from "../ports/index.ts";
import { RecentMap } from "../recent-map.ts";

/** Users remembered per process; beyond it the oldest is forgotten, which can only be kinder. */
const USERS_MAX = 100_000;

/** Slow mode in this process's memory. */
export class SlowMode implements SlowModeStore {
  private readonly spoke = new RecentMap<string, number>(USERS_MAX);

  enter(room: string, uid: string, seconds: number, { clock }: Context): number {
    const now = clock.now();
    const key = `${room}\n${uid}`;
    const last = this.spoke.get(key);
    const wait = last === undefined ? 0 : last + seconds * 1_000 - now;
    if (wait > 0) return Math.ceil(wait);
    this.spoke.set(key, now);
    return 0;
  }

  undo(room: string, uid: string): void {
    this.spoke.delete(`${room}\n${uid}`);
  }
}
