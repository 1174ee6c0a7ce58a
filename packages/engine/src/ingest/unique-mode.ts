import { POLICY_MAX } from "@barrage/protocol";
import type { UniquePolicy } from "@barrage/protocol";
import { RecentTexts } from "../room/policies/recent-texts.ts";
import { textKey } from "../room/policies/text-key.ts";

/** Of one room's texts, and UTF-16 units of them; beyond either the oldest is forgotten, which can only be kinder. */
const BOUNDS = { texts: POLICY_MAX.unique.count, units: 65_536 };
/** Rooms whose texts are remembered; beyond it those of the room that was least recently spoken in are forgotten. */
const ROOMS_MAX = 1_024;

interface Said {
  /** `clock.now()`, ms. */
  readonly at: number;
  /** Which one of the room's danmaku it was. */
  readonly nth: number;
  /** Whose try it was: a retry of it is no second one. */
  readonly key: string | undefined;
}

interface RoomTexts {
  readonly texts: RecentTexts<Said>;
  nth: number;
}

/** One danmaku that wants to be said. */
export interface Saying {
  readonly content: string;
  /** Tells tries of one danmaku from two danmaku. */
  readonly key: string | undefined;
  /** `clock.now()`, ms. */
  readonly now: number;
}

/** What was said last in each room that has unique mode. */
export class UniqueMode {
  private readonly rooms = new Map<string, RoomTexts>();

  /** 0 and it is noted as said; or the ms after which it may be said again, at the latest. */
  enter(room: string, { content, key, now }: Saying, { seconds, count }: UniquePolicy): number {
    const said = this.of(room);
    const text = textKey(content);
    const last = said.texts.get(text);
    if (last?.key !== undefined && last.key === key) return 0;
    if (last !== undefined && said.nth - last.nth < count) {
      const wait = last.at + seconds * 1_000 - now;
      if (wait > 0) return Math.ceil(wait);
    }
    said.nth += 1;
    said.texts.add(text, { at: now, nth: said.nth, key });
    return 0;
  }

  /** It was not said after all. */
  undo(room: string, { content, now }: Saying): void {
    const texts = this.rooms.get(room)?.texts;
    const text = textKey(content);
    if (texts?.get(text)?.at === now) texts.delete(text);
  }

  private of(room: string): RoomTexts {
    const found = this.rooms.get(room) ?? { texts: new RecentTexts<Said>(BOUNDS), nth: 0 };
    // Last in the order of use.
    this.rooms.delete(room);
    this.rooms.set(room, found);
    for (const oldest of this.rooms.keys()) {
      if (this.rooms.size <= ROOMS_MAX) break;
      this.rooms.delete(oldest);
    }
    return found;
  }
}
