/** Users remembered per process; beyond it the oldest is forgotten, which can only be kinder. */
const USERS_MAX = 100_000;

/** When each user last spoke in each room, for the room's slow mode. */
export class SlowMode {
  private readonly spoke = new Map<string, number>();

  /** 0 and the moment is noted, or the ms that the user still has to wait. `now` is monotonic, ms. */
  enter(room: string, uid: string, seconds: number, now: number): number {
    const key = `${room}\n${uid}`;
    const last = this.spoke.get(key);
    const wait = last === undefined ? 0 : last + seconds * 1_000 - now;
    if (wait > 0) return Math.ceil(wait);
    this.spoke.delete(key);
    this.spoke.set(key, now);
    if (this.spoke.size > USERS_MAX) {
      for (const oldest of this.spoke.keys()) {
        this.spoke.delete(oldest);
        break;
      }
    }
    return 0;
  }

  /** What was to be said was not: the user may try again at once. */
  undo(room: string, uid: string): void {
    this.spoke.delete(`${room}\n${uid}`);
  }
}
